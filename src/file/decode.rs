//! The bytes of a text file as text: whole lines, or one character after the other.

use std::borrow::Borrow;

use super::mode::{Newline, TextMode};
use super::text::TextFile;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::socket::Socket;

/// The first `used` of the unread bytes at `position`, as text. They stay unread until the whole
/// call succeeds.
#[derive(Default)]
pub(super) struct Decoded {
    position: u64,
    text: String,
    chars: usize,
    used: usize,
    after_cr: bool,
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

impl<S: Borrow<Socket>> TextFile<S> {
    pub(super) fn decode(&mut self, size: usize) -> Result<String, Cause> {
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

/// The line as text.
#[inline]
pub(super) fn text<'f>(line: &'f [u8], lossy: bool, replaced: &'f mut String) -> Result<&'f str> {
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

/// The length without the part of a character at the end.
pub(super) fn whole_characters(bytes: &[u8]) -> usize {
    // What is not UTF-8 may stand before it, too.
    let last = bytes.utf8_chunks().last();
    let last = last.map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => bytes.len() - last.len(),
        _ => bytes.len(),
    }
}
