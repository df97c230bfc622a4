//! How the lines of a text file end: found in what has arrived, and written as the mode says.

use std::borrow::Borrow;

use memchr::{memchr, memchr2, memmem};

use super::decode::text;
use super::mode::Newline;
use super::text::TextFile;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::socket::Socket;
use crate::transfer::Unsent;

/// `len` bytes from `position` have no end of a line.
#[derive(Clone, Copy, Default)]
pub(super) struct Searched {
    position: u64,
    len: usize,
}

/// What becomes of a line that is longer than the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlong {
    /// It is an error.
    Refused,
    /// It is cut there.
    Split,
}

/// Where a line ends: `len` bytes, then `end` bytes of newline.
pub(super) struct Found {
    pub(super) len: usize,
    pub(super) end: usize,
}

impl<S: Borrow<Socket>> TextFile<S> {
    pub(super) fn universal(&self) -> bool {
        self.mode.newline == Newline::Universal
    }

    /// How long a newline of `end` bytes is as it is read: translated, it is one `\n`.
    fn shown(&self, end: usize) -> usize {
        if self.universal() { end.min(1) } else { end }
    }

    /// The length of the usual line: in the buffer, and ended by a plain newline.
    #[inline]
    pub(super) fn usual_line(&self) -> Option<usize> {
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
    pub(super) fn any_line(&mut self) -> Result<&str> {
        let outcome = self.find_line(self.file.mode.limit, Overlong::Refused);
        let found = self.socket().finish(Call::Readline, outcome)?;
        self.take_line(found)
    }

    /// Finds the end of the next line, receiving as long as it is not there; at the end of the
    /// stream what is left is the line. TooLong beyond `limit`; if it is to be split there, as soon
    /// as there is so much.
    pub(super) fn find_line(&mut self, limit: usize, overlong: Overlong) -> Result<Found, Cause> {
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

    pub(super) fn take_line(&mut self, found: Found) -> Result<&str> {
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
