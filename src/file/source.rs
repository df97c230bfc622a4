//! Where a file's bytes come from: its socket, and what a receive has to know of those before it.

use std::borrow::Borrow;

use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::flags::{MSG_PEEK, MsgFlags};
use crate::socket::Socket;

pub(super) struct Source<S> {
    /// `None` after [`take_socket`](Source::take_socket).
    socket: Option<S>,
    timed_out: bool,
    /// A `\r` was read as the end of a line before what follows was here: a `\n` that comes next
    /// belongs to it.
    skip_lf: bool,
}

impl<S: Borrow<Socket>> Source<S> {
    pub(super) fn new(socket: S) -> Source<S> {
        Source {
            socket: Some(socket),
            timed_out: false,
            skip_lf: false,
        }
    }

    #[inline]
    pub(super) fn socket(&self) -> &Socket {
        match &self.socket {
            Some(socket) => socket.borrow(),
            None => unreachable!("only into_inner takes it, and consumes the file"),
        }
    }

    /// The socket, for a file that is being taken apart.
    pub(super) fn take_socket(&mut self) -> Option<S> {
        self.socket.take()
    }

    pub(super) fn has_socket(&self) -> bool {
        self.socket.is_some()
    }

    pub(super) fn timed_out(&self) -> bool {
        self.timed_out
    }

    pub(super) fn skip_lf(&mut self) {
        self.skip_lf = true;
    }

    /// Before a further receive of one call: the deadline may be over though none had to wait.
    pub(super) fn check(&mut self, deadline: &mut Deadline) -> Result<(), Cause> {
        let outcome = deadline.check(self.socket());
        self.note(outcome)
    }

    /// One receive into the spare capacity of `data`; returns how many bytes, 0 at the end. The
    /// beginning of a truncated datagram is in `data`, too.
    pub(super) fn receive(
        &mut self,
        data: &mut Vec<u8>,
        flags: MsgFlags,
        deadline: &mut Deadline,
    ) -> Result<usize, Cause> {
        if self.timed_out {
            return Err(Cause::FileTimedOut);
        }
        loop {
            let (before, room) = (data.len(), data.capacity() - data.len());
            let socket = self.socket();
            let outcome = deadline.run(
                socket,
                flags.recv_ready(),
                || socket.receive_once(data, flags),
                None,
            );
            let len = match outcome {
                Err(Cause::HungUp) => 0,
                outcome => self.note(outcome)?,
            };
            if len > room && !flags.contains(MSG_PEEK) {
                let kept = Vec::new();
                return Err(Cause::Truncated { room, len, kept });
            }
            let arrived = data.len() - before;
            if self.skip_lf && arrived > 0 {
                self.skip_lf = false;
                if data[before] == b'\n' {
                    data.remove(before);
                    if arrived == 1 {
                        continue;
                    }
                }
            }
            return Ok(data.len() - before);
        }
    }

    fn note<T>(&mut self, outcome: Result<T, Cause>) -> Result<T, Cause> {
        outcome.inspect_err(|cause| self.timed_out = cause.is_timeout())
    }
}
