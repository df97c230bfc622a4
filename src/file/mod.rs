//! # Lesson 6: files
//!
//! A file over a socket, for protocols that talk in lines.
//!
//! | call | what it does |
//! |---|---|
//! | [`Socket::makefile`], [`makefile()`] | a file over this socket: [`R`], [`W`], [`RW`] for text, [`RB`], [`WB`], [`RWB`] for bytes |
//! | [`SocketFile`] | a file of bytes: `readline`, `read`, `readall`, `lines`, `write`, `flush` |
//! | [`TextFile`] | the same for text in UTF-8, with Python's newlines |
//! | [`Socket::fileno`] | the number of the descriptor |
//!
//! A line has a limit, so that a peer cannot fill the memory, and each call has one deadline, so that a
//! peer that dribbles cannot hold it for longer.
//!
//! ```
//! use socketbook::{RW, socketpair};
//!
//! let (a, b) = socketpair()?;
//! let mut client = a.makefile(RW);
//! client.write("what is the time?\n")?;
//! client.flush()?; // or the server never hears of it
//!
//! let mut server = b.makefile(RW);
//! for line in server.lines().take(1) {
//!     assert_eq!(line?, "what is the time?");
//! }
//! server.write("late\n")?;
//! server.close()?; // sends it, and reports an error if it can't
//! assert_eq!(client.readline()?, "late\n");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 6 of the book, *Files*, teaches them.

mod buffer;
mod bytes;
mod decode;
mod lines;
mod mode;
mod more;
mod newlines;
mod receiving;
mod sending;
mod source;
mod std_traits;
mod text;

pub use bytes::{Leftover, SocketFile};
pub use lines::{Lines, TextLines};
pub use mode::{BytesMode, FileMode, Newline, R, RB, RW, RWB, TextMode, W, WB};
pub use text::TextFile;

use std::borrow::Borrow;

use crate::socket::Socket;
use crate::sys::{self, RawFd};

/// # Lesson 6: files
impl Socket {
    /// The number of the descriptor: Python's `s.fileno()`. No system call.
    ///
    /// It is for looking at. What takes a descriptor safely takes the socket itself, by
    /// [`AsFd`](std::os::fd::AsFd).
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// assert!(phone.fileno() > 2, "0, 1 and 2 are the terminal's");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[doc(alias = "as_raw_fd")]
    pub fn fileno(&self) -> RawFd {
        sys::raw(self)
    }

    /// A file over this socket, for reading and writing in lines: Python's `s.makefile(mode)`.
    ///
    /// | Python | here | a file of |
    /// |---|---|---|
    /// | `makefile('rb')`, `'wb'`, `'rwb'` | `makefile(RB)`, `WB`, `RWB` | bytes: [`SocketFile`] |
    /// | `makefile('r')`, `'w'`, `'rw'` | `makefile(R)`, `W`, `RW` | text in UTF-8: [`TextFile`] |
    /// | `buffering=0`, `n` | `RB.unbuffered()`, `.buffer_size(n)` | |
    /// | a `flush` after each line | `W.line_buffered()` | |
    /// | `newline='\r\n'`, `errors='replace'` | `R.newline(Newline::CrLf)`, `.lossy()` | |
    ///
    /// The file borrows the socket. To keep the connection open as long as someone still uses it,
    /// make the file over a socket of its own or a shared one: [`makefile()`].
    ///
    /// The socket's timeout holds for the file: one deadline for each call on it, `readline` and
    /// `flush` included. After a timeout the file refuses to receive more, as in Python, since a
    /// part of a message may be in its buffer; the socket and a new file do not.
    ///
    /// Making it is free: no system call, and no memory before the first use.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RW, RWB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut caller = a.makefile(RW);
    /// caller.write("喂?\nIs anyone there?\n")?;
    /// caller.flush()?;
    ///
    /// let mut callee = b.makefile(RWB);
    /// assert_eq!(callee.readline()?, "喂?\n".as_bytes());
    /// assert_eq!(callee.readline()?, b"Is anyone there?\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn makefile<M: FileMode>(&self, mode: M) -> M::File<&Socket> {
        mode::open(self, mode)
    }
}

/// A file over a socket that it borrows, owns, or shares: `&Socket`, `Socket`, `Arc<Socket>`.
///
/// The connection stays open until the last user is done, as in Python, where the file holds on
/// to the socket. Otherwise as [`Socket::makefile`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use socketbook::{RB, WB, makefile, socketpair};
///
/// let (a, b) = socketpair()?;
/// let a = Arc::new(a);
/// let mut out = makefile(Arc::clone(&a), WB);
/// drop(a); // Python: s.close()
/// out.write(b"still connected\n")?;
/// out.close()?;
///
/// let mut file = makefile(b, RB); // b is in the file's hands now
/// assert_eq!(file.readline()?, b"still connected\n");
/// assert_eq!(file.readline()?, b"", "and now it is closed");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn makefile<M: FileMode, S: Borrow<Socket>>(socket: S, mode: M) -> M::File<S> {
    mode::open(socket, mode)
}
