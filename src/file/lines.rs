//! The lines of a file, each a value of its own.

use std::borrow::Borrow;

use super::bytes::SocketFile;
use super::text::TextFile;
use crate::error::{Error, Result};
use crate::socket::Socket;

/// Whether the next line may come after this error. After others it would be the same error again,
/// for as long as the loop asks.
fn goes_on(error: &Error) -> bool {
    error.is_would_block() || error.is_not_utf8()
}

/// The lines of a file of bytes: see [`lines`](SocketFile::lines).
#[derive(Debug)]
pub struct Lines<'f, S: Borrow<Socket>> {
    file: &'f mut SocketFile<S>,
    ended: bool,
}

impl<'f, S: Borrow<Socket>> Lines<'f, S> {
    pub(super) fn new(file: &'f mut SocketFile<S>) -> Lines<'f, S> {
        Lines { file, ended: false }
    }
}

impl<S: Borrow<Socket>> Iterator for Lines<'_, S> {
    type Item = Result<Vec<u8>>;

    #[inline]
    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        if self.ended {
            return None;
        }
        match self.file.readline() {
            Ok([]) => None,
            Ok(line) => {
                let bare = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n"));
                Some(Ok(bare.unwrap_or(line).to_vec()))
            }
            Err(error) => {
                self.ended = !goes_on(&error);
                Some(Err(error))
            }
        }
    }
}

/// The lines of a file of text: see [`lines`](TextFile::lines).
#[derive(Debug)]
pub struct TextLines<'f, S: Borrow<Socket>> {
    file: &'f mut TextFile<S>,
    ended: bool,
}

impl<'f, S: Borrow<Socket>> TextLines<'f, S> {
    pub(super) fn new(file: &'f mut TextFile<S>) -> TextLines<'f, S> {
        TextLines { file, ended: false }
    }
}

impl<S: Borrow<Socket>> Iterator for TextLines<'_, S> {
    type Item = Result<String>;

    #[inline]
    fn next(&mut self) -> Option<Result<String>> {
        if self.ended {
            return None;
        }
        let newline = self.file.newline();
        match self.file.readline() {
            Ok("") => None,
            Ok(line) => Some(Ok(newline.strip(line).to_owned())),
            Err(error) => {
                self.ended = !goes_on(&error);
                Some(Err(error))
            }
        }
    }
}
