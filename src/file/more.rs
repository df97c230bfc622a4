//! What Python's files have besides: lists of lines, reading into a buffer, looking ahead, and what
//! a file can do.

use std::borrow::Borrow;
use std::fmt;

use super::bytes::SocketFile;
use super::mode::{BytesMode, Newline, TextMode};
use super::text::TextFile;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::language::say;
use crate::socket::Socket;
use crate::transfer::Unsent;

/// # Lists of lines, buffers, looking ahead
impl<S: Borrow<Socket>> SocketFile<S> {
    /// Reads to the end, and returns the lines, each with its newline: Python's `f.readlines()`.
    ///
    /// It is for a peer that sends what fits into the mode's [`limit`](BytesMode::limit) and closes.
    /// To have each line as it comes, use [`lines`](SocketFile::lines).
    ///
    /// # Errors
    ///
    /// As for [`readall`](SocketFile::readall): one deadline and one limit for all of it, and what
    /// had arrived stays readable.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"one\n\nthree")?;
    /// a.close();
    /// assert_eq!(b.makefile(RB).readlines()?, [&b"one\n"[..], b"\n", b"three"]);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readlines(&mut self) -> Result<Vec<Vec<u8>>> {
        let outcome = self.take_all();
        let data = self.socket().finish(Call::Readlines, outcome)?;
        let lines = data.split_inclusive(|byte| *byte == b'\n');
        Ok(lines.map(<[u8]>::to_vec).collect())
    }

    /// Writes them all, one after the other: Python's `f.writelines(lines)`. It adds no newlines.
    ///
    /// One deadline holds for all of them, and an unbuffered file sends each to its end.
    ///
    /// # Errors
    ///
    /// As for [`write`](SocketFile::write); [`Error::sent`](crate::Error::sent) says how many bytes
    /// of them all the file has taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{WB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(WB);
    /// file.writelines(["one\n", "two\n"])?;
    /// file.flush()?;
    /// assert_eq!(b.recv(100)?, b"one\ntwo\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn writelines(&mut self, lines: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<()> {
        let outcome = self.put_all(lines);
        self.finish_sending(Call::Writelines, outcome)
    }

    fn put_all(&mut self, lines: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<(), Unsent> {
        let mut deadline = Deadline::default();
        let mut taken = 0;
        for line in lines {
            let mut rest = line.as_ref();
            let newline = self.mode.line_buffered && rest.contains(&b'\n');
            while !rest.is_empty() {
                match self.put(rest, newline, &mut deadline) {
                    Ok(more) => {
                        taken += more;
                        rest = &rest[more..];
                    }
                    Err(Unsent { sent, cause }) => {
                        let sent = taken + sent;
                        return Err(Unsent { sent, cause });
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads into a buffer until it is full, or to the end; returns how many bytes: Python's
    /// `f.readinto(buffer)`.
    ///
    /// An unbuffered file receives once, and std's `read` does so for any file.
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read). What had arrived stays readable, and the buffer as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"12345")?;
    /// a.sendall(b"678")?;
    /// a.close();
    /// let mut file = b.makefile(RB);
    /// let mut buffer = [0; 6];
    /// assert_eq!(file.readinto(&mut buffer)?, 6);
    /// assert_eq!(&buffer, b"123456");
    /// assert_eq!(file.readinto(&mut buffer)?, 2, "the end came first");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readinto(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let outcome = match self.mode.buffer_size {
            0 => self.fill(buffer.len()),
            _ => self.fill_exactly(buffer.len()).map(drop),
        };
        self.socket().finish(Call::Readinto, outcome)?;
        let len = buffer.len().min(self.buffer().len());
        buffer[..len].copy_from_slice(self.take(len));
        Ok(len)
    }

    /// What comes next, without taking it: Python's `f.peek()`. At most one receive; empty means the
    /// end.
    ///
    /// What is in the buffer is given at once, all of it. (Python's argument is only a hint, and is
    /// left out.)
    ///
    /// # Errors
    ///
    /// As for [`read`](SocketFile::read); [bad input](crate::Error::is_bad_input) on an unbuffered
    /// file, which has nowhere to keep it: there [`MSG_PEEK`](crate::MSG_PEEK) looks ahead.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"GET / HTTP/1.0\r\n")?;
    /// let mut file = b.makefile(RB);
    /// assert!(file.peek()?.starts_with(b"GET"), "which protocol is it?");
    /// assert_eq!(file.readline()?, b"GET / HTTP/1.0\r\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn peek(&mut self) -> Result<&[u8]> {
        let outcome = match self.mode.buffer_size {
            0 => {
                let why = say!(
                    "an unbuffered file cannot look ahead: recv_with_flags with MSG_PEEK can",
                    "不带缓冲的文件不能往前看：带 MSG_PEEK 的 recv_with_flags 可以"
                );
                self.must_read().and(Err(Cause::bad_input(why)))
            }
            _ => self.fill(1),
        };
        self.socket().finish(Call::Peek, outcome)?;
        Ok(self.buffer())
    }

    /// Whether the file is for reading: Python's `f.readable()`.
    ///
    /// ```
    /// use socketbook::{RWB, WB, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// assert!(!a.makefile(WB).readable() && a.makefile(RWB).readable());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readable(&self) -> bool {
        self.mode.readable
    }

    /// Whether the file is for writing: Python's `f.writable()`.
    ///
    /// ```
    /// use socketbook::{RB, RWB, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// assert!(!a.makefile(RB).writable() && a.makefile(RWB).writable());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn writable(&self) -> bool {
        self.mode.writable
    }

    /// The mode that it was made with: Python's attribute `f.mode`, which it is written as.
    ///
    /// ```
    /// use socketbook::{RWB, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// let file = a.makefile(RWB.buffer_size(1024));
    /// assert_eq!(file.mode().to_string(), "rwb");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn mode(&self) -> BytesMode {
        self.mode
    }
}

/// # Lists of lines
impl<S: Borrow<Socket>> TextFile<S> {
    /// Reads to the end, and returns the lines, each with its newline: Python's `f.readlines()`.
    ///
    /// As [`SocketFile::readlines`] otherwise.
    ///
    /// # Errors
    ///
    /// As for [`readall`](TextFile::readall).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("一\r\n二".as_bytes())?;
    /// a.close();
    /// assert_eq!(b.makefile(R).readlines()?, ["一\n", "二"]);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readlines(&mut self) -> Result<Vec<String>> {
        let text = self.take_text(Call::Readlines)?;
        let mut lines = Vec::new();
        let mut rest = &text[..];
        while !rest.is_empty() {
            let (line, more) = rest.split_at(self.newline().line_len(rest));
            lines.push(line.to_owned());
            rest = more;
        }
        Ok(lines)
    }

    /// Writes them all, one after the other: Python's `f.writelines(lines)`. It adds no newlines.
    /// One deadline holds for all of them.
    ///
    /// # Errors
    ///
    /// As for [`write`](TextFile::write); [`Error::sent`](crate::Error::sent) says how many bytes of
    /// them all the file has taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{Newline, W, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(W.newline(Newline::CrLf));
    /// file.writelines(["EHLO here\n", "QUIT\n"])?;
    /// file.flush()?;
    /// assert_eq!(b.recv(100)?, b"EHLO here\r\nQUIT\r\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn writelines(&mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) -> Result<()> {
        let mut deadline = Deadline::default();
        let mut taken = 0;
        let mut outcome = Ok(());
        for line in lines {
            let line = line.as_ref();
            let put = self.put(line.as_bytes(), &mut deadline);
            outcome = put.map_err(|Unsent { sent, cause }| Unsent {
                sent: taken + sent,
                cause,
            });
            if outcome.is_err() {
                break;
            }
            taken += line.len();
        }
        self.finish_sending(Call::Writelines, outcome)
    }

    /// Whether the file is for reading: Python's `f.readable()`.
    ///
    /// ```
    /// use socketbook::{R, W, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// assert!(a.makefile(R).readable() && !a.makefile(W).readable());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readable(&self) -> bool {
        self.mode().bytes.readable
    }

    /// Whether the file is for writing: Python's `f.writable()`.
    ///
    /// ```
    /// use socketbook::{R, W, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// assert!(!a.makefile(R).writable() && a.makefile(W).writable());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn writable(&self) -> bool {
        self.mode().bytes.writable
    }
}

impl Newline {
    /// The length of the first line of a text that was read, with its newline.
    fn line_len(self, text: &str) -> usize {
        let end = match self {
            Newline::Universal | Newline::Lf => text.find('\n').map(|at| at + 1),
            Newline::Cr => text.find('\r').map(|at| at + 1),
            Newline::CrLf => text.find("\r\n").map(|at| at + 2),
            Newline::Untranslated => text.find(['\n', '\r']).map(|at| {
                let both = text[at..].starts_with("\r\n");
                at + 1 + usize::from(both)
            }),
        };
        end.unwrap_or(text.len())
    }
}

/// As Python writes it: `rb`, `wb`, `rwb`.
impl fmt::Display for BytesMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}b", letters(self))
    }
}

/// As Python writes it: `r`, `w`, `rw`.
impl fmt::Display for TextMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(letters(&self.bytes))
    }
}

fn letters(mode: &BytesMode) -> &'static str {
    match (mode.readable, mode.writable) {
        (true, false) => "r",
        (false, _) => "w",
        (true, true) => "rw",
    }
}
