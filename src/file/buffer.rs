//! What has arrived on a file and was not read yet.

use std::mem;

use crate::cause::Cause;
use crate::memory::{reserve, try_vec};

/// The bytes before `start` were read.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    /// How many bytes were read and are no longer in `bytes`.
    dropped: u64,
}

impl Buffer {
    #[inline]
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        let start = self.start;
        self.start += len;
        &self.bytes[start..start + len]
    }

    /// Where in all that ever arrived the unread bytes start. What was found out about them holds
    /// as long as this does not change.
    pub(super) fn position(&self) -> u64 {
        self.dropped + self.start as u64
    }

    /// Overwrites a byte that was not read yet.
    pub(super) fn put(&mut self, at: usize, byte: u8) {
        self.bytes[self.start + at] = byte;
    }

    /// Room for `size` bytes after the unread ones, or for more where it is there already.
    pub(super) fn room(&mut self, size: usize) -> Result<&mut Vec<u8>, Cause> {
        self.drop_read();
        if self.bytes.is_empty() && self.bytes.capacity() != size {
            // The first use; or a long line made it grow; or an unbuffered file is asked for another
            // size than last time. Exactly this much: an unbuffered file takes no more.
            self.bytes = try_vec(size)?;
        } else if self.bytes.len() == self.bytes.capacity() {
            reserve(&mut self.bytes, size)?;
        }
        Ok(&mut self.bytes)
    }

    /// All that is unread, to be given back by [`put_back`](Buffer::put_back) or kept.
    pub(super) fn take_all(&mut self) -> Vec<u8> {
        self.drop_read();
        mem::take(&mut self.bytes)
    }

    /// Of what [`take_all`](Buffer::take_all) gave, and what was added: `len` bytes are read.
    pub(super) fn kept(&mut self, len: usize) {
        self.dropped += len as u64;
    }

    /// Gives back what [`take_all`](Buffer::take_all) gave, with what was added to it.
    pub(super) fn put_back(&mut self, data: Vec<u8>) {
        self.bytes = data;
    }

    /// Makes sure that there is room for `more` bytes.
    pub(super) fn reserve(&mut self, more: usize) -> Result<(), Cause> {
        reserve(&mut self.bytes, more)
    }

    /// Adds to what is unread. There must be [room](Buffer::reserve).
    pub(super) fn append(&mut self, more: &[u8]) {
        self.bytes.extend_from_slice(more);
    }

    fn drop_read(&mut self) {
        self.dropped += self.start as u64;
        self.bytes.drain(..self.start);
        self.start = 0;
    }
}
