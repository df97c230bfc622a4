//! Lesson 4, flags: the MSG_ numbers of receiving and sending.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use rustix::event::PollFlags;

use crate::error::{Result, room};

/// Flags for receiving and sending: Python's `socket.MsgFlag`. Several are joined with `|`.
///
/// ```
/// use socketbook::{MSG_DONTWAIT, MSG_PEEK};
///
/// let flags = MSG_PEEK | MSG_DONTWAIT;
/// assert!(flags.contains(MSG_PEEK));
/// assert_eq!(format!("{flags:?}"), "MSG_PEEK | MSG_DONTWAIT");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MsgFlags(u32);

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bits:expr;)*) => {
        $(
            $(#[$doc])*
            pub const $name: MsgFlags = MsgFlags($bits);
        )*

        impl fmt::Debug for MsgFlags {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut names = Vec::new();
                let mut rest = *self;
                for (flag, name) in [$(($name, stringify!($name)),)*] {
                    if rest.contains(flag) {
                        names.push(name.to_owned());
                        rest.0 &= !flag.0;
                    }
                }
                if rest.0 != 0 || names.is_empty() {
                    names.push(format!("{:#x}", rest.0));
                }
                f.write_str(&names.join(" | "))
            }
        }
    };
}

use rustix::net::{RecvFlags as Recv, SendFlags as Send};

flags! {
    /// Urgent data, one byte of TCP.
    MSG_OOB = Recv::OOB.bits();
    /// Receives without taking it away: the next receive gets it again.
    MSG_PEEK = Recv::PEEK.bits();
    /// Sends to hosts on the own network only, without a router.
    MSG_DONTROUTE = Send::DONTROUTE.bits();
    /// On a message: the true length is returned, even where there was less room. On a TCP stream:
    /// the bytes are thrown away.
    MSG_TRUNC = Recv::TRUNC.bits();
    /// This call does not wait, whatever the timeout.
    MSG_DONTWAIT = Recv::DONTWAIT.bits();
    /// Ends a record, on SOCK_SEQPACKET.
    MSG_EOR = Send::EOR.bits();
    /// Waits until the whole buffer is filled. Only where the timeout is `None`: the kernel lets a
    /// non-blocking descriptor not wait. Under a timeout, `read(n)` of a file does it.
    MSG_WAITALL = Recv::WAITALL.bits();
    /// Confirms that the peer's link address is still right.
    MSG_CONFIRM = Send::CONFIRM.bits();
    /// Receives the error queue of the socket.
    MSG_ERRQUEUE = Recv::ERRQUEUE.bits();
    /// Sends without SIGPIPE. Every send of this crate does; named for Python's sake.
    MSG_NOSIGNAL = Send::NOSIGNAL.bits();
    /// More is to come: TCP waits for it before it sends a part of a segment.
    MSG_MORE = Send::MORE.bits();
}

impl MsgFlags {
    /// Any bits, for flags without a name here.
    pub const fn from_bits(bits: u32) -> MsgFlags {
        MsgFlags(bits)
    }

    /// The bits, as the system call takes them.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all flags of `other` are among these.
    pub const fn contains(self, other: MsgFlags) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn recv(self) -> Recv {
        Recv::from_bits_retain(self.0)
    }

    pub(crate) fn send(self) -> Send {
        Send::from_bits_retain(self.0)
    }

    /// Room for a receive with these flags. On a TCP stream MSG_TRUNC has the kernel count bytes
    /// that it does not write: what the memory held before must not come out.
    pub(crate) fn room(self, call: &'static str, size: usize) -> Result<Vec<u8>> {
        let mut data = room(call, size)?;
        if self.contains(MSG_TRUNC) {
            data.resize(size, 0);
            data.clear();
        }
        Ok(data)
    }

    /// What to wait for before a receive with these flags is tried again; nothing where it must
    /// not wait.
    pub(crate) fn recv_ready(self) -> PollFlags {
        if self.contains(MSG_DONTWAIT) || self.contains(MSG_ERRQUEUE) {
            PollFlags::empty()
        } else if self.contains(MSG_OOB) {
            // POLLIN tells of ordinary data, which such a call passes over.
            PollFlags::PRI
        } else {
            PollFlags::IN
        }
    }

    pub(crate) fn send_ready(self) -> PollFlags {
        if self.contains(MSG_DONTWAIT) {
            PollFlags::empty()
        } else {
            PollFlags::OUT
        }
    }
}

impl BitOr for MsgFlags {
    type Output = MsgFlags;

    fn bitor(self, other: MsgFlags) -> MsgFlags {
        MsgFlags(self.0 | other.0)
    }
}

impl BitOrAssign for MsgFlags {
    fn bitor_assign(&mut self, other: MsgFlags) {
        self.0 |= other.0;
    }
}
