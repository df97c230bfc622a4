//! A file of bytes over a socket.

use std::borrow::Borrow;
use std::fmt;

use memchr::memchr;

use super::buffer::Buffer;
use super::lines::Lines;
use super::mode::BytesMode;
use super::receiving::Searched;
use super::source::Source;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::flags::MsgFlags;
use crate::socket::Socket;

/// A file of bytes over a socket: what [`makefile`](Socket::makefile) gives for `RB`, `WB`, `RWB`.
///
/// `S` is how it holds the socket: `&Socket`, `Socket`, `Arc<Socket>`.
///
/// It is [`Read`](std::io::Read), [`BufRead`](std::io::BufRead) and [`Write`](std::io::Write) too. Its own
/// methods are Python's, and give this crate's [`Error`](crate::Error); to call std's `read` and `write` where
/// the names are the same, say `io::Read::read(&mut file, buf)`.
///
/// What is written is sent when the buffer is full, by [`flush`](SocketFile::flush) and by
/// [`close`](SocketFile::close). Dropping the file sends it too, but cannot report an error.
/// Reading does not send what was written: flush before you wait for the answer.
///
/// After an error nothing is lost: what had arrived is read by the next call, or by
/// [`read1`](SocketFile::read1); what was not sent stays to be flushed.
pub struct SocketFile<S: Borrow<Socket>> {
    pub(super) source: Source<S>,
    pub(super) mode: BytesMode,
    pub(super) arrived: Buffer,
    /// How far the unread bytes were searched for the end of a line in vain.
    pub(super) searched: Searched,
    /// What was written and not sent.
    pub(super) pending: Vec<u8>,
    /// The last attempt to send failed.
    pub(super) failed: bool,
}

/// What was in the buffers of a file that was taken apart by
/// [`into_inner`](SocketFile::into_inner).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leftover {
    /// What had been received and not read.
    pub unread: Vec<u8>,
    /// What had been written and not sent.
    pub unsent: Vec<u8>,
}

impl Leftover {
    /// Whether nothing was left.
    pub fn is_empty(&self) -> bool {
        self.unread.is_empty() && self.unsent.is_empty()
    }
}

impl<S: Borrow<Socket>> SocketFile<S> {
    pub(super) fn new(socket: S, mode: BytesMode) -> SocketFile<S> {
        SocketFile {
            source: Source::new(socket),
            mode,
            arrived: Buffer::default(),
            searched: Searched::default(),
            pending: Vec::new(),
            failed: false,
        }
    }

    /// The socket beneath.
    pub fn socket(&self) -> &Socket {
        self.source.socket()
    }

    /// Takes the file apart: the socket, and what was in the buffers. Nothing is sent or received.
    ///
    /// For a connection that changes its protocol (STARTTLS, `Upgrade`). What is in
    /// [`unread`](Leftover::unread) arrived before the change. A server that upgrades to TLS must
    /// not take it for protected data: anyone on the way may have added it.
    ///
    /// ```
    /// use socketbook::{RWB, makefile, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"UPGRADE\n\x00\x01")?;
    /// let mut file = makefile(b, RWB);
    /// assert_eq!(file.readline()?, b"UPGRADE\n");
    /// file.write(b"OK\n")?;
    /// file.flush()?;
    ///
    /// let (socket, left) = file.into_inner();
    /// assert_eq!(left.unread, b"\x00\x01", "it came along");
    /// socket.sendall(b"\x02")?; // and now the other protocol
    /// assert_eq!(a.recv(100)?, b"OK\n\x02");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn into_inner(mut self) -> (S, Leftover) {
        let left = Leftover {
            unread: self.arrived.take_all(),
            unsent: std::mem::take(&mut self.pending),
        };
        match self.source.take_socket() {
            Some(socket) => (socket, left),
            None => unreachable!("only this function takes the socket, and consumes the file"),
        }
    }

    /// What has been received and not read yet.
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"one\ntwo")?;
    /// let mut file = b.makefile(RB);
    /// assert_eq!(file.readline()?, b"one\n");
    /// assert_eq!(file.buffer(), b"two", "it came along");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn buffer(&self) -> &[u8] {
        self.arrived.unread()
    }

    /// Reads exactly `size` bytes, fewer only at the end: Python's `f.read(size)`.
    ///
    /// An unbuffered file receives once, and gives what there is.
    ///
    /// # Errors
    ///
    /// Those of [`recv`](Socket::recv); [bad input](crate::Error::is_bad_input) on a file for writing.
    /// What had arrived stays readable.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"12345")?;
    /// a.sendall(b"67890!")?;
    /// a.close();
    /// let mut file = b.makefile(RB);
    /// assert_eq!(file.read(10)?, b"1234567890");
    /// assert_eq!(file.read(10)?, b"!", "the end came first");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn read(&mut self, size: usize) -> Result<Vec<u8>> {
        let outcome = match self.mode.buffer_size {
            0 => self.take_one_receive(size),
            _ => self.take_exactly(size),
        };
        self.socket().finish(Call::Read, outcome)
    }

    /// Reads at most `size` bytes with at most one receive: Python's `f.read1(size)`.
    ///
    /// What is in the buffer is given at once. Empty means the end.
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"what there is")?;
    /// assert_eq!(b.makefile(RB).read1(1000)?, b"what there is");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn read1(&mut self, size: usize) -> Result<Vec<u8>> {
        let outcome = self.take_one_receive(size);
        self.socket().finish(Call::Read1, outcome)
    }

    /// Reads to the end: Python's `f.read()`.
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read), and when more comes than the mode's
    /// [`limit`](BytesMode::limit).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"all of it")?;
    /// a.close();
    /// assert_eq!(b.makefile(RB).readall()?, b"all of it");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readall(&mut self) -> Result<Vec<u8>> {
        let outcome = self.take_all();
        self.socket().finish(Call::Readall, outcome)
    }

    /// Reads a line with its newline: Python's `f.readline()`. Without a newline it is the last;
    /// empty means the end.
    ///
    /// The line is lent out of the buffer, without a copy.
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read), and when the line is longer than the mode's
    /// [`limit`](BytesMode::limit).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"first\nlast")?;
    /// a.close();
    /// let mut file = b.makefile(RB);
    /// assert_eq!(file.readline()?, b"first\n");
    /// assert_eq!(file.readline()?, b"last");
    /// assert_eq!(file.readline()?, b"");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn readline(&mut self) -> Result<&[u8]> {
        let len = match memchr(b'\n', self.buffer()) {
            Some(at) if at < self.mode.limit => at + 1,
            _ => self.readline_slow()?,
        };
        Ok(self.take(len))
    }

    #[cold]
    #[inline(never)]
    fn readline_slow(&mut self) -> Result<usize> {
        let outcome = self.find_line(self.mode.limit, b'\n');
        self.socket().finish(Call::Readline, outcome)
    }

    /// Reads a line, or its first `size` bytes if it is longer: Python's `f.readline(size)`.
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"abcdef\n")?;
    /// let mut file = b.makefile(RB);
    /// assert_eq!(file.readline_limit(4)?, b"abcd");
    /// assert_eq!(file.readline_limit(4)?, b"ef\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readline_limit(&mut self, size: usize) -> Result<&[u8]> {
        let len = match memchr(b'\n', self.buffer()) {
            Some(at) => at + 1,
            None => {
                let outcome = match self.find_line(size, b'\n') {
                    Err(Cause::TooLong { .. }) => Ok(size),
                    outcome => outcome,
                };
                self.socket().finish(Call::Readline, outcome)?
            }
        };
        Ok(self.take(len.min(size)))
    }

    /// The lines, each a vector of its own, without the newline (unlike Python's iteration, as
    /// everywhere in Rust); `\r\n` counts as a newline.
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"one\ntwo\r\nthree")?;
    /// a.close();
    /// let lines: Vec<Vec<u8>> = b.makefile(RB).lines().collect::<Result<_, _>>()?;
    /// assert_eq!(lines, [&b"one"[..], b"two", b"three"]);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn lines(&mut self) -> Lines<'_, S> {
        Lines::new(self)
    }

    /// Writes the bytes, into the buffer as long as there is room: Python's `f.write(data)`.
    /// Returns how many it has taken: all of them, but for an unbuffered file, which sends once.
    ///
    /// # Errors
    ///
    /// Those of [`sendall`](Socket::sendall); [`Error::sent`](crate::Error::sent) says how many of these bytes the
    /// file has taken. [Bad input](crate::Error::is_bad_input) on a file for reading.
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{MSG_DONTWAIT, WB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(WB);
    /// file.write(b"hello\n")?;
    /// assert!(b.recv_with_flags(100, MSG_DONTWAIT).is_err(), "it is in the buffer");
    /// file.flush()?;
    /// assert_eq!(b.recv(100)?, b"hello\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn write(&mut self, data: &[u8]) -> Result<usize> {
        let newline = self.mode.line_buffered && data.contains(&b'\n');
        let outcome = self.put(data, newline, &mut Deadline::default());
        self.finish_sending(Call::Write, outcome)
    }

    /// Sends what was written: Python's `f.flush()`. One deadline for all of it.
    ///
    /// # Errors
    ///
    /// Those of [`sendall`](Socket::sendall). What was not sent stays for the next `flush`.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RWB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(RWB);
    /// file.write(b"question\n")?;
    /// file.flush()?; // otherwise both sides would wait forever
    /// assert_eq!(b.recv(100)?, b"question\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn flush(&mut self) -> Result<()> {
        let outcome = self.send_pending_counting(MsgFlags::NONE);
        self.finish_sending(Call::Flush, outcome)
    }

    /// Sends what was written and lets go of the socket: Python's `f.close()`. The connection
    /// stays open as long as someone else uses it.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](SocketFile::flush); what was not sent is lost then.
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{WB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// b.close();
    /// let mut file = a.makefile(WB);
    /// file.write(b"to no one\n")?;
    /// assert!(file.close().unwrap_err().is_disconnect(), "dropping it would have said nothing");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn close(mut self) -> Result<()> {
        let outcome = self.send_pending_counting(MsgFlags::NONE);
        // Dropping it would try again.
        self.pending.clear();
        self.finish_sending(Call::Close, outcome)
    }
}

impl<S: Borrow<Socket>> fmt::Debug for SocketFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketFile")
            .field("socket", self.socket())
            .field("mode", &self.mode)
            .field("unread", &self.buffer().len())
            .field("unsent", &self.pending.len())
            .field("timed_out", &self.source.timed_out())
            .finish()
    }
}
