//! A file of text over a socket: UTF-8, with Python's newlines.

use std::borrow::Borrow;
use std::fmt;

use memchr::{memchr, memchr2, memmem};

use super::bytes::{Leftover, SocketFile};
use super::lines::TextLines;
use super::mode::{Newline, TextMode};
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::language::say;
use crate::socket::Socket;
use crate::transfer::Unsent;

/// A file of text over a socket: what [`makefile`](Socket::makefile) gives for `R`, `W`, `RW`.
///
/// As [`SocketFile`], which is beneath it, with `str` for bytes. Text is UTF-8; what else arrives
/// is an error whose [`received`](Error::received) has the bytes, and the next call goes on after
/// them (with [`lossy`](TextMode::lossy) it reads as `�`). How lines end is the mode's
/// [`Newline`].
///
/// Text in another encoding (Python's `encoding='gbk'`) is read as bytes and decoded by the crate
/// [encoding_rs](https://docs.rs/encoding_rs):
///
/// ```text
/// let mut file = conn.makefile(RB);
/// let (line, _, malformed) = encoding_rs::GBK.decode(file.readline()?);
/// ```
///
/// That holds for the encodings in which the byte `\n` is a newline and nothing else: GBK and
/// GB18030, Big5, Shift_JIS, EUC, ISO 8859. In UTF-16 it may be half of a character: read messages
/// of a known length there.
pub struct TextFile<S: Borrow<Socket>> {
    file: SocketFile<S>,
    mode: TextMode,
    /// The last line, where it was not UTF-8 and is read lossily.
    replaced: String,
    /// What an earlier `read` decoded before it had to give up.
    decoded: Decoded,
    /// How far the unread bytes were searched for the end of a line in vain.
    searched: Searched,
}

/// The first `used` of the unread bytes at `position`, as text. They stay unread until the whole
/// call succeeds.
#[derive(Default)]
struct Decoded {
    position: u64,
    text: String,
    chars: usize,
    used: usize,
    after_cr: bool,
}

/// `len` bytes from `position` have no end of a line.
#[derive(Clone, Copy, Default)]
struct Searched {
    position: u64,
    len: usize,
}

/// What becomes of a line that is longer than the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overlong {
    /// It is an error.
    Refused,
    /// It is cut there.
    Split,
}

/// Where a line ends: `len` bytes, then `end` bytes of newline.
struct Found {
    len: usize,
    end: usize,
}

impl<S: Borrow<Socket>> TextFile<S> {
    pub(super) fn new(socket: S, mode: TextMode) -> TextFile<S> {
        let mut bytes = mode.bytes;
        // Ends of lines are looked for here, before they are translated.
        bytes.line_buffered = false;
        TextFile {
            file: SocketFile::new(socket, bytes),
            mode,
            replaced: String::new(),
            decoded: Decoded::default(),
            searched: Searched::default(),
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

    /// Takes the file apart: the socket, and what was in the buffers, as
    /// [`SocketFile::into_inner`]. What is unread has its newlines as they arrived; what is unsent
    /// has them as they would have been sent.
    ///
    /// With [`Newline::Universal`] a line is returned as soon as its `\r` has arrived, and a `\n` that
    /// arrives after it is skipped later. Here that is forgotten: after a line that ended so, the
    /// first byte from the socket may be that `\n`. Where lines end in `\r\n`, read them with
    /// [`Newline::CrLf`], which waits for both bytes.
    ///
    /// ```
    /// use socketbook::{R, makefile, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"one\r")?;
    /// let mut file = makefile(b, R);
    /// assert_eq!(file.readline()?, "one\n");
    ///
    /// a.sendall(b"\ntwo")?;
    /// let (socket, left) = file.into_inner();
    /// assert!(left.is_empty());
    /// assert_eq!(socket.recv(100)?, b"\ntwo");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn into_inner(self) -> (S, Leftover) {
        self.file.into_inner()
    }

    pub(super) fn newline(&self) -> Newline {
        self.mode.newline
    }

    /// The mode that it was made with: Python's attribute `f.mode`, which it is written as.
    ///
    /// ```
    /// use socketbook::{RW, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// assert_eq!(a.makefile(RW).mode().to_string(), "rw");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn mode(&self) -> TextMode {
        self.mode
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
            let why = say!(
                "a character of UTF-8 may have 4 bytes: give it room for one",
                "UTF-8 的一个字符可能有 4 个字节：至少要放得下一个字符"
            );
            return Err(Error::bad_input(Call::Readline, why).about(size));
        }
        let outcome = match self.find_line(size, Overlong::Split) {
            Err(Cause::TooLong { .. }) => {
                let len = whole_characters(&self.file.buffer()[..size]);
                Ok(Found { len, end: 0 })
            }
            outcome => outcome,
        };
        let found = self.socket().finish(Call::Readline, outcome)?;
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
        let outcome = self.decode(size);
        self.socket().finish(Call::Read, outcome)
    }

    fn decode(&mut self, size: usize) -> Result<String, Cause> {
        self.file.must_read()?;
        let mut deadline = Deadline::default();
        // A call before this one may have decoded a part, and nothing was read since.
        let mut decoded = std::mem::take(&mut self.decoded);
        let position = self.file.arrived.position();
        if decoded.position != position || decoded.chars > size {
            decoded = Decoded {
                position,
                ..Decoded::default()
            };
        }
        let mut ended = false;
        while decoded.chars < size {
            match decoded.next(self.file.buffer(), &self.mode, ended) {
                Step::Decoded => {}
                Step::More => match self.file.receive_more(&mut deadline) {
                    Ok(got) => ended = got == 0,
                    Err(cause) => {
                        self.decoded = decoded;
                        return Err(cause);
                    }
                },
                Step::End => break,
                Step::Bad(len) => return Err(Cause::not_utf8(self.file.take(len))),
            }
        }
        let mut used = decoded.used;
        if decoded.after_cr {
            match self.file.buffer().get(used) {
                Some(next) => used += usize::from(*next == b'\n'),
                None => self.file.source.skip_lf(),
            }
        }
        self.file.take(used);
        Ok(decoded.text)
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
        self.take_text(Call::Readall)
    }

    /// All that comes, with its newlines translated.
    pub(super) fn take_text(&mut self, call: Call) -> Result<String> {
        let outcome = self.file.take_all();
        let text = match String::from_utf8(self.socket().finish(call, outcome)?) {
            Ok(text) => text,
            Err(error) if self.mode.lossy => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(error) => return Err(Error::new(call, Cause::not_utf8(error.as_bytes()))),
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
        TextLines::new(self)
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
        self.write_bytes(text.as_bytes())
    }

    pub(super) fn write_bytes(&mut self, text: &[u8]) -> Result<()> {
        let outcome = self.put(text, &mut Deadline::default());
        self.finish_sending(Call::Write, outcome)
    }

    pub(super) fn finish_sending<T>(&self, call: Call, outcome: Result<T, Unsent>) -> Result<T> {
        self.file.finish_sending(call, outcome)
    }

    /// Takes the text, with its newlines translated. After a failure what was not sent of it is
    /// not taken; [`Unsent::sent`] counts the rest.
    pub(super) fn put(&mut self, text: &[u8], deadline: &mut Deadline) -> Result<(), Unsent> {
        let flush = self.mode.bytes.line_buffered && text.contains(&b'\n');
        let end = self.mode.newline.written();
        if end == b"\n" {
            return self.file.put(text, flush, deadline).map(drop);
        }
        let (mut taken, mut written) = (0, 0);
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            let put = self.file.put(content, false, deadline);
            put.map_err(|Unsent { sent, cause }| Unsent {
                sent: taken + sent,
                cause,
            })?;
            taken += content.len();
            written += content.len();
            if content.len() < line.len() {
                if let Err(Unsent { sent, cause }) = self.file.put(end, false, deadline) {
                    // A newline is sent whole, if not at once.
                    if sent > 0 {
                        self.file.keep_pending(&end[sent..]);
                    }
                    let sent = taken + usize::from(sent > 0);
                    return Err(Unsent { sent, cause });
                }
                taken += 1;
                written += end.len();
            }
        }
        if flush {
            let outcome = self.file.flush_or_untake(written, deadline);
            outcome.map_err(|(untaken, cause)| {
                let (sent, half) = source_len(text, end, written - untaken);
                self.file.keep_pending(&end[end.len() - half..]);
                Unsent { sent, cause }
            })?;
        }
        Ok(())
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
            .filter(|&at| unread[at] == b'\n' && at < self.file.mode.limit)
            .map(|at| at + 1)
    }

    /// The next line, whatever it is like.
    #[cold]
    fn any_line(&mut self) -> Result<&str> {
        let outcome = self.find_line(self.file.mode.limit, Overlong::Refused);
        let found = self.socket().finish(Call::Readline, outcome)?;
        self.take_line(found)
    }

    /// Finds the end of the next line, receiving as long as it is not there; at the end of the
    /// stream what is left is the line. TooLong beyond `limit`; if it is to be split there, as soon
    /// as there is so much.
    fn find_line(&mut self, limit: usize, overlong: Overlong) -> Result<Found, Cause> {
        self.file.must_read()?;
        let mut deadline = Deadline::default();
        let position = self.file.arrived.position();
        // Where an earlier call had to give up, it searched already.
        let mut searched = if self.searched.position == position {
            self.searched.len
        } else {
            0
        };
        let mut ended = false;
        loop {
            let unread = self.file.buffer();
            match self.end_of_line(unread, searched, ended) {
                Some(found) if found.len + self.shown(found.end) <= limit => return Ok(found),
                _ => {}
            }
            // A \r at the end may be half of a \r\n: without the \n the line may be within the limit.
            let half = overlong == Overlong::Refused
                && self.mode.newline == Newline::Untranslated
                && unread.len() == limit
                && unread.ends_with(b"\r");
            let unread = unread.len();
            if unread >= limit && !half {
                return Err(Cause::TooLong { limit });
            }
            if ended {
                return Ok(Found {
                    len: unread,
                    end: 0,
                });
            }
            // Look at the \r again.
            searched = unread.saturating_sub(1);
            self.searched = Searched {
                position,
                len: searched,
            };
            ended = self.file.receive_more(&mut deadline)? == 0;
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
                self.file.source.skip_lf();
            }
            self.file.arrived.put(len, b'\n');
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
        return Err(Error::new(Call::Readline, Cause::not_utf8(line)));
    }
    *replaced = String::from_utf8_lossy(line).into_owned();
    Ok(replaced)
}

/// What there is to do after a step of decoding.
enum Step {
    /// The next one.
    Decoded,
    /// Receive, and try again.
    More,
    End,
    /// The first so many bytes end in some that are not UTF-8.
    Bad(usize),
}

impl Decoded {
    /// Decodes one character, or skips the `\n` after a `\r`.
    fn next(&mut self, unread: &[u8], mode: &TextMode, ended: bool) -> Step {
        let rest = &unread[self.used..];
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            if rest[0] == b'\n' {
                self.used += 1;
                return Step::Decoded;
            }
        }
        match next_char(rest) {
            Next::Char('\r') if mode.newline == Newline::Universal => {
                self.add('\n', 1);
                self.after_cr = true;
            }
            Next::Char(char) => self.add(char, char.len_utf8()),
            Next::Partial if !ended => return Step::More,
            Next::Partial if rest.is_empty() => return Step::End,
            Next::Partial | Next::Bad if mode.lossy => {
                self.add(char::REPLACEMENT_CHARACTER, bad_len(rest));
            }
            Next::Partial | Next::Bad => return Step::Bad(self.used + bad_len(rest)),
        }
        Step::Decoded
    }

    fn add(&mut self, char: char, used: usize) {
        self.text.push(char);
        self.chars += 1;
        self.used += used;
    }
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

/// How much of `text` became the first `written` bytes when each `\n` was written as `end`; and how
/// many bytes of the last `end` are beyond them. A newline that is there in part counts as there.
fn source_len(text: &[u8], end: &[u8], written: usize) -> (usize, usize) {
    let (mut taken, mut so_far) = (0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line).len();
        if so_far + content >= written {
            return (taken + written - so_far, 0);
        }
        (taken, so_far) = (taken + line.len(), so_far + content + end.len());
        if so_far >= written {
            return (taken, so_far - written);
        }
    }
    (taken, 0)
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

impl<S: Borrow<Socket>> fmt::Debug for TextFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextFile")
            .field("file", &self.file)
            .field("newline", &self.mode.newline)
            .finish()
    }
}
