//! Lesson 4, talking over a connection: recv, recv_into, send, sendall.

use std::io;

use rustix::net::recv;

use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::{Failed, first_try};
use crate::error::Result;
use crate::flags::MsgFlags;
use crate::memory::{shrink, try_vec};
use crate::socket::Socket;
use crate::trace::{self, Facts};

/// # Lesson 4: sending and receiving on a connection
impl Socket {
    /// Receives up to `bufsize` bytes: Python's `s.recv(bufsize)`.
    ///
    /// It returns what has arrived, which may be less, and is not a message: TCP has no messages
    /// (chapter 11). Empty means that the peer will send no more. `recv(0)` returns empty at once.
    ///
    /// On a datagram socket it returns one datagram, whole, or an error: if there isn't room
    /// for all of it, [`is_truncated`](crate::Error::is_truncated) says so and
    /// [`received`](crate::Error::received) has the beginning.
    ///
    /// System calls: one [recv(2)](https://man7.org/linux/man-pages/man2/recv.2.html); where
    /// nothing has arrived and there is a timeout, one `ppoll` and a second `recv`. The memory is
    /// not zeroed first.
    ///
    /// # Errors
    ///
    /// ECONNRESET if the peer reset the connection; ENOTCONN before it is connected;
    /// ECONNREFUSED on a connected UDP socket if no one was listening for an earlier
    /// datagram;
    /// [timeout](crate::Error::is_timeout) and [would block](crate::Error::is_would_block) as
    /// [`settimeout`](Socket::settimeout) says; ENOMEM if `bufsize` bytes can't be allocated.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"hello")?;
    /// assert_eq!(b.recv(2)?, b"he");
    /// assert_eq!(b.recv(1024)?, b"llo");
    /// a.close();
    /// assert_eq!(b.recv(1024)?, b"");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn recv(&self, bufsize: usize) -> Result<Vec<u8>> {
        self.recv_with_flags(bufsize, MsgFlags::NONE)
    }

    /// As [`recv`](Socket::recv), with flags: Python's `s.recv(bufsize, flags)`.
    ///
    /// With [`MSG_PEEK`](crate::MSG_PEEK) or [`MSG_TRUNC`](crate::MSG_TRUNC) a truncated datagram is no error: the first leaves it
    /// in the queue, the second tells the call that you expect truncation.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Socket::recv); EINVAL for [`MSG_OOB`](crate::MSG_OOB) without urgent data.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{MSG_PEEK, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"hello")?;
    /// assert_eq!(b.recv_with_flags(1024, MSG_PEEK)?, b"hello");
    /// assert_eq!(b.recv(1024)?, b"hello", "it is still there");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn recv_with_flags(&self, bufsize: usize, flags: MsgFlags) -> Result<Vec<u8>> {
        self.finish_with(Call::Recv, self.receive(bufsize, flags), |data| {
            Facts::bytes(data.len())
        })
    }

    #[inline(always)]
    fn receive(&self, bufsize: usize, flags: MsgFlags) -> Result<Vec<u8>, Cause> {
        let mut data = try_vec(bufsize)?;
        if bufsize == 0 {
            return Ok(data);
        }
        let len = if trace::ON {
            self.until_end(flags, || self.receive_once(&mut data, flags), None)?
        } else {
            match self.receive_once(&mut data, flags) {
                Ok(len) => len,
                Err(errno) => {
                    let receive = || self.receive_once(&mut data, flags);
                    self.until_end(flags, receive, Some(errno))?
                }
            }
        };
        if len > data.len() && !flags.allow_truncation() {
            return Err(truncated(bufsize, len, data));
        }
        shrink(&mut data);
        Ok(data)
    }

    /// Receives into a buffer and returns how many bytes: Python's `s.recv_into(buffer)`.
    ///
    /// As [`recv`](Socket::recv) otherwise, without an allocation. An empty buffer returns 0 at
    /// once. (Python's `nbytes` is a shorter slice here.)
    ///
    /// # Errors
    ///
    /// As for [`recv`](Socket::recv); if a datagram was cut, the buffer has its beginning.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"hello")?;
    /// let mut buffer = [0; 16];
    /// let n = b.recv_into(&mut buffer)?;
    /// assert_eq!(&buffer[..n], b"hello");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    #[doc(alias = "read")]
    pub fn recv_into(&self, buffer: &mut [u8]) -> Result<usize> {
        self.recv_into_with_flags(buffer, MsgFlags::NONE)
    }

    /// As [`recv_into`](Socket::recv_into), with flags: Python's
    /// `s.recv_into(buffer, nbytes, flags)`.
    ///
    /// With [`MSG_TRUNC`](crate::MSG_TRUNC) on a socket of messages it returns the true length, which may be more
    /// than the buffer's.
    ///
    /// # Errors
    ///
    /// As for [`recv_with_flags`](Socket::recv_with_flags).
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{AF_UNIX, MSG_TRUNC, SOCK_DGRAM, socketpair_with};
    ///
    /// let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0)?;
    /// a.send(b"0123456789")?;
    /// let mut buffer = [0; 4];
    /// assert_eq!(b.recv_into_with_flags(&mut buffer, MSG_TRUNC)?, 10);
    /// assert_eq!(&buffer, b"0123");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn recv_into_with_flags(&self, buffer: &mut [u8], flags: MsgFlags) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if trace::ON || self.is_cut(flags) {
            return self.recv_into_slow(buffer, flags, Failed::NOT_TRIED);
        }
        // The usual case, written out.
        let outcome = recv(self, &mut *buffer, self.recv_bits(flags));
        Ok(match first_try(outcome.map(|(_, len)| len)) {
            Ok(len) if len <= buffer.len() => len,
            Ok(len) => self.recv_into_end(buffer.len(), flags, len)?,
            Err(failed) => self.recv_into_slow(buffer, flags, failed)?,
        })
    }

    /// Any socket and flags, or the first try failed.
    #[cold]
    #[inline(never)]
    fn recv_into_slow(&self, buffer: &mut [u8], flags: MsgFlags, failed: Failed) -> Result<usize> {
        let room = buffer.len();
        let receive = || {
            let outcome = self.receive_slice_from(buffer, flags, self.recv_bits(flags));
            outcome.map(|(len, _)| len)
        };
        match self.until_end(flags, receive, failed.errno()) {
            Ok(len) => self.recv_into_end(room, flags, len),
            Err(cause) => self.finish(Call::RecvInto, Err(cause)),
        }
    }

    /// The message may have been longer than the buffer.
    #[cold]
    #[inline(never)]
    fn recv_into_end(&self, room: usize, flags: MsgFlags, len: usize) -> Result<usize> {
        let outcome = if len <= room || flags.wants_length() {
            Ok(len)
        } else if flags.allow_truncation() {
            Ok(room)
        } else {
            Err(truncated(room, len, Vec::new()))
        };
        self.finish_with(Call::RecvInto, outcome, |len| Facts::bytes(*len))
    }

    /// Sends some of the bytes and returns how many: Python's `s.send(data)`.
    ///
    /// It may be fewer than all, when the kernel's buffer has no room for more: the rest is yours
    /// to send. [`sendall`](Socket::sendall) does that. On a socket of datagrams it is all or an
    /// error.
    ///
    /// That bytes were sent means that the kernel has them, not that the peer has.
    ///
    /// System calls: one [send(2)](https://man7.org/linux/man-pages/man2/send.2.html) with
    /// MSG_NOSIGNAL; where there is no room and there is a timeout, one `ppoll` and a second
    /// `send`.
    ///
    /// # Errors
    ///
    /// EPIPE if this end was shut down for sending or the peer is gone (never SIGPIPE); ECONNRESET;
    /// ENOTCONN before it is connected, EDESTADDRREQ on UDP; EMSGSIZE for a datagram too long;
    /// [timeout](crate::Error::is_timeout) and [would block](crate::Error::is_would_block) as
    /// [`settimeout`](Socket::settimeout) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::socketpair;
    ///
    /// let (a, _b) = socketpair()?;
    /// a.setblocking(false)?;
    /// let data = vec![b'x'; 10_000_000];
    /// let sent = a.send(&data)?;
    /// assert!(0 < sent && sent < data.len(), "the kernel's buffer is full");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    #[doc(alias = "write")]
    pub fn send(&self, data: &[u8]) -> Result<usize> {
        self.send_with_flags(data, MsgFlags::NONE)
    }

    /// As [`send`](Socket::send), with flags: Python's `s.send(data, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`send`](Socket::send); EOPNOTSUPP for a flag that the socket does not know.
    ///
    /// # Examples
    ///
    /// ```ignore-windows,ignore-apple,ignore-freebsd
    /// use socketbook::{MSG_MORE, create_connection, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let caller = create_connection(phone.getsockname()?)?;
    /// let sent = caller.send_with_flags(b"and ", MSG_MORE)?;
    /// assert_eq!(sent, 4);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn send_with_flags(&self, data: &[u8], flags: MsgFlags) -> Result<usize> {
        if trace::ON {
            return self.send_slow(data, flags, Failed::NOT_TRIED);
        }
        Ok(match first_try(self.send_once(data, flags)) {
            Ok(sent) => sent,
            Err(failed) => self.send_slow(data, flags, failed)?,
        })
    }

    /// All of it, or the first try failed.
    #[cold]
    #[inline(never)]
    fn send_slow(&self, data: &[u8], flags: MsgFlags, failed: Failed) -> Result<usize> {
        let send = || self.send_once(data, flags);
        let outcome = self.run_slow(flags.send_ready(), send, failed.errno());
        self.finish_with(Call::Send, outcome, |sent| Facts::bytes(*sent))
    }

    /// Sends all of the bytes: Python's `s.sendall(data)`.
    ///
    /// The timeout is one deadline for all of it, however slowly the peer reads.
    ///
    /// System calls: `send` until all is sent, one if there is room for all; where there is none
    /// and there is a timeout, a `ppoll` in between.
    ///
    /// # Errors
    ///
    /// As for [`send`](Socket::send); [`Error::sent`](crate::Error::sent) says how many bytes had gone out. On a socket
    /// that never waits it sends what it can, and then would block.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::socketpair;
    ///
    /// let (a, _b) = socketpair()?;
    /// a.sendall(b"hello")?;
    ///
    /// // No one reads: the kernel's buffers fill up, then the time is over.
    /// a.settimeout(Duration::from_millis(20))?;
    /// let error = a.sendall(&vec![b'x'; 10_000_000]).unwrap_err();
    /// assert!(error.is_timeout());
    /// assert!(error.sent() > 0);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    #[doc(alias = "write_all")]
    pub fn sendall(&self, data: &[u8]) -> Result<()> {
        self.sendall_with_flags(data, MsgFlags::NONE)
    }

    /// As [`sendall`](Socket::sendall), with flags: Python's `s.sendall(data, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`sendall`](Socket::sendall).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{MSG_OOB, SO_OOBINLINE, SOL_SOCKET, create_connection, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let caller = create_connection(phone.getsockname()?)?;
    /// let (conn, _) = phone.accept()?;
    /// conn.setsockopt(SOL_SOCKET, SO_OOBINLINE, true)?;
    ///
    /// caller.sendall_with_flags(b"!", MSG_OOB)?;
    /// assert_eq!(conn.recv(16)?, b"!");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn sendall_with_flags(&self, data: &[u8], flags: MsgFlags) -> Result<()> {
        match self.send_whole(data, flags) {
            Ok(()) => {
                if trace::ON {
                    trace::event(
                        Call::Sendall,
                        Some(self.number()),
                        &Facts::bytes(data.len()),
                        None,
                    );
                }
                Ok(())
            }
            Err(unsent) => Err(self.unsent(Call::Sendall, unsent)),
        }
    }
}

#[cold]
fn truncated(room: usize, len: usize, kept: Vec<u8>) -> Cause {
    Cause::Truncated { room, len, kept }
}

/// One [`recv_into`](Socket::recv_into) a call; 0 bytes mean the end.
impl io::Read for &Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_into(buf)?)
    }
}

/// One [`send`](Socket::send) a call. There is nothing to flush.
impl io::Write for &Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.send(buf)?)
    }

    /// One [`sendall`](Socket::sendall): its deadline is for all of the bytes.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.sendall(buf)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As for `&Socket`.
impl io::Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }
}

/// As for `&Socket`.
impl io::Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        (&*self).write_all(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
