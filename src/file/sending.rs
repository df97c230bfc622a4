//! What a file of bytes sends: what was written, at once or when the buffer is full.

use std::borrow::Borrow;

use super::bytes::SocketFile;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::flags::MsgFlags;
use crate::language::say;
use crate::memory::try_vec;
use crate::socket::Socket;
use crate::sys;
use crate::trace::{self, Facts};
use crate::transfer::Unsent;

impl<S: Borrow<Socket>> SocketFile<S> {
    pub(super) fn finish_sending<T>(&self, call: Call, outcome: Result<T, Unsent>) -> Result<T> {
        if trace::ON && outcome.is_ok() {
            trace::event(call, Some(self.socket().number()), &Facts::default(), None);
        }
        outcome.map_err(|unsent| self.socket().unsent(call, unsent))
    }

    /// Takes the data, and sends it at once if it should `flush`. After a failure what was not sent
    /// of `data` is not taken; [`Unsent::sent`] counts the rest.
    pub(super) fn put(
        &mut self,
        data: &[u8],
        flush: bool,
        deadline: &mut Deadline,
    ) -> Result<usize, Unsent> {
        if !self.mode.writable {
            let why = say!(
                "this file is for reading: make it with WB or RWB, W or RW",
                "这个文件是用来读的：用 WB 或 RWB、W 或 RW 来创建"
            );
            let cause = Cause::bad_input(why);
            return Err(Unsent { sent: 0, cause });
        }
        if self.mode.buffer_size == 0 {
            let socket = self.socket();
            let send = || socket.send_once(data, MsgFlags::NONE);
            return socket
                .run(MsgFlags::NONE.send_ready(), send)
                .map_err(|cause| Unsent { sent: 0, cause });
        }
        if data.len() > self.mode.buffer_size.saturating_sub(self.pending.len()) {
            self.send_pending(MsgFlags::NONE, deadline)
                .map_err(|cause| Unsent { sent: 0, cause })?;
        }
        if data.len() >= self.mode.buffer_size {
            let outcome = self
                .socket()
                .send_whole_within(data, MsgFlags::NONE, deadline);
            self.failed = outcome.is_err();
            outcome?;
        } else {
            if self.pending.capacity() == 0 {
                self.pending =
                    try_vec(self.mode.buffer_size).map_err(|cause| Unsent { sent: 0, cause })?;
            }
            self.pending.extend_from_slice(data);
            if flush {
                self.flush_or_untake(data.len(), deadline)
                    .map_err(|(untaken, cause)| Unsent {
                        sent: data.len() - untaken,
                        cause,
                    })?;
            }
        }
        Ok(data.len())
    }

    /// Sends what is pending. After a failure the last `len` bytes are no longer pending, as far
    /// as they were not sent: returns how many those were.
    pub(super) fn flush_or_untake(
        &mut self,
        len: usize,
        deadline: &mut Deadline,
    ) -> Result<(), (usize, Cause)> {
        self.send_pending(MsgFlags::NONE, deadline)
            .map_err(|cause| {
                let untaken = len.min(self.pending.len());
                self.pending.truncate(self.pending.len() - untaken);
                (untaken, cause)
            })
    }

    /// Adds to what is pending, whether there is room or not.
    pub(super) fn keep_pending(&mut self, data: &[u8]) {
        self.pending.extend_from_slice(data);
    }

    fn send_pending(&mut self, flags: MsgFlags, deadline: &mut Deadline) -> Result<(), Cause> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let outcome = self
            .socket()
            .send_whole_within(&self.pending, flags, deadline);
        self.failed = outcome.is_err();
        match outcome {
            Ok(()) => {
                self.pending.clear();
                Ok(())
            }
            Err(Unsent { sent, cause }) => {
                self.pending.drain(..sent);
                Err(cause)
            }
        }
    }

    /// As [`send_pending`](SocketFile::send_pending), counting what was sent before a failure.
    pub(super) fn send_pending_counting(&mut self, flags: MsgFlags) -> Result<(), Unsent> {
        let before = self.pending.len();
        self.send_pending(flags, &mut Deadline::default())
            .map_err(|cause| Unsent {
                sent: before - self.pending.len(),
                cause,
            })
    }
}

/// Sends what was written and not sent. An error goes unreported:
/// [`close`](SocketFile::close) reports it.
///
/// It does not wait a second time: after a send that failed, and in a thread that panics, it sends
/// only what can be sent at once.
impl<S: Borrow<Socket>> Drop for SocketFile<S> {
    fn drop(&mut self) {
        if !self.source.has_socket() {
            return;
        }
        let flags = match self.failed || std::thread::panicking() {
            false => MsgFlags::NONE,
            // Without MSG_DONTWAIT nothing can be sent that is sure not to wait.
            true if sys::DONTWAIT == 0 => return,
            true => MsgFlags::from_bits(sys::DONTWAIT),
        };
        let _ = self.send_pending(flags, &mut Deadline::default());
    }
}
