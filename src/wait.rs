//! The one loop: make the system call; if it has to wait, wait for readiness until the deadline,
//! and make it again.
//!
//! A call that is ready costs its one system call and nothing else. Only when that fails does
//! [`Wait::settle`] decide, off the fast path: wait and try again, or build the error.
//!
//! Python's rules hold (PEP 475 and `sock_call` in CPython's `socketmodule.c`): one deadline for
//! the whole call, kept through signals and false alarms; the wait ends never before it.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout as KernelTimeout, socket_timeout};

use crate::error::{Cause, Error, Result};
use crate::socket::Socket;

/// The deadline of one call, taken when it first has to wait. A call that makes several system
/// calls (`sendall`, a file's `readline`) keeps one `Wait` for all of them.
#[derive(Default)]
pub(crate) struct Wait {
    deadline: Option<Instant>,
    false_alarms: u32,
}

impl Socket {
    /// Makes the system call until it is done, waiting for `ready` in between.
    #[inline]
    pub(crate) fn run<T>(
        &self,
        call: &'static str,
        ready: PollFlags,
        mut system_call: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<T>,
    ) -> Result<T> {
        match system_call(self.as_fd()) {
            Ok(done) => Ok(done),
            Err(errno) => self.run_on(call, ready, system_call, Some(errno)),
        }
    }

    /// The rest of [`run`](Socket::run), when the first try failed; or all of it, for the caller
    /// whose usual case stands by itself.
    #[cold]
    #[inline(never)]
    pub(crate) fn run_on<T>(
        &self,
        call: &'static str,
        ready: PollFlags,
        mut system_call: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<T>,
        mut failed: Option<Errno>,
    ) -> Result<T> {
        let mut wait = Wait::default();
        loop {
            if let Some(errno) = failed {
                wait.settle(self, call, ready, errno)?;
            }
            match system_call(self.as_fd()) {
                Ok(done) => return Ok(done),
                Err(errno) => failed = Some(errno),
            }
        }
    }
}

impl Wait {
    /// The system call failed: returns to have it made again, or gives the error.
    #[cold]
    pub(crate) fn settle(
        &mut self,
        socket: &Socket,
        call: &'static str,
        ready: PollFlags,
        errno: Errno,
    ) -> Result<()> {
        match (errno, socket.kept_timeout()) {
            // A signal came before anything happened: no reason to tell the caller.
            (Errno::INTR, _) => Ok(()),
            // Nothing to wait for: the caller said MSG_DONTWAIT.
            (Errno::AGAIN, _) if ready.is_empty() => Err(Error::os(call, errno)),
            (Errno::AGAIN, Some(Duration::ZERO)) => Err(Error::os(call, errno)),
            (Errno::AGAIN, None) if kernel_gave_up(socket, ready) => Err(Error::os(call, errno)),
            // No port was free to send from, and none becomes free by waiting for this socket.
            (Errno::AGAIN, _)
                if self.false_alarms == 1
                    && ready.contains(PollFlags::OUT)
                    && has_no_port(socket) =>
            {
                Err(Error::os(call, errno))
            }
            // Without a timeout too: a duplicate may have made the open socket non-blocking, or
            // another thread have changed the timeout since the call began.
            (Errno::AGAIN, timeout) => {
                self.back_off(socket);
                self.until_ready(socket, call, ready, timeout).map(drop)
            }
            (errno, _) => Err(Error::os(call, errno)),
        }
    }

    /// Waits until the descriptor is `ready` and returns what it is ready for; without a timeout
    /// for ever, else until the deadline.
    pub(crate) fn until_ready(
        &mut self,
        socket: &Socket,
        call: &'static str,
        ready: PollFlags,
        timeout: Option<Duration>,
    ) -> Result<PollFlags> {
        loop {
            // Signals shorten the wait, not the deadline: what is left is reckoned anew each time.
            let left = match timeout {
                Some(timeout) => Some(self.left(call, timeout)?),
                None => None,
            };
            let mut fds = [PollFd::new(socket, ready)];
            match poll(&mut fds, left.map(timespec).as_ref()) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => return Ok(fds[0].revents()),
                Err(errno) => return Err(Error::os(call, errno)),
            }
        }
    }

    /// Starts the deadline, for a call that has done a part of its work and goes on.
    pub(crate) fn go_on(&mut self, socket: &Socket, call: &'static str) -> Result<()> {
        self.false_alarms = 0;
        match socket.positive_timeout() {
            Some(timeout) => self.left(call, timeout).map(drop),
            None => Ok(()),
        }
    }

    /// What is left until the deadline; behind it, the error. The first time it is all of the
    /// timeout.
    fn left(&mut self, call: &'static str, timeout: Duration) -> Result<Duration> {
        let now = Instant::now();
        let Some(deadline) = self.deadline else {
            self.deadline = Some(now + timeout);
            return Ok(timeout);
        };
        deadline
            .checked_duration_since(now)
            .ok_or_else(|| Error::new(call, Cause::TimedOut(timeout)))
    }

    /// poll says ready and the call says not yet, again and again, in one case that is no passing
    /// one: a Unix datagram sent to a receiver whose queue is full, without connect. There is
    /// nothing to wait for then; without this pause the loop would keep a core busy.
    fn back_off(&mut self, socket: &Socket) {
        self.false_alarms += 1;
        if self.false_alarms > 8 {
            let pause = timespec(Duration::from_millis(1));
            // POLLERR and POLLHUP are always watched for, and end the pause: so be it.
            let _ = poll(&mut [PollFd::new(socket, PollFlags::empty())], Some(&pause));
        }
    }
}

/// Whether the caller has set SO_RCVTIMEO or SO_SNDTIMEO, whose end is told by EAGAIN too.
fn kernel_gave_up(socket: &Socket, ready: PollFlags) -> bool {
    let which = if ready == PollFlags::OUT {
        KernelTimeout::Send
    } else {
        KernelTimeout::Recv
    };
    socket_timeout(socket, which).is_ok_and(|timeout| timeout.is_some())
}

/// Whether the socket has no port of its own yet. One that sends gets it with its first datagram.
fn has_no_port(socket: &Socket) -> bool {
    socket.getsockname().is_ok_and(|own| own.port() == Some(0))
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        // A timeout is at most 292 years (see settimeout).
        tv_sec: duration.as_secs() as i64,
        tv_nsec: duration.subsec_nanos().into(),
    }
}
