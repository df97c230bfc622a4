//! Lesson 4, ending it: shutdown, close, detach.

use std::net::Shutdown;

use socket2::SockRef;

use crate::call::Call;
use crate::error::Result;
use crate::socket::Socket;
use crate::sys::OwnedFd;
use crate::trace::{self, Facts};

/// For [`shutdown`](Socket::shutdown): ends receiving. When nothing has arrived, `recv` returns
/// empty, and so does one that is waiting in another thread. The peer isn't told. On Linux, TCP
/// still receives what it sends, and `recv` returns that; other systems may discard it, or reset
/// the connection.
pub const SHUT_RD: Shutdown = Shutdown::Read;
/// For [`shutdown`](Socket::shutdown): sends no more; the peer reads the end.
pub const SHUT_WR: Shutdown = Shutdown::Write;
/// For [`shutdown`](Socket::shutdown): both.
pub const SHUT_RDWR: Shutdown = Shutdown::Both;

/// # Lesson 4: ending a conversation
impl Socket {
    /// Ends one direction of the conversation, or both: Python's `s.shutdown(how)`.
    ///
    /// After [`SHUT_WR`] the peer reads what was sent, then the end; this side can still receive.
    /// It holds for all duplicates, and wakes a `recv` or `accept` that waits in another thread,
    /// which closing does not.
    ///
    /// System calls: one [shutdown(2)](https://man7.org/linux/man-pages/man2/shutdown.2.html).
    ///
    /// # Errors
    ///
    /// ENOTCONN on a socket that is not connected. (On one that listens it still wakes `accept`.)
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SHUT_WR, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"that is all")?;
    /// a.shutdown(SHUT_WR)?;
    ///
    /// assert_eq!(b.recv(100)?, b"that is all");
    /// assert_eq!(b.recv(100)?, b"", "the end");
    /// b.sendall(b"heard")?;
    /// assert_eq!(a.recv(100)?, b"heard");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> Result<()> {
        let outcome = SockRef::from(self).shutdown(how);
        self.finish(Call::Shutdown, outcome.map_err(Into::into))
            .map_err(|error| error.about(format_args!("{how:?}")))
    }

    /// Hangs up: Python's `s.close()`. Dropping the socket does the same.
    ///
    /// What was sent is still delivered. The connection itself ends when the last duplicate is
    /// closed. If data has arrived that no one has read, TCP tells the peer so with a reset.
    ///
    /// A file made from this socket holds on to it, so the compiler sees to it that the file is
    /// done first; to let a file outlive the socket, see [`makefile`](Socket::makefile).
    ///
    /// System calls: one [close(2)](https://man7.org/linux/man-pages/man2/close.2.html), which
    /// does not fail on a socket.
    ///
    /// ```
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// a.close();
    /// assert_eq!(b.recv(100)?, b"");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// A closed socket cannot be used by mistake (Python's EBADF):
    ///
    /// ```compile_fail,E0382
    /// let phone = socketbook::Socket::tcp()?;
    /// phone.close();
    /// phone.listen(5)?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn close(self) {
        if trace::ON {
            trace::event(Call::Close, Some(self.number()), &Facts::default(), None);
        }
        // It is dropped here, which closes it.
    }

    /// Gives the descriptor away without closing it: Python's `s.detach()`.
    ///
    /// It is non-blocking if a timeout was set. No system call.
    ///
    /// ```ignore-windows
    /// use std::os::fd::OwnedFd;
    /// use socketbook::Socket;
    ///
    /// let fd: OwnedFd = Socket::udp()?.detach();
    /// std::net::UdpSocket::from(fd).local_addr().unwrap();
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[must_use = "dropping the descriptor closes it"]
    #[doc(alias = "into_raw_fd")]
    pub fn detach(self) -> OwnedFd {
        self.into_fd()
    }
}
