//! A file of text over a socket: UTF-8, with Python's newlines.

use std::borrow::Borrow;
use std::fmt;

use super::bytes::{Leftover, SocketFile};
use super::decode::{Decoded, text, whole_characters};
use super::lines::TextLines;
use super::mode::{Newline, TextMode};
use super::newlines::{Found, Overlong, Searched};
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
    pub(super) file: SocketFile<S>,
    pub(super) mode: TextMode,
    /// The last line, where it was not UTF-8 and is read lossily.
    pub(super) replaced: String,
    /// What an earlier `read` decoded before it had to give up.
    pub(super) decoded: Decoded,
    /// How far the unread bytes were searched for the end of a line in vain.
    pub(super) searched: Searched,
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
}

impl<S: Borrow<Socket>> fmt::Debug for TextFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextFile")
            .field("file", &self.file)
            .field("newline", &self.mode.newline)
            .finish()
    }
}
