//! Why a call failed. Inner code returns a [`Cause`]; the public method adds which call it was.

use std::io;
use std::time::Duration;

use crate::eai::Eai;
use crate::errno::{ENOMEM, Errno};
use crate::error::Error;
use crate::language::{Words, say};

#[derive(Clone, Debug)]
pub(crate) enum Cause {
    Os(Errno),
    /// So many bytes cannot be allocated.
    NoMemory(usize),
    TimedOut(Duration),
    /// The time for all addresses was over before one of them was tried.
    NoneTried(Duration),
    /// A file whose socket had timed out before.
    FileTimedOut,
    BadInput(Box<Words<String>>),
    /// A look-up failed. The words say more than the code.
    Unresolved(Eai, Option<Box<Words<String>>>),
    /// What a file of names does not have.
    NotListed(Box<Words<String>>),
    /// A message that was longer than the room for it.
    Truncated {
        room: usize,
        len: usize,
        kept: Vec<u8>,
    },
    /// A line, or all that a peer sent, that was longer than the file's limit.
    TooLong {
        limit: usize,
    },
    NotUtf8 {
        offset: usize,
        byte: u8,
        kept: Vec<u8>,
    },
    /// What each address said; and the time for all of them, if it was over before others were
    /// tried.
    AllFailed(Vec<Error>, Option<Duration>),
    /// There is nothing to wait for: this direction was shut down. Receives turn it into the end.
    HungUp,
}

impl Cause {
    #[cold]
    pub(crate) fn bad_input(why: Words<String>) -> Cause {
        Cause::BadInput(Box::new(why))
    }

    /// These bytes are not UTF-8.
    #[cold]
    pub(crate) fn not_utf8(bytes: &[u8]) -> Cause {
        let offset = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        Cause::NotUtf8 {
            offset,
            byte: bytes.get(offset).copied().unwrap_or_default(),
            kept: bytes.to_vec(),
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Cause::TimedOut(_))
    }

    #[cold]
    pub(crate) fn not_listed(why: Words<String>) -> Cause {
        Cause::NotListed(Box::new(why))
    }

    #[cold]
    pub(crate) fn unresolved(eai: Eai, why: Words<String>) -> Cause {
        Cause::Unresolved(eai, Some(Box::new(why)))
    }
}

impl From<Eai> for Cause {
    #[cold]
    fn from(eai: Eai) -> Cause {
        Cause::Unresolved(eai, None)
    }
}

impl From<Errno> for Cause {
    #[cold]
    fn from(errno: Errno) -> Cause {
        Cause::Os(errno)
    }
}

impl From<rustix::io::Errno> for Cause {
    #[cold]
    fn from(errno: rustix::io::Errno) -> Cause {
        Cause::Os(Errno::from_raw(errno.raw_os_error()))
    }
}

#[cfg(unix)]
impl From<nix::errno::Errno> for Cause {
    #[cold]
    fn from(errno: nix::errno::Errno) -> Cause {
        Cause::Os(Errno::from_raw(errno as i32))
    }
}

/// Of a system call that socket2 or std made.
impl From<io::Error> for Cause {
    #[cold]
    fn from(error: io::Error) -> Cause {
        match error.raw_os_error() {
            Some(number) => Cause::Os(Errno::from_raw(number)),
            None if error.kind() == io::ErrorKind::OutOfMemory => Cause::Os(ENOMEM),
            None => Cause::bad_input(say!("{error}", "{error}")),
        }
    }
}
