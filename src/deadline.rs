//! The one loop: make the system call; if it has to wait, wait for readiness until the deadline,
//! and make it again.
//!
//! A call that is ready costs its one system call and nothing else. Only when that fails does
//! [`Deadline::wait_or_fail`] decide, off the fast path: wait and try again, or build the error.
//!
//! Python's rules hold (PEP 475 and `sock_call` in CPython's `socketmodule.c`): one deadline for
//! the whole call, kept through signals and false alarms; the wait never ends before it.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout as KernelTimeout, socket_timeout};

use crate::cause::Cause;
use crate::socket::Socket;
use crate::sys;
use crate::timeout::Timeout;
use crate::trace;

/// The deadline of one call, taken when it first has to wait. A call that makes several system
/// calls (`sendall`, a file's `readline`) keeps one for all of them.
#[derive(Default)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    /// How often in a row `poll` said ready and the call said not yet, and since when.
    false_alarms: u32,
    since: Option<Instant>,
}

/// Why the first try of a call failed: the errno as the kernel returns it, a negative number.
#[derive(Clone, Copy)]
pub(crate) struct Failed(i16);

impl Failed {
    /// The first try has not been made.
    pub(crate) const NOT_TRIED: Failed = Failed(0);

    pub(crate) fn errno(self) -> Option<Errno> {
        (self.0 < 0).then(|| Errno::from_raw_os_error(-i32::from(self.0)))
    }
}

/// The first try of a call that counts bytes, for callers whose usual case is written out.
///
/// The kernel returns one number, a count or a negative errno. rustix tells the two apart by two
/// comparisons, and so would we. But the lower bits of that number are the same whichever it is, so
/// all that the slow path gets does not depend on it, and the compiler is left with one comparison:
/// that saves a call four instructions.
#[inline(always)]
pub(crate) fn first_try(outcome: rustix::io::Result<usize>) -> Result<usize, Failed> {
    let failed = match outcome {
        Ok(count) => Failed(count as i16),
        Err(errno) => Failed((errno.raw_os_error() as i16).wrapping_neg()),
    };
    match outcome {
        // No count is negative. To the compiler it is rustix's comparison only as `< 0`, not `>= 0`.
        Ok(count) if !(count as isize).is_negative() => Ok(count),
        _ => Err(failed),
    }
}

/// How many false alarms in a row may be chance, such as another thread that was quicker.
const PATIENCE: u32 = 8;

/// A wait that takes this long, or several that take this long each on average, keep no core busy.
const WAITED: Duration = Duration::from_millis(1);

/// The deadline is over: of this timeout.
struct TimedOut(Duration);

impl From<TimedOut> for Cause {
    fn from(TimedOut(timeout): TimedOut) -> Cause {
        Cause::TimedOut(timeout)
    }
}

impl Socket {
    /// Makes the system call until it is done, waiting for `ready` in between.
    #[inline(always)]
    pub(crate) fn run<T>(
        &self,
        ready: PollFlags,
        mut system_call: impl FnMut() -> rustix::io::Result<T>,
    ) -> Result<T, Cause> {
        if trace::ON {
            return self.run_slow(ready, system_call, None);
        }
        match system_call() {
            Ok(done) => Ok(done),
            Err(errno) => self.run_slow(ready, system_call, Some(errno)),
        }
    }

    /// The rest of [`run`](Socket::run), when the first try failed; or all of it, for callers whose
    /// usual case is written out.
    #[cold]
    #[inline(never)]
    pub(crate) fn run_slow<T>(
        &self,
        ready: PollFlags,
        system_call: impl FnMut() -> rustix::io::Result<T>,
        failed: Option<Errno>,
    ) -> Result<T, Cause> {
        Deadline::default().run(self, ready, system_call, failed)
    }
}

impl Deadline {
    /// Of a call for which `poll` does not help: it pauses from the start.
    pub(crate) fn without_poll() -> Deadline {
        Deadline {
            false_alarms: PATIENCE,
            ..Deadline::default()
        }
    }

    /// Makes the system call until it is done, or until the deadline.
    pub(crate) fn run<T>(
        &mut self,
        socket: &Socket,
        ready: PollFlags,
        mut system_call: impl FnMut() -> rustix::io::Result<T>,
        mut failed: Option<Errno>,
    ) -> Result<T, Cause> {
        trace::waiting(|| {
            loop {
                if let Some(errno) = failed {
                    self.wait_or_fail(socket, ready, errno)?;
                }
                match system_call() {
                    Ok(done) => return Ok(done),
                    Err(errno) => failed = Some(errno),
                }
            }
        })
    }

    /// The system call failed: returns to have it made again, or gives the cause.
    #[cold]
    pub(crate) fn wait_or_fail(
        &mut self,
        socket: &Socket,
        ready: PollFlags,
        errno: Errno,
    ) -> Result<(), Cause> {
        let timeout = socket.timeout();
        match errno {
            // A signal came before anything happened. The caller need not know.
            Errno::INTR => return Ok(()),
            // With nothing to wait for, the caller said MSG_DONTWAIT.
            Errno::AGAIN if !ready.is_empty() && timeout != Timeout::ZERO => {}
            errno => return Err(errno.into()),
        }
        if kernel_gave_up(socket, ready) {
            return Err(errno.into());
        }
        // No port was free to send from, and none becomes free by waiting for this socket.
        if self.false_alarms == 1 && ready.contains(PollFlags::OUT) && has_no_port(socket) {
            return Err(errno.into());
        }
        if self.false_alarms == 1 {
            self.since = Some(Instant::now());
        }
        // Without a timeout too: a duplicate may have made the open socket non-blocking, or
        // another thread may have changed the timeout since the call began.
        let began = (self.false_alarms >= PATIENCE).then(Instant::now);
        let events = self.until_ready(socket, ready, timeout)?;
        if began.is_some_and(|began| began.elapsed() >= WAITED || self.took_its_time()) {
            // It did wait: others that take from the same socket were quicker, and no core is busy.
            self.false_alarms = 1;
            self.since = Some(Instant::now());
        }
        if self.false_alarms > 0 {
            // To receive: nothing is there, and nothing more will come. A blocking receive would
            // return the end.
            if ready.contains(sys::READABLE) && events.intersects(sys::HUNG_UP) {
                return Err(Cause::HungUp);
            }
        }
        if self.false_alarms < PATIENCE {
            self.false_alarms += 1;
            return Ok(());
        }
        self.pause(timeout)
    }

    /// Whether there were only as many false alarms so far as are allowed, and not in an instant: a
    /// busy machine may let this thread look only when the next connection is there as well.
    fn took_its_time(&self) -> bool {
        let since = self.since.filter(|_| self.false_alarms == PATIENCE);
        since.is_some_and(|since| since.elapsed() >= WAITED * PATIENCE)
    }

    /// Waits until the socket is `ready`, at most until the deadline, and returns what it is ready
    /// for.
    pub(crate) fn until_ready(
        &mut self,
        socket: &Socket,
        ready: PollFlags,
        timeout: Timeout,
    ) -> Result<PollFlags, Cause> {
        let mut fds = [PollFd::new(socket, ready)];
        if !self.poll(&mut fds, timeout)? {
            return Err(Cause::TimedOut(timeout.as_duration().unwrap_or_default()));
        }
        Ok(fds[0].revents())
    }

    /// Waits until one of the descriptors is ready; false if the deadline came first.
    pub(crate) fn poll(&mut self, fds: &mut [PollFd<'_>], timeout: Timeout) -> Result<bool, Cause> {
        loop {
            // A signal cuts the wait short, not the deadline: each wait is for what is left.
            let Ok(left) = self.left(timeout) else {
                return Ok(false);
            };
            match sys::poll(fds, left) {
                Ok(0) if left == Some(Duration::ZERO) => return Ok(false),
                // Again, and then the deadline is checked by this clock: never before it.
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Starts the deadline, or checks it, for a call that has done a part of its work and goes on.
    pub(crate) fn check(&mut self, socket: &Socket) -> Result<(), Cause> {
        self.false_alarms = 0;
        match socket.timeout() {
            Timeout::ZERO => Ok(()),
            timeout => Ok(self.left(timeout).map(drop)?),
        }
    }

    /// What is left until the deadline, `None` for as long as it takes; an error after it. The
    /// first time it is the whole timeout.
    fn left(&mut self, timeout: Timeout) -> Result<Option<Duration>, TimedOut> {
        let Some(timeout) = timeout.as_duration() else {
            return Ok(None);
        };
        let now = Instant::now();
        let Some(at) = self.at else {
            self.at = Some(now + timeout);
            return Ok(Some(timeout));
        };
        match at.checked_duration_since(now) {
            Some(left) => Ok(Some(left)),
            None => Err(TimedOut(timeout)),
        }
    }

    /// `poll` says ready and the call says not yet, again and again. In some cases that does not
    /// pass: a Unix datagram sent to a receiver whose queue is full, without connect; an error that
    /// waits in the error queue (IP_RECVERR). There is nothing to wait for then, and without this
    /// pause, of 1 to 8 ms, the loop would keep a core busy.
    pub(crate) fn pause(&mut self, timeout: Timeout) -> Result<(), Cause> {
        let pause = Duration::from_millis(1 << self.false_alarms.saturating_sub(PATIENCE).min(3));
        self.false_alarms = self.false_alarms.saturating_add(1);
        let pause = match self.left(timeout)? {
            Some(left) => left.min(pause),
            None => pause,
        };
        // Of no descriptor: each would end the pause at once.
        let _ = sys::poll(&mut [], Some(pause));
        Ok(())
    }
}

/// Whether the caller has set SO_RCVTIMEO or SO_SNDTIMEO, whose end the kernel reports as EAGAIN,
/// too, or as EINPROGRESS. With a timeout of our own they do not count: the descriptor is
/// non-blocking.
pub(crate) fn kernel_gave_up(socket: &Socket, ready: PollFlags) -> bool {
    kernel_timeout(socket, ready).is_some()
}

/// SO_RCVTIMEO or SO_SNDTIMEO, where the caller has set it and it counts.
pub(crate) fn kernel_timeout(socket: &Socket, ready: PollFlags) -> Option<Duration> {
    if socket.timeout().is_set() {
        return None;
    }
    let which = if ready == PollFlags::OUT {
        KernelTimeout::Send
    } else {
        KernelTimeout::Recv
    };
    socket_timeout(socket, which).ok().flatten()
}

/// Whether the socket has no port of its own yet. One that sends gets it with its first datagram.
fn has_no_port(socket: &Socket) -> bool {
    socket.own_address().is_ok_and(|own| own.port() == Some(0))
}
