//! What `makefile` is given: the mode, and what are further arguments in Python.

use std::borrow::Borrow;

use super::{SocketFile, TextFile};
use crate::socket::Socket;

/// How much a file reads ahead: fewer system calls for many short lines than Python's 8192.
const BUFFER_SIZE: usize = 64 * 1024;

/// How much one `readline` or `readall` may gather, unless `.limit(n)` says otherwise: a peer that
/// never ends its line must not fill the memory.
const LIMIT: usize = 1024 * 1024;

/// A mode of [`makefile`](Socket::makefile): one of [`RB`], [`WB`], [`RWB`] for bytes, [`R`],
/// [`W`], [`RW`] for text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mode of makefile",
    label = "write RB, WB or RWB for a file of bytes, R, W or RW for a file of text"
)]
pub trait FileMode {
    /// The file that it opens.
    type File<S: Borrow<Socket>>;

    #[doc(hidden)]
    fn open<S: Borrow<Socket>>(self, socket: S, sealed: sealed::Token) -> Self::File<S>;
}

mod sealed {
    /// Other crates cannot name it, and so cannot implement the trait.
    #[derive(Debug)]
    pub struct Token;
}

/// Opens a file of the mode.
pub(super) fn open<M: FileMode, S: Borrow<Socket>>(socket: S, mode: M) -> M::File<S> {
    mode.open(socket, sealed::Token)
}

/// Reads bytes: Python's `'rb'`.
pub const RB: BytesMode = READER;
/// Writes bytes: Python's `'wb'`.
pub const WB: BytesMode = WRITER;
/// Reads and writes bytes: Python's `'rwb'`.
pub const RWB: BytesMode = BOTH;
/// Reads text: Python's `'r'`.
pub const R: TextMode = TextMode::over(READER);
/// Writes text: Python's `'w'`.
pub const W: TextMode = TextMode::over(WRITER);
/// Reads and writes text: Python's `'rw'`.
pub const RW: TextMode = TextMode::over(BOTH);

const BOTH: BytesMode = BytesMode {
    readable: true,
    writable: true,
    buffer_size: BUFFER_SIZE,
    line_buffered: false,
    limit: LIMIT,
};

const READER: BytesMode = BytesMode {
    writable: false,
    ..BOTH
};

const WRITER: BytesMode = BytesMode {
    readable: false,
    ..BOTH
};

/// The mode of a file of bytes; start from [`RB`], [`WB`] or [`RWB`].
///
/// ```
/// use socketbook::{RB, socketpair};
///
/// let (a, b) = socketpair()?;
/// a.sendall(b"far too long a line\n")?;
/// let mut file = b.makefile(RB.limit(8));
/// assert!(file.readline().is_err());
/// assert_eq!(file.read1(100)?, b"far too long a line\n", "nothing is lost");
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BytesMode {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// 0 for none.
    pub(super) buffer_size: usize,
    pub(super) line_buffered: bool,
    pub(super) limit: usize,
}

impl BytesMode {
    /// No buffers: Python's `buffering=0`. Each `read` and `write` is one receive or send, which
    /// may be short; `readline` takes nothing from the socket beyond the line.
    pub const fn unbuffered(mut self) -> BytesMode {
        self.buffer_size = 0;
        self
    }

    /// Sends when a newline is written: what `buffering=1` means to Python's `open`. (Its
    /// `makefile` takes 1 for a buffer of one byte.)
    pub const fn line_buffered(mut self) -> BytesMode {
        self.line_buffered = true;
        self
    }

    /// The size of each buffer, in bytes: Python's `buffering=n`. 65,536 unless said; 0 is
    /// [`unbuffered`](BytesMode::unbuffered).
    pub const fn buffer_size(mut self, bytes: usize) -> BytesMode {
        self.buffer_size = bytes;
        self
    }

    /// How many bytes one `readline` or `readall` may gather, 1 MiB unless said. What goes
    /// beyond is an error, and stays readable. (Python has no limit.)
    pub const fn limit(mut self, bytes: usize) -> BytesMode {
        self.limit = bytes;
        self
    }
}

impl FileMode for BytesMode {
    type File<S: Borrow<Socket>> = SocketFile<S>;

    fn open<S: Borrow<Socket>>(self, socket: S, _: sealed::Token) -> SocketFile<S> {
        SocketFile::new(socket, self)
    }
}

/// What ends a line of text: Python's argument `newline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Newline {
    /// `newline=None`: reading, `\n`, `\r` and `\r\n` all end a line and come as `\n`; writing,
    /// `\n` stays.
    #[default]
    Universal,
    /// `newline=''`: reading, `\n`, `\r` and `\r\n` all end a line and come as they are; writing,
    /// `\n` stays.
    Untranslated,
    /// `newline='\n'`: only `\n` ends a line.
    Lf,
    /// `newline='\r'`: only `\r` ends a line, and is written for `\n`.
    Cr,
    /// `newline='\r\n'`: only `\r\n` ends a line, and is written for `\n`: HTTP, SMTP.
    CrLf,
}

impl Newline {
    /// What is written for `\n`.
    pub(super) fn written(self) -> &'static [u8] {
        match self {
            Newline::Universal | Newline::Untranslated | Newline::Lf => b"\n",
            Newline::Cr => b"\r",
            Newline::CrLf => b"\r\n",
        }
    }

    /// A line as it was read, without its newline.
    #[inline]
    pub(super) fn strip(self, line: &str) -> &str {
        let bare = match self {
            Newline::Universal | Newline::Lf => line.strip_suffix('\n'),
            Newline::Cr => line.strip_suffix('\r'),
            Newline::CrLf => line.strip_suffix("\r\n"),
            Newline::Untranslated => line
                .strip_suffix("\r\n")
                .or_else(|| line.strip_suffix(['\n', '\r'])),
        };
        bare.unwrap_or(line)
    }
}

/// The mode of a file of text; start from [`R`], [`W`] or [`RW`].
///
/// ```
/// use socketbook::{Newline, RW, socketpair};
///
/// let (a, b) = socketpair()?;
/// let mut file = a.makefile(RW.newline(Newline::CrLf));
/// file.write("HELO\n")?;
/// file.flush()?;
/// assert_eq!(b.recv(100)?, b"HELO\r\n");
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TextMode {
    pub(super) bytes: BytesMode,
    pub(super) newline: Newline,
    pub(super) lossy: bool,
}

impl TextMode {
    const fn over(bytes: BytesMode) -> TextMode {
        TextMode {
            bytes,
            newline: Newline::Universal,
            lossy: false,
        }
    }

    /// Sends when a newline is written: what `buffering=1` means to Python's `open`. (Its
    /// `makefile` takes 1 for a buffer of one byte.)
    pub const fn line_buffered(mut self) -> TextMode {
        self.bytes.line_buffered = true;
        self
    }

    /// The size of each buffer, in bytes, at least 1: Python's `buffering=n`. 65,536 unless said.
    pub const fn buffer_size(mut self, bytes: usize) -> TextMode {
        self.bytes.buffer_size = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// As [`BytesMode::limit`].
    pub const fn limit(mut self, bytes: usize) -> TextMode {
        self.bytes.limit = bytes;
        self
    }

    /// What ends a line: Python's `newline=…`.
    pub const fn newline(mut self, newline: Newline) -> TextMode {
        self.newline = newline;
        self
    }

    /// Reads what is not UTF-8 as `�`, instead of an error: Python's `errors='replace'`.
    pub const fn lossy(mut self) -> TextMode {
        self.lossy = true;
        self
    }
}

impl FileMode for TextMode {
    type File<S: Borrow<Socket>> = TextFile<S>;

    fn open<S: Borrow<Socket>>(self, socket: S, _: sealed::Token) -> TextFile<S> {
        TextFile::new(socket, self)
    }
}
