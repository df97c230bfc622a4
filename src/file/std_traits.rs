//! Files as std's readers and writers.
//!
//! What a trait leaves open to be overridden keeps the promises of this crate: one deadline for the
//! whole call, and the file's limit on what a peer can make grow.

use std::borrow::Borrow;
use std::fmt;
use std::io;

use super::bytes::SocketFile;
use super::text::TextFile;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::socket::Socket;

/// `read_exact`, `read_to_end` and `read_to_string` have one deadline each, and the last two the
/// file's limit; after a failure what had arrived is unread. `bytes()`, `take()`, `chain()` and
/// [`io::copy`] make many reads, each with a deadline of its own.
impl<S: Borrow<Socket>> io::Read for SocketFile<S> {
    /// What is in the buffer; else one receive.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let outcome = self.fill(buf.len());
        self.socket().finish(Call::Read, outcome)?;
        let len = buf.len().min(self.buffer().len());
        buf[..len].copy_from_slice(self.take(len));
        Ok(len)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let outcome = self.fill_exactly(buf.len());
        if !self.socket().finish(Call::Read, outcome)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buf.copy_from_slice(self.take(buf.len()));
        Ok(())
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let data = self.readall()?;
        buf.extend_from_slice(&data);
        Ok(data.len())
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        let data = self.readall()?;
        let text = utf8(Call::Readall, &data)?;
        buf.push_str(text);
        Ok(text.len())
    }
}

/// `read_until` and `read_line`, and so `lines` and `split`, have one deadline each and the file's
/// limit. After an error std's `lines` and `split` go on, and a line that is too long is too long
/// again: end the loop, or take the file's own [`lines`](SocketFile::lines). `skip_until` makes many
/// reads, each with a deadline of its own.
impl<S: Borrow<Socket>> io::BufRead for SocketFile<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let outcome = self.fill(1);
        self.socket().finish(Call::Read, outcome)?;
        Ok(self.buffer())
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.buffer().len());
        self.take(amount);
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let outcome = self.find_line(self.mode.limit, byte);
        let len = self.socket().finish(Call::Readline, outcome)?;
        buf.extend_from_slice(self.take(len));
        Ok(len)
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        let text = utf8(Call::Readline, self.readline()?)?;
        buf.push_str(text);
        Ok(text.len())
    }
}

fn utf8(call: Call, bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::new(call, Cause::not_utf8(bytes)))
}

impl<S: Borrow<Socket>> SocketFile<S> {
    /// Makes sure that something is unread, unless it is the end: `size` bytes for an unbuffered
    /// file.
    pub(super) fn fill(&mut self, size: usize) -> Result<(), Cause> {
        self.must_read()?;
        if self.buffer().is_empty() && size > 0 {
            self.receive(size, &mut Deadline::default())?;
        }
        Ok(())
    }

    /// Makes sure that `size` bytes are unread; false if the end comes first.
    pub(super) fn fill_exactly(&mut self, size: usize) -> Result<bool, Cause> {
        self.must_read()?;
        let mut deadline = Deadline::default();
        while self.buffer().len() < size {
            let got = match self.mode.buffer_size {
                0 => self.receive_part(size - self.buffer().len(), &mut deadline)?,
                _ => self.receive_more(&mut deadline)?,
            };
            if got == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `write_all` and `write!` have one deadline each. After a failure nothing of the data that was
/// not sent is in the file; `Error::sent` counts the rest.
impl<S: Borrow<Socket>> io::Write for SocketFile<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        taken(SocketFile::write(self, buf))
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        if self.mode.buffer_size == 0 && self.mode.writable {
            let outcome = self.socket().sendall(buf);
            return Ok(outcome?);
        }
        SocketFile::write(self, buf)?;
        Ok(())
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        match arguments.as_str() {
            Some(text) => self.write_all(text.as_bytes()),
            None => self.write_all(arguments.to_string().as_bytes()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(SocketFile::flush(self)?)
    }
}

/// For what writes to a [`Write`](io::Write). The bytes are taken to be UTF-8, and each `\n` is
/// written as the mode's newline.
impl<S: Borrow<Socket>> io::Write for TextFile<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        taken(self.write_bytes(buf).map(|()| buf.len()))
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.write_bytes(buf)?)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        Ok(TextFile::write_fmt(self, arguments)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(TextFile::flush(self)?)
    }
}

/// A write that took a part has not failed, to std. The next one meets the error.
fn taken(outcome: Result<usize>) -> io::Result<usize> {
    match outcome {
        Err(error) if error.sent() > 0 => Ok(error.sent()),
        outcome => Ok(outcome?),
    }
}
