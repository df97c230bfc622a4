//! What a file of bytes receives: into its buffer, or into memory of the caller's.

use std::borrow::Borrow;

use memchr::memchr;

use super::bytes::SocketFile;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::flags::{MSG_PEEK, MsgFlags};
use crate::language::say;
use crate::memory::{reserve_exact, shrink, try_vec};
use crate::socket::Socket;

/// What an unbuffered file asks for at most at a time, where it must not receive more than it
/// needs. No datagram is longer.
const LONGEST_PART: usize = 64 * 1024;

/// `len` bytes from `position` have no `end`.
#[derive(Clone, Copy, Default)]
pub(super) struct Searched {
    position: u64,
    end: u8,
    len: usize,
}

impl<S: Borrow<Socket>> SocketFile<S> {
    pub(super) fn take_exactly(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        let mut deadline = Deadline::default();
        if size > self.mode.buffer_size.max(self.buffer().len()) {
            let mut data = self.gather(size, &mut deadline)?;
            if data.len() > size {
                // The vector had room for more.
                self.arrived.put_back(data.split_off(size));
            }
            self.arrived.kept(data.len());
            shrink(&mut data);
            return Ok(data);
        }
        while self.buffer().len() < size && self.receive_more(&mut deadline)? != 0 {}
        self.copy_out(size)
    }

    /// At most `size` unread bytes.
    fn copy_out(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        let len = size.min(self.buffer().len());
        let mut data = try_vec(len)?;
        data.extend_from_slice(self.take(len));
        Ok(data)
    }

    pub(super) fn take_one_receive(&mut self, size: usize) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        if self.buffer().is_empty() && size > 0 {
            self.receive(size, &mut Deadline::default())?;
        }
        self.copy_out(size)
    }

    pub(super) fn take_all(&mut self) -> Result<Vec<u8>, Cause> {
        self.must_read()?;
        let limit = self.mode.limit;
        // One byte more, to tell the limit from the end.
        let mut data = self.gather(limit.saturating_add(1), &mut Deadline::default())?;
        if data.len() > limit {
            self.arrived.put_back(data);
            return Err(Cause::TooLong { limit });
        }
        self.arrived.kept(data.len());
        shrink(&mut data);
        Ok(data)
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> &[u8] {
        self.arrived.take(len)
    }

    pub(super) fn must_read(&self) -> Result<(), Cause> {
        if self.mode.readable {
            return Ok(());
        }
        let why = say!(
            "this file is for writing: make it with RB or RWB, R or RW",
            "这个文件是用来写的：用 RB 或 RWB、R 或 RW 来创建"
        );
        Err(Cause::bad_input(why))
    }

    /// The length of the next line with its `end`, of the rest where the end of the stream comes
    /// first; TooLong beyond `limit`.
    pub(super) fn find_line(&mut self, limit: usize, end: u8) -> Result<usize, Cause> {
        self.must_read()?;
        let mut deadline = Deadline::default();
        let position = self.arrived.position();
        let before = self.searched;
        // Where an earlier call had to give up, it searched already.
        let mut searched = if (before.position, before.end) == (position, end) {
            before.len
        } else {
            0
        };
        loop {
            match memchr(end, &self.buffer()[searched..]) {
                Some(at) if searched + at < limit => return Ok(searched + at + 1),
                _ => {}
            }
            let unread = self.buffer().len();
            if unread >= limit {
                return Err(Cause::TooLong { limit });
            }
            searched = unread;
            self.searched = Searched {
                position,
                end,
                len: searched,
            };
            let got = match self.mode.buffer_size {
                0 => self.receive_line_part(limit - searched, end, &mut deadline)?,
                _ => self.receive_more(&mut deadline)?,
            };
            if got == 0 {
                return Ok(searched);
            }
        }
    }

    /// Receives more than is there already, under the deadline of the whole call. 0 at the end.
    pub(super) fn receive_more(&mut self, deadline: &mut Deadline) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        self.receive(self.mode.buffer_size, deadline)
    }

    /// One receive, after what is unread: a full buffer, or `size` for an unbuffered file.
    pub(super) fn receive(&mut self, size: usize, deadline: &mut Deadline) -> Result<usize, Cause> {
        let size = match self.mode.buffer_size {
            0 => size,
            buffer_size => buffer_size,
        };
        let room = self.arrived.room(size)?;
        self.source.receive(room, MsgFlags::NONE, deadline)
    }

    /// For an unbuffered file: receives up to the end of the line and nothing beyond, by looking
    /// first. (Python takes one byte per call.)
    fn receive_line_part(
        &mut self,
        most: usize,
        end: u8,
        deadline: &mut Deadline,
    ) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        let mut ahead = try_vec(most.min(4096))?;
        self.source.receive(&mut ahead, MSG_PEEK, deadline)?;
        match memchr(end, &ahead).map_or(ahead.len(), |at| at + 1) {
            0 => Ok(0),
            len => self.receive_part(len, deadline),
        }
    }

    /// For an unbuffered file: receives at most `size` bytes, after what is unread.
    pub(super) fn receive_part(
        &mut self,
        size: usize,
        deadline: &mut Deadline,
    ) -> Result<usize, Cause> {
        if !self.buffer().is_empty() {
            self.source.check(deadline)?;
        }
        // What arrives now must find its place.
        let size = size.min(LONGEST_PART);
        self.arrived.reserve(size)?;
        let mut part = try_vec(size)?;
        let outcome = self.source.receive(&mut part, MsgFlags::NONE, deadline);
        // Of a truncated datagram the beginning is there.
        self.arrived.append(&part);
        outcome
    }

    /// All that is unread, and what is received until it is `size` bytes or more, or the end. After
    /// a failure all of it is unread again.
    fn gather(&mut self, size: usize, deadline: &mut Deadline) -> Result<Vec<u8>, Cause> {
        let mut data = self.arrived.take_all();
        match self.gather_into(size, &mut data, deadline) {
            Ok(()) => Ok(data),
            Err(cause) => {
                self.arrived.put_back(data);
                Err(cause)
            }
        }
    }

    fn gather_into(
        &mut self,
        size: usize,
        data: &mut Vec<u8>,
        deadline: &mut Deadline,
    ) -> Result<(), Cause> {
        let first = size.min(self.mode.buffer_size.max(4096));
        reserve_exact(data, first.saturating_sub(data.len()))?;
        while data.len() < size {
            if data.len() == data.capacity() {
                // Twice as much, as it arrives and not before: `size` is only what is hoped for.
                reserve_exact(data, data.len().min(size - data.len()))?;
            }
            if !data.is_empty() {
                self.source.check(deadline)?;
            }
            if self.source.receive(data, MsgFlags::NONE, deadline)? == 0 {
                break;
            }
        }
        Ok(())
    }
}
