//! A file of text over a socket: UTF-8, with Python's newlines.

use std::borrow::Borrow;
use std::fmt;

use memchr::{memchr, memchr2, memmem};

use super::bytes::SocketFile;
use super::mode::{Newline, TextMode};
use crate::error::{Cause, Error, Result};
use crate::socket::Socket;
use crate::wait::Wait;

/// A file of text over a socket: what [`makefile`](Socket::makefile) gives for `R`, `W`, `RW`.
///
/// As [`SocketFile`], which is beneath it, with `str` for bytes. Text is UTF-8; what else arrives
/// is an error whose [`received`](Error::received) has the bytes, and the next call goes on after
/// them (with [`lossy`](TextMode::lossy) it reads as `�`). How lines end is the mode's
/// [`Newline`].
pub struct TextFile<S: Borrow<Socket>> {
    file: SocketFile<S>,
    mode: TextMode,
    /// The last line, where it was not UTF-8 and is read lossily.
    replaced: String,
}

/// Where a line ends: `len` bytes, then `end` bytes of newline.
struct Found {
    len: usize,
    end: usize,
}

impl<S: Borrow<Socket>> TextFile<S> {
    pub(super) fn new(socket: S, mode: TextMode) -> TextFile<S> {
        let mut bytes = mode.bytes;
        // Lines are told here, before their ends are translated.
        bytes.line_buffered = false;
        TextFile {
            file: SocketFile::new(socket, bytes),
            mode,
            replaced: String::new(),
        }
    }

    /// The socket beneath.
    pub fn socket(&self) -> &Socket {
        self.file.socket()
    }

    /// The file of bytes beneath: for a body of bytes after a head of lines.
    ///
    /// ```
    /// use socketbook::{Newline, R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"Content-Length: 3\r\n\r\n\x00\x01\xff")?;
    /// let mut file = b.makefile(R.newline(Newline::CrLf));
    /// assert_eq!(file.readline()?, "Content-Length: 3\r\n");
    /// assert_eq!(file.readline()?, "\r\n");
    /// assert_eq!(file.bytes().read(3)?, b"\x00\x01\xff");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn bytes(&mut self) -> &mut SocketFile<S> {
        &mut self.file
    }

    /// Reads a line with its newline: Python's `f.readline()`. Without a newline it is the last;
    /// empty means the end. The line is lent out of the buffer, without a copy.
    ///
    /// # Errors
    ///
    /// As for [`SocketFile::readline`]; what is not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("一\r\n二\n".as_bytes())?;
    /// let mut file = b.makefile(R);
    /// assert_eq!(file.readline()?, "一\n", "all newlines read alike");
    /// assert_eq!(file.readline()?, "二\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    // Always, as it is little: to hand over the result through memory costs a tenth of a line.
    #[inline(always)]
    pub fn readline(&mut self) -> Result<&str> {
        match self.usual_line() {
            Some(len) => text(self.file.take(len), self.mode.lossy, &mut self.replaced),
            None => self.any_line(),
        }
    }

    /// Reads a line, or at most `size` bytes of it, cut before the character that would go beyond:
    /// Python's `f.readline(size)`, which counts characters.
    ///
    /// # Errors
    ///
    /// As for [`readline`](TextFile::readline); [bad input](Error::is_bad_input) for a `size` below
    /// 4, which may be less than one character.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("喂喂喂\n".as_bytes())?;
    /// let mut file = b.makefile(R);
    /// assert_eq!(file.readline_limit(7)?, "喂喂", "three bytes each");
    /// assert_eq!(file.readline_limit(7)?, "喂\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readline_limit(&mut self, size: usize) -> Result<&str> {
        if size < 4 {
            let why = "a character of UTF-8 may have 4 bytes: give it room for one";
            return Err(Error::bad_input("readline", why).about(size));
        }
        let found = match self.find_line(size, true) {
            Ok(found) => found,
            Err(error) if error.is_too_long() => {
                let len = whole_characters(&self.file.buffer()[..size]);
                Found { len, end: 0 }
            }
            Err(error) => return Err(error),
        };
        self.take_line(found)
    }

    /// Reads exactly `size` characters, fewer only at the end: Python's `f.read(size)`.
    ///
    /// # Errors
    ///
    /// As for [`SocketFile::read`]; what is not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("恭喜您传输成功".as_bytes())?;
    /// let mut file = b.makefile(R);
    /// assert_eq!(file.read(3)?, "恭喜您");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn read(&mut self, size: usize) -> Result<String> {
        self.file.must_read("read")?;
        let mut wait = Wait::default();
        let mut text = String::new();
        // Nothing is taken out of the buffer before all is well: `used` bytes of it are in `text`.
        let (mut used, mut chars, mut ended) = (0, 0, false);
        let mut after_cr = false;
        while chars < size {
            let rest = &self.file.buffer()[used..];
            if after_cr && !rest.is_empty() {
                after_cr = false;
                if rest[0] == b'\n' {
                    used += 1;
                    continue;
                }
            }
            match next_char(rest) {
                Next::Char('\r') if self.mode.newline == Newline::Universal => {
                    text.push('\n');
                    (used, chars, after_cr) = (used + 1, chars + 1, true);
                }
                Next::Char(char) => {
                    text.push(char);
                    (used, chars) = (used + char.len_utf8(), chars + 1);
                }
                Next::Partial if !ended => {
                    ended = self.file.receive_more("read", &mut wait)? == 0;
                }
                Next::Partial if rest.is_empty() => break,
                Next::Partial | Next::Bad if self.mode.lossy => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    (used, chars) = (used + bad_len(rest), chars + 1);
                }
                Next::Partial | Next::Bad => {
                    let bad = used + bad_len(rest);
                    return Err(not_utf8("read", self.file.take(bad)));
                }
            }
        }
        if after_cr {
            match self.file.buffer().get(used) {
                Some(next) => used += usize::from(*next == b'\n'),
                None => self.file.skip_lf(),
            }
        }
        self.file.skip(used);
        Ok(text)
    }

    /// Reads to the end: Python's `f.read()`.
    ///
    /// # Errors
    ///
    /// As for [`SocketFile::readall`]; what is not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("一\r\n二".as_bytes())?;
    /// a.close();
    /// assert_eq!(b.makefile(R).readall()?, "一\n二");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn readall(&mut self) -> Result<String> {
        let text = match String::from_utf8(self.file.readall()?) {
            Ok(text) => text,
            Err(error) if self.mode.lossy => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(error) => return Err(not_utf8("readall", error.as_bytes())),
        };
        Ok(if self.universal() && text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text
        })
    }

    /// The lines, each a string of its own, without the newline (unlike Python's iteration, as
    /// everywhere in Rust).
    ///
    /// ```
    /// use socketbook::{R, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall("一\n二\r\n三".as_bytes())?;
    /// a.close();
    /// let lines: Vec<String> = b.makefile(R).lines().collect::<Result<_, _>>()?;
    /// assert_eq!(lines, ["一", "二", "三"]);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn lines(&mut self) -> TextLines<'_, S> {
        TextLines { file: self }
    }

    /// Writes the text, into the buffer as long as there is room: Python's `f.write(text)`.
    ///
    /// # Errors
    ///
    /// Those of [`SocketFile::write`]; [`Error::sent`] says how many bytes of `text` the file has
    /// taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{W, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(W.line_buffered());
    /// file.write("喂?\n")?;
    /// assert_eq!(b.recv(100)?, "喂?\n".as_bytes(), "the newline sent it");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn write(&mut self, text: &str) -> Result<()> {
        let end: &[u8] = match self.mode.newline {
            Newline::Cr => b"\r",
            Newline::CrLf => b"\r\n",
            Newline::Universal | Newline::Untranslated | Newline::Lf => {
                self.file.write(text.as_bytes())?;
                return self.flush_line(text);
            }
        };
        let mut taken = 0;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            self.file.write(content.as_bytes()).map_err(|error| {
                let sent = error.sent();
                error.after_sending(taken + sent)
            })?;
            taken += content.len();
            if content.len() < line.len() {
                self.file
                    .write(end)
                    .map_err(|error| error.after_sending(taken))?;
                taken += 1;
            }
        }
        self.flush_line(text)
    }

    /// Writes formatted text: what `write!(file, …)` and `writeln!` call.
    ///
    /// # Errors
    ///
    /// As for [`write`](TextFile::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{W, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let mut file = a.makefile(W);
    /// writeln!(file, "line {}", 1)?;
    /// file.flush()?;
    /// assert_eq!(b.recv(100)?, b"line 1\n");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> Result<()> {
        match arguments.as_str() {
            Some(text) => self.write(text),
            None => self.write(&arguments.to_string()),
        }
    }

    /// Sends what was written: Python's `f.flush()`. As [`SocketFile::flush`].
    ///
    /// # Errors
    ///
    /// As for [`SocketFile::flush`].
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }

    /// Sends what was written and lets go of the socket: Python's `f.close()`. As
    /// [`SocketFile::close`].
    ///
    /// # Errors
    ///
    /// As for [`SocketFile::close`].
    pub fn close(self) -> Result<()> {
        self.file.close()
    }

    fn flush_line(&mut self, text: &str) -> Result<()> {
        if self.mode.bytes.line_buffered && text.contains('\n') {
            // The file has taken all of it, whatever becomes of sending it.
            return self
                .file
                .flush()
                .map_err(|error| error.in_call("write").after_sending(text.len()));
        }
        Ok(())
    }

    fn universal(&self) -> bool {
        self.mode.newline == Newline::Universal
    }

    /// How long a newline of `end` bytes is as it is read: translated, it is one `\n`.
    fn shown(&self, end: usize) -> usize {
        if self.universal() { end.min(1) } else { end }
    }

    /// The length of the usual line: in the buffer, and ended by a plain newline.
    #[inline]
    fn usual_line(&self) -> Option<usize> {
        if !self.universal() {
            return None;
        }
        let unread = self.file.buffer();
        memchr2(b'\n', b'\r', unread)
            .filter(|&at| unread[at] == b'\n' && at < self.file.limit())
            .map(|at| at + 1)
    }

    /// The next line, whatever it is like.
    #[cold]
    fn any_line(&mut self) -> Result<&str> {
        let found = self.find_line(self.file.limit(), false)?;
        self.take_line(found)
    }

    /// Finds the end of the next line, receiving as long as it is not there; at the end of the
    /// stream what is left is the line. TooLong beyond `limit`, and, if it shall `cut` there, as
    /// soon as there is so much.
    fn find_line(&mut self, limit: usize, cut: bool) -> Result<Found> {
        self.file.must_read("readline")?;
        let mut wait = Wait::default();
        let (mut searched, mut ended) = (0, false);
        loop {
            let unread = self.file.buffer();
            match self.end_of_line(unread, searched, ended) {
                Some(found) if found.len + self.shown(found.end) <= limit => return Ok(found),
                _ => {}
            }
            // A \r at the end may be half of a \r\n: without the \n the line may be within the limit.
            let half = !cut
                && self.mode.newline == Newline::Untranslated
                && unread.len() == limit
                && unread.ends_with(b"\r");
            let unread = unread.len();
            if unread >= limit && !half {
                return Err(Error::new("readline", Cause::TooLong { limit }));
            }
            if ended {
                return Ok(Found {
                    len: unread,
                    end: 0,
                });
            }
            // Look at the \r again.
            searched = unread.saturating_sub(1);
            ended = self.file.receive_more("readline", &mut wait)? == 0;
        }
    }

    /// The first end of a line at or after `from`. `ended`: nothing will follow.
    fn end_of_line(&self, unread: &[u8], from: usize, ended: bool) -> Option<Found> {
        let rest = &unread[from..];
        let (at, end) = match self.mode.newline {
            Newline::Lf => (memchr(b'\n', rest)?, 1),
            Newline::Cr => (memchr(b'\r', rest)?, 1),
            Newline::CrLf => (memmem::find(rest, b"\r\n")?, 2),
            Newline::Universal | Newline::Untranslated => {
                let at = memchr2(b'\n', b'\r', rest)?;
                match (rest[at], rest.get(at + 1)) {
                    (b'\r', Some(b'\n')) => (at, 2),
                    // The caller need not wait to see whether a \n follows: it is skipped later.
                    (b'\r', None) if !ended && !self.universal() => return None,
                    _ => (at, 1),
                }
            }
        };
        Some(Found {
            len: from + at,
            end,
        })
    }

    fn take_line(&mut self, found: Found) -> Result<&str> {
        let Found { len, end } = found;
        let shown = len + self.shown(end);
        if self.universal() && end > 0 {
            let last = self.file.buffer()[len + end - 1];
            if last == b'\r' && self.file.buffer().len() == len + end {
                self.file.skip_lf();
            }
            self.file.put(len, b'\n');
        }
        let line = &self.file.take(len + end)[..shown];
        text(line, self.mode.lossy, &mut self.replaced)
    }
}

/// The line as text.
#[inline]
fn text<'f>(line: &'f [u8], lossy: bool, replaced: &'f mut String) -> Result<&'f str> {
    match std::str::from_utf8(line) {
        Ok(text) => Ok(text),
        Err(_) => no_text(line, lossy, replaced),
    }
}

/// A line that is not UTF-8.
#[cold]
fn no_text<'f>(line: &[u8], lossy: bool, replaced: &'f mut String) -> Result<&'f str> {
    if !lossy {
        return Err(not_utf8("readline", line));
    }
    *replaced = String::from_utf8_lossy(line).into_owned();
    Ok(replaced)
}

enum Next {
    Char(char),
    /// The bytes end within a character, or there are none.
    Partial,
    Bad,
}

/// The first character of the bytes.
fn next_char(bytes: &[u8]) -> Next {
    let some = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(some) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(&some[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) if error.error_len().is_none() => return Next::Partial,
        Err(_) => return Next::Bad,
    };
    valid.chars().next().map_or(Next::Partial, Next::Char)
}

/// How many bytes at the start are not UTF-8 together.
fn bad_len(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) => error.error_len().unwrap_or(bytes.len()),
        Ok(_) => 0,
    }
}

/// The length without the part of a character at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    // What is not UTF-8 may stand before it, too.
    let last = bytes.utf8_chunks().last();
    let last = last.map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => bytes.len() - last.len(),
        _ => bytes.len(),
    }
}

#[cold]
fn not_utf8(call: &'static str, bytes: &[u8]) -> Error {
    let offset = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let byte = bytes.get(offset).copied().unwrap_or_default();
    Error::new(
        call,
        Cause::NotUtf8 {
            offset,
            byte,
            kept: bytes.to_vec(),
        },
    )
}

impl<S: Borrow<Socket>> fmt::Debug for TextFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextFile")
            .field("file", &self.file)
            .field("newline", &self.mode.newline)
            .finish()
    }
}

/// The lines of a file of text: see [`lines`](TextFile::lines).
#[derive(Debug)]
pub struct TextLines<'f, S: Borrow<Socket>> {
    file: &'f mut TextFile<S>,
}

impl<S: Borrow<Socket>> Iterator for TextLines<'_, S> {
    type Item = Result<String>;

    #[inline]
    fn next(&mut self) -> Option<Result<String>> {
        let newline = self.file.mode.newline;
        match self.file.readline() {
            Ok("") => None,
            Ok(line) => {
                let bare = match newline {
                    Newline::Universal | Newline::Lf => line.strip_suffix('\n'),
                    Newline::Cr => line.strip_suffix('\r'),
                    Newline::CrLf => line.strip_suffix("\r\n"),
                    Newline::Untranslated => line
                        .strip_suffix("\r\n")
                        .or_else(|| line.strip_suffix(['\n', '\r'])),
                };
                Some(Ok(bare.unwrap_or(line).to_owned()))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
