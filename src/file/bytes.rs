//! A file of bytes over a socket.

use std::borrow::Borrow;
use std::fmt;
use std::io;

use memchr::memchr;
use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::net::{RecvFlags, recv};

use super::mode::BytesMode;
use crate::errno::ENOMEM;
use crate::error::{Cause, Error, Result, room};
use crate::socket::Socket;
use crate::wait::Wait;

/// A file of bytes over a socket: what [`makefile`](Socket::makefile) gives for `RB`, `WB`, `RWB`.
///
/// `S` is how it holds the socket: `&Socket`, `Socket`, `Arc<Socket>`.
///
/// It is [`Read`](io::Read), [`BufRead`](io::BufRead) and [`Write`](io::Write) too. Its own
/// methods are Python's, and give this crate's [`Error`]; to call std's `read` and `write` where
/// the names are the same, say `io::Read::read(&mut file, buf)`.
///
/// What is written is sent when the buffer is full, by [`flush`](SocketFile::flush) and by
/// [`close`](SocketFile::close). Dropping the file sends it too, but cannot report an error.
/// Reading does not send what was written: flush before you wait for the answer.
///
/// After an error nothing is lost: what had arrived is read by the next call, or by
/// [`read1`](SocketFile::read1); what was not sent stays to be flushed.
pub struct SocketFile<S: Borrow<Socket>> {
    socket: S,
    mode: BytesMode,
    /// What has arrived; what is unread starts at `start`.
    arrived: Vec<u8>,
    start: usize,
    /// What was written and not sent.
    pending: Vec<u8>,
    past: Past,
}

/// What a receive has to know of those before it.
#[derive(Default)]
struct Past {
    timed_out: bool,
    /// A `\r` was read as the end of a line, and what follows was not here yet: a `\n` belongs to
    /// it.
    skip_lf: bool,
}

impl<S: Borrow<Socket>> SocketFile<S> {
    pub(super) fn new(socket: S, mode: BytesMode) -> SocketFile<S> {
        SocketFile {
            socket,
            mode,
            arrived: Vec::new(),
            start: 0,
            pending: Vec::new(),
            past: Past::default(),
        }
    }

    /// The socket beneath.
    pub fn socket(&self) -> &Socket {
        self.socket.borrow()
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
        &self.arrived[self.start..]
    }

    /// Reads exactly `size` bytes, fewer only at the end: Python's `f.read(size)`.
    ///
    /// An unbuffered file receives once, and gives what there is.
    ///
    /// # Errors
    ///
    /// Those of [`recv`](Socket::recv); [bad input](Error::is_bad_input) on a file for writing.
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
        if self.mode.buffer_size == 0 {
            return self.read1(size).map_err(|error| error.in_call("read"));
        }
        self.must_read("read")?;
        let mut wait = Wait::default();
        if size > self.mode.buffer_size.max(self.buffer().len()) {
            return self.gather("read", size, &mut wait);
        }
        while self.buffer().len() < size && self.receive_more("read", &mut wait)? != 0 {}
        let data = self.buffer()[..size.min(self.buffer().len())].to_vec();
        self.start += data.len();
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
        self.must_read("read1")?;
        if self.buffer().is_empty() && size > 0 {
            self.receive("read1", size, &mut Wait::default())?;
        }
        let data = self.buffer()[..size.min(self.buffer().len())].to_vec();
        self.start += data.len();
        Ok(data)
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
        self.must_read("readall")?;
        let limit = self.mode.limit;
        // One byte more, to tell the limit from the end.
        let data = self.gather("readall", limit.saturating_add(1), &mut Wait::default())?;
        if data.len() > limit {
            self.unread(data);
            return Err(Error::new("readall", Cause::TooLong { limit }));
        }
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
            _ => self.find_line("readline", self.mode.limit, b'\n')?,
        };
        Ok(self.take(len))
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
            None => match self.find_line("readline", size, b'\n') {
                Ok(len) => len,
                Err(error) if error.is_too_long() => size,
                Err(error) => return Err(error),
            },
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
        Lines { file: self }
    }

    /// Writes the bytes, into the buffer as long as there is room: Python's `f.write(data)`.
    /// Returns how many it has taken: all of them, but for an unbuffered file, which sends once.
    ///
    /// # Errors
    ///
    /// Those of [`sendall`](Socket::sendall); [`Error::sent`] says how many of these bytes the
    /// file has taken. [Bad input](Error::is_bad_input) on a file for reading.
    ///
    /// # Examples
    ///
    /// ```
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
        if !self.mode.writable {
            return Err(Error::bad_input(
                "write",
                "this file is for reading: make it with WB or RWB",
            ));
        }
        if self.mode.buffer_size == 0 {
            return self
                .socket()
                .send(data)
                .map_err(|error| error.in_call("write"));
        }
        if data.len() > self.mode.buffer_size - self.pending.len() {
            self.send_pending("write")
                .map_err(|error| error.after_sending(0))?;
        }
        if data.len() >= self.mode.buffer_size {
            self.send_whole("write", data)?;
        } else {
            if self.pending.capacity() == 0 {
                self.pending = room("write", self.mode.buffer_size)?;
            }
            self.pending.extend_from_slice(data);
            if self.mode.line_buffered && data.contains(&b'\n') {
                // The file has taken all of it, whatever becomes of sending it.
                self.send_pending("write")
                    .map_err(|error| error.after_sending(data.len()))?;
            }
        }
        Ok(data.len())
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
    /// file.flush()?; // else both sides would wait for ever
    /// assert_eq!(b.recv(100)?, b"question\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn flush(&mut self) -> Result<()> {
        self.send_pending("flush")
    }

    /// Sends what was written and lets go of the socket: Python's `f.close()`. The connection
    /// stays open as long as somebody else uses it.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](SocketFile::flush); what was not sent is lost then.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{WB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// b.close();
    /// let mut file = a.makefile(WB);
    /// file.write(b"to nobody\n")?;
    /// assert!(file.close().unwrap_err().is_disconnect(), "dropping it would not have told");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn close(mut self) -> Result<()> {
        let outcome = self.send_pending("close");
        self.pending.clear();
        outcome
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        let start = self.start;
        self.start += len;
        &self.arrived[start..start + len]
    }

    pub(super) fn skip(&mut self, len: usize) {
        self.start += len;
    }

    /// All that is here will have been taken, and ended with a `\r`: a `\n` that comes next belongs
    /// to it.
    pub(super) fn skip_lf(&mut self) {
        self.past.skip_lf = true;
    }

    /// Overwrites a byte that has not been read yet.
    pub(super) fn put(&mut self, at: usize, byte: u8) {
        self.arrived[self.start + at] = byte;
    }

    pub(super) fn limit(&self) -> usize {
        self.mode.limit
    }

    pub(super) fn must_read(&self, call: &'static str) -> Result<()> {
        if self.mode.readable {
            return Ok(());
        }
        Err(Error::bad_input(
            call,
            "this file is for writing: make it with RB or RWB, R or RW",
        ))
    }

    /// The length of the next line with its `end`, of the rest where the end of the stream comes
    /// first; TooLong beyond `limit`.
    #[cold]
    pub(super) fn find_line(&mut self, call: &'static str, limit: usize, end: u8) -> Result<usize> {
        self.must_read(call)?;
        let mut wait = Wait::default();
        let mut searched = 0;
        loop {
            match memchr(end, &self.buffer()[searched..]) {
                Some(at) if searched + at < limit => return Ok(searched + at + 1),
                _ => {}
            }
            searched = self.buffer().len();
            if searched >= limit {
                return Err(Error::new(call, Cause::TooLong { limit }));
            }
            let got = match self.mode.buffer_size {
                0 => self.receive_line_part(call, limit - searched, end, &mut wait)?,
                _ => self.receive_more(call, &mut wait)?,
            };
            if got == 0 {
                return Ok(searched);
            }
        }
    }

    /// Before a further receive of one call: the deadline may be over though none had to wait.
    fn go_on(&mut self, call: &'static str, wait: &mut Wait) -> Result<()> {
        wait.go_on(self.socket.borrow(), call)
            .inspect_err(|error| self.past.timed_out = error.is_timeout())
    }

    /// Receives more than there is already, under the deadline of the whole call. 0 at the end.
    pub(super) fn receive_more(&mut self, call: &'static str, wait: &mut Wait) -> Result<usize> {
        if !self.buffer().is_empty() {
            self.go_on(call, wait)?;
        }
        self.receive(call, self.mode.buffer_size, wait)
    }

    /// One receive, behind what is unread: a buffer full, or `size` for an unbuffered file.
    fn receive(&mut self, call: &'static str, size: usize, wait: &mut Wait) -> Result<usize> {
        self.arrived.drain(..self.start);
        self.start = 0;
        let size = match self.mode.buffer_size {
            0 => size,
            buffer_size => buffer_size,
        };
        if self.arrived.is_empty() && self.arrived.capacity() != size {
            // The first use; or a long line made it grow; or an unbuffered file is asked for another
            // size than last time. Exactly this much: an unbuffered file takes no more.
            self.arrived = room(call, size)?;
        } else if self.arrived.len() == self.arrived.capacity() {
            reserve(call, &mut self.arrived, size)?;
        }
        let flags = self.socket().recv_flags();
        let SocketFile {
            socket,
            arrived,
            past,
            ..
        } = self;
        receive_into((*socket).borrow(), arrived, call, flags, wait, past)
    }

    /// For an unbuffered file: receives up to the end of the line and nothing beyond, by looking
    /// first. (Python takes one byte per call.)
    fn receive_line_part(
        &mut self,
        call: &'static str,
        most: usize,
        end: u8,
        wait: &mut Wait,
    ) -> Result<usize> {
        if !self.buffer().is_empty() {
            self.go_on(call, wait)?;
        }
        let mut ahead = room(call, most.min(4096))?;
        let flags = self.socket().recv_flags();
        let SocketFile { socket, past, .. } = self;
        let socket: &Socket = (*socket).borrow();
        receive_into(
            socket,
            &mut ahead,
            call,
            flags | RecvFlags::PEEK,
            wait,
            past,
        )?;
        let len = memchr(end, &ahead).map_or(ahead.len(), |at| at + 1);
        let mut part = room(call, len)?;
        let outcome = match len {
            0 => Ok(0),
            _ => receive_into(socket, &mut part, call, flags, wait, past),
        };
        reserve(call, &mut self.arrived, part.len())?;
        self.arrived.extend_from_slice(&part);
        outcome
    }

    /// Reads `size` bytes or to the end, straight into a vector of their own.
    fn gather(&mut self, call: &'static str, size: usize, wait: &mut Wait) -> Result<Vec<u8>> {
        let mut data = room(
            call,
            size.min(self.buffer().len().max(self.mode.buffer_size).max(4096)),
        )?;
        let there = self.buffer().len().min(size);
        data.extend_from_slice(self.take(there));
        let outcome = self.gather_into(call, size, &mut data, wait);
        match outcome {
            Ok(()) => Ok(data),
            Err(error) => {
                self.unread(data);
                Err(error)
            }
        }
    }

    fn gather_into(
        &mut self,
        call: &'static str,
        size: usize,
        data: &mut Vec<u8>,
        wait: &mut Wait,
    ) -> Result<()> {
        let flags = self.socket().recv_flags();
        while data.len() < size {
            if data.len() == data.capacity() {
                // Twice as much, as it arrives and not before: `size` is only what is hoped for.
                let more = data.len().min(size - data.len());
                if data.try_reserve_exact(more).is_err() {
                    return Err(Error::os(call, ENOMEM).about(size));
                }
            }
            if !data.is_empty() {
                self.go_on(call, wait)?;
            }
            let SocketFile { socket, past, .. } = self;
            let socket: &Socket = (*socket).borrow();
            if receive_into(socket, data, call, flags, wait, past)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Puts back what was taken out, when the call that took it failed.
    fn unread(&mut self, mut data: Vec<u8>) {
        data.extend_from_slice(self.buffer());
        self.arrived = data;
        self.start = 0;
    }

    fn send_pending(&mut self, call: &'static str) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcome = self.send_whole(call, &self.pending);
        let sent = outcome
            .as_ref()
            .map_or_else(Error::sent, |()| self.pending.len());
        self.pending.drain(..sent);
        outcome
    }

    fn send_whole(&self, call: &'static str, data: &[u8]) -> Result<()> {
        let socket = self.socket();
        socket.send_whole(call, data, socket.send_flags(), PollFlags::OUT)
    }
}

/// One receive into the spare room of `data`; returns how many bytes. What was cut, on a socket of
/// datagrams, is an error, and its beginning is in `data`.
fn receive_into(
    socket: &Socket,
    data: &mut Vec<u8>,
    call: &'static str,
    flags: RecvFlags,
    wait: &mut Wait,
    past: &mut Past,
) -> Result<usize> {
    if past.timed_out {
        return Err(Error::new(call, Cause::FileTimedOut));
    }
    let room = data.capacity() - data.len();
    loop {
        match recv(socket, spare_capacity(data), flags) {
            Ok((_, len)) if len > room && !flags.contains(RecvFlags::PEEK) => {
                let kept = Vec::new();
                return Err(Error::new(call, Cause::Truncated { room, len, kept }));
            }
            Ok((_, len)) if past.skip_lf && len > 0 => {
                past.skip_lf = false;
                let first = data.len() - len;
                if data[first] != b'\n' {
                    return Ok(len);
                }
                data.remove(first);
                match len - 1 {
                    0 => {}
                    more => return Ok(more),
                }
            }
            Ok((_, len)) => return Ok(len),
            Err(errno) => wait
                .settle(socket, call, PollFlags::IN, errno)
                .inspect_err(|error| {
                    past.timed_out = error.is_timeout();
                })?,
        }
    }
}

/// Room for at least `more` bytes, or ENOMEM.
fn reserve(call: &'static str, data: &mut Vec<u8>, more: usize) -> Result<()> {
    data.try_reserve(more)
        .map_err(|_| Error::os(call, ENOMEM).about(more))
}

/// Sends what was written and not sent. An error goes unheard: [`close`](SocketFile::close) tells.
impl<S: Borrow<Socket>> Drop for SocketFile<S> {
    fn drop(&mut self) {
        let _ = self.send_pending("close");
    }
}

/// The lines of a file of bytes: see [`lines`](SocketFile::lines).
#[derive(Debug)]
pub struct Lines<'f, S: Borrow<Socket>> {
    file: &'f mut SocketFile<S>,
}

impl<S: Borrow<Socket>> Iterator for Lines<'_, S> {
    type Item = Result<Vec<u8>>;

    #[inline]
    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        match self.file.readline() {
            Ok([]) => None,
            Ok(line) => {
                let bare = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n"));
                Some(Ok(bare.unwrap_or(line).to_vec()))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl<S: Borrow<Socket>> io::Read for SocketFile<S> {
    /// What is in the buffer; else one receive.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.must_read("read")?;
        if self.buffer().is_empty() && !buf.is_empty() {
            self.receive("read", buf.len(), &mut Wait::default())?;
        }
        let len = buf.len().min(self.buffer().len());
        buf[..len].copy_from_slice(self.take(len));
        Ok(len)
    }
}

impl<S: Borrow<Socket>> io::BufRead for SocketFile<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.must_read("read")?;
        if self.buffer().is_empty() {
            self.receive("read", 1, &mut Wait::default())?;
        }
        Ok(self.buffer())
    }

    fn consume(&mut self, amount: usize) {
        self.start += amount.min(self.buffer().len());
    }
}

impl<S: Borrow<Socket>> io::Write for SocketFile<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match SocketFile::write(self, buf) {
            // Some of it was taken; the next write meets the error again.
            Err(error) if error.sent() > 0 => Ok(error.sent()),
            outcome => Ok(outcome?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(SocketFile::flush(self)?)
    }
}

impl<S: Borrow<Socket>> fmt::Debug for SocketFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketFile")
            .field("socket", self.socket())
            .field("mode", &self.mode)
            .field("unread", &self.buffer().len())
            .field("unsent", &self.pending.len())
            .field("timed_out", &self.past.timed_out)
            .finish()
    }
}
