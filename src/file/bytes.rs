//! A file of bytes over a socket.

use std::borrow::Borrow;
use std::fmt;

use memchr::memchr;

use super::buffer::Buffer;
use super::lines::Lines;
use super::mode::BytesMode;
use super::source::Source;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::flags::{MSG_PEEK, MsgFlags};
use crate::language::say;
use crate::memory::{reserve_exact, shrink, try_vec};
use crate::socket::Socket;
use crate::sys;
use crate::trace::{self, Facts};
use crate::transfer::Unsent;

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
    searched: Searched,
    /// What was written and not sent.
    pending: Vec<u8>,
    /// The last attempt to send failed.
    failed: bool,
}

/// What an unbuffered file asks for at most at a time, where it must not receive more than it
/// needs. No datagram is longer.
const LONGEST_PART: usize = 64 * 1024;

/// `len` bytes from `position` have no `end`.
#[derive(Clone, Copy, Default)]
struct Searched {
    position: u64,
    end: u8,
    len: usize,
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

    fn take_exactly(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        let mut deadline = Deadline::default();
        if size > self.mode.buffer_size.max(self.buffer().len()) {
            let mut data = self.gather(size, &mut deadline)?;
            if data.len() > size {
                // The vector had room for more.
                self.arrived.put_back(data.split_off(size));
            }
            self.arrived.kept(data.len());
            shrink(&mut data);
            return Ok(data);
        }
        while self.buffer().len() < size && self.receive_more(&mut deadline)? != 0 {}
        self.copy_out(size)
    }

    /// At most `size` unread bytes.
    fn copy_out(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        let len = size.min(self.buffer().len());
        let mut data = try_vec(len)?;
        data.extend_from_slice(self.take(len));
        Ok(data)
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

    fn take_one_receive(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        if self.buffer().is_empty() && size > 0 {
            self.receive(size, &mut Deadline::default())?;
        }
        self.copy_out(size)
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

    pub(super) fn take_all(&mut self) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        let limit = self.mode.limit;
        // One byte more, to tell the limit from the end.
        let mut data = self.gather(limit.saturating_add(1), &mut Deadline::default())?;
        if data.len() > limit {
            self.arrived.put_back(data);
            return Err(Cause::TooLong { limit });
        }
        self.arrived.kept(data.len());
        shrink(&mut data);
        Ok(data)
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

    pub(super) fn finish_sending<T>(&self, call: Call, outcome: Result<T, Unsent>) -> Result<T> {
        if trace::ON && outcome.is_ok() {
            trace::event(call, Some(self.socket().number()), &Facts::default(), None);
        }
        outcome.map_err(|unsent| self.socket().unsent(call, unsent))
    }

    /// Takes the data, and sends it at once if it should `flush`. After a failure what was not sent
    /// of `data` is not taken; [`Unsent::sent`] counts the rest.
    pub(super) fn put(
        &mut self,
        data: &[u8],
        flush: bool,
        deadline: &mut Deadline,
    ) -> Result<usize, Unsent> {
        if !self.mode.writable {
            let why = say!(
                "this file is for reading: make it with WB or RWB, W or RW",
                "这个文件是用来读的：用 WB 或 RWB、W 或 RW 来创建"
            );
            let cause = Cause::bad_input(why);
            return Err(Unsent { sent: 0, cause });
        }
        if self.mode.buffer_size == 0 {
            let socket = self.socket();
            let send = || socket.send_once(data, MsgFlags::NONE);
            return socket
                .run(MsgFlags::NONE.send_ready(), send)
                .map_err(|cause| Unsent { sent: 0, cause });
        }
        if data.len() > self.mode.buffer_size.saturating_sub(self.pending.len()) {
            self.send_pending(MsgFlags::NONE, deadline)
                .map_err(|cause| Unsent { sent: 0, cause })?;
        }
        if data.len() >= self.mode.buffer_size {
            let outcome = self
                .socket()
                .send_whole_within(data, MsgFlags::NONE, deadline);
            self.failed = outcome.is_err();
            outcome?;
        } else {
            if self.pending.capacity() == 0 {
                self.pending =
                    try_vec(self.mode.buffer_size).map_err(|cause| Unsent { sent: 0, cause })?;
            }
            self.pending.extend_from_slice(data);
            if flush {
                self.flush_or_untake(data.len(), deadline)
                    .map_err(|(untaken, cause)| Unsent {
                        sent: data.len() - untaken,
                        cause,
                    })?;
            }
        }
        Ok(data.len())
    }

    /// Sends what is pending. After a failure the last `len` bytes are no longer pending, as far
    /// as they were not sent: returns how many those were.
    pub(super) fn flush_or_untake(
        &mut self,
        len: usize,
        deadline: &mut Deadline,
    ) -> Result<(), (usize, Cause)> {
        self.send_pending(MsgFlags::NONE, deadline)
            .map_err(|cause| {
                let untaken = len.min(self.pending.len());
                self.pending.truncate(self.pending.len() - untaken);
                (untaken, cause)
            })
    }

    /// Adds to what is pending, whether there is room or not.
    pub(super) fn keep_pending(&mut self, data: &[u8]) {
        self.pending.extend_from_slice(data);
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

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        self.arrived.take(len)
    }

    pub(super) fn must_read(&self) -> Result<(), Cause> {
        if self.mode.readable {
            return Ok(());
        }
        let why = say!(
            "this file is for writing: make it with RB or RWB, R or RW",
            "这个文件是用来写的：用 RB 或 RWB、R 或 RW 来创建"
        );
        Err(Cause::bad_input(why))
    }

    /// The length of the next line with its `end`, of the rest where the end of the stream comes
    /// first; TooLong beyond `limit`.
    pub(super) fn find_line(&mut self, limit: usize, end: u8) -> Result<usize, Cause> {
        self.must_read()?;
        let mut deadline = Deadline::default();
        let position = self.arrived.position();
        let before = self.searched;
        // Where an earlier call had to give up, it searched already.
        let mut searched = if (before.position, before.end) == (position, end) {
            before.len
        } else {
            0
        };
        loop {
            match memchr(end, &self.buffer()[searched..]) {
                Some(at) if searched + at < limit => return Ok(searched + at + 1),
                _ => {}
            }
            let unread = self.buffer().len();
            if unread >= limit {
                return Err(Cause::TooLong { limit });
            }
            searched = unread;
            self.searched = Searched {
                position,
                end,
                len: searched,
            };
            let got = match self.mode.buffer_size {
                0 => self.receive_line_part(limit - searched, end, &mut deadline)?,
                _ => self.receive_more(&mut deadline)?,
            };
            if got == 0 {
                return Ok(searched);
            }
        }
    }

    /// Receives more than is there already, under the deadline of the whole call. 0 at the end.
    pub(super) fn receive_more(&mut self, deadline: &mut Deadline) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        self.receive(self.mode.buffer_size, deadline)
    }

    /// One receive, after what is unread: a full buffer, or `size` for an unbuffered file.
    pub(super) fn receive(&mut self, size: usize, deadline: &mut Deadline) -> Result<usize, Cause> {
        let size = match self.mode.buffer_size {
            0 => size,
            buffer_size => buffer_size,
        };
        let room = self.arrived.room(size)?;
        self.source.receive(room, MsgFlags::NONE, deadline)
    }

    /// For an unbuffered file: receives up to the end of the line and nothing beyond, by looking
    /// first. (Python takes one byte per call.)
    fn receive_line_part(
        &mut self,
        most: usize,
        end: u8,
        deadline: &mut Deadline,
    ) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        let mut ahead = try_vec(most.min(4096))?;
        self.source.receive(&mut ahead, MSG_PEEK, deadline)?;
        match memchr(end, &ahead).map_or(ahead.len(), |at| at + 1) {
            0 => Ok(0),
            len => self.receive_part(len, deadline),
        }
    }

    /// For an unbuffered file: receives at most `size` bytes, after what is unread.
    pub(super) fn receive_part(
        &mut self,
        size: usize,
        deadline: &mut Deadline,
    ) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        // What arrives now must find its place.
        let size = size.min(LONGEST_PART);
        self.arrived.reserve(size)?;
        let mut part = try_vec(size)?;
        let outcome = self.source.receive(&mut part, MsgFlags::NONE, deadline);
        // Of a truncated datagram the beginning is there.
        self.arrived.append(&part);
        outcome
    }

    /// All that is unread, and what is received until it is `size` bytes or more, or the end. After
    /// a failure all of it is unread again.
    fn gather(&mut self, size: usize, deadline: &mut Deadline) -> Result<Vec<u8>, Cause> {
        let mut data = self.arrived.take_all();
        match self.gather_into(size, &mut data, deadline) {
            Ok(()) => Ok(data),
            Err(cause) => {
                self.arrived.put_back(data);
                Err(cause)
            }
        }
    }

    fn gather_into(
        &mut self,
        size: usize,
        data: &mut Vec<u8>,
        deadline: &mut Deadline,
    ) -> Result<(), Cause> {
        let first = size.min(self.mode.buffer_size.max(4096));
        reserve_exact(data, first.saturating_sub(data.len()))?;
        while data.len() < size {
            if data.len() == data.capacity() {
                // Twice as much, as it arrives and not before: `size` is only what is hoped for.
                reserve_exact(data, data.len().min(size - data.len()))?;
            }
            if !data.is_empty() {
                self.source.check(deadline)?;
            }
            if self.source.receive(data, MsgFlags::NONE, deadline)? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn send_pending(&mut self, flags: MsgFlags, deadline: &mut Deadline) -> Result<(), Cause> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcome = self
            .socket()
            .send_whole_within(&self.pending, flags, deadline);
        self.failed = outcome.is_err();
        match outcome {
            Ok(()) => {
                self.pending.clear();
                Ok(())
            }
            Err(Unsent { sent, cause }) => {
                self.pending.drain(..sent);
                Err(cause)
            }
        }
    }

    /// As [`send_pending`](SocketFile::send_pending), counting what was sent before a failure.
    fn send_pending_counting(&mut self, flags: MsgFlags) -> Result<(), Unsent> {
        let before = self.pending.len();
        self.send_pending(flags, &mut Deadline::default())
            .map_err(|cause| Unsent {
                sent: before - self.pending.len(),
                cause,
            })
    }
}

/// Sends what was written and not sent. An error goes unreported:
/// [`close`](SocketFile::close) reports it.
///
/// It does not wait a second time: after a send that failed, and in a thread that panics, it sends
/// only what can be sent at once.
impl<S: Borrow<Socket>> Drop for SocketFile<S> {
    fn drop(&mut self) {
        if !self.source.has_socket() {
            return;
        }
        let flags = match self.failed || std::thread::panicking() {
            false => MsgFlags::NONE,
            // Without MSG_DONTWAIT nothing can be sent that is sure not to wait.
            true if sys::DONTWAIT == 0 => return,
            true => MsgFlags::from_bits(sys::DONTWAIT),
        };
        let _ = self.send_pending(flags, &mut Deadline::default());
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
