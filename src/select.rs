//! Readiness of many sockets at once: select.

use std::collections::BTreeMap;
use std::fmt;

use rustix::event::{PollFd, PollFlags};

use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::language::say;
use crate::socket::Socket;
use crate::sys::{self, RawFd};
use crate::timeout::{IntoTimeout, Timeout, given};

/// Waits until one of the sockets is ready: Python's `select.select(rlist, wlist, [], timeout)`.
///
/// A reader is ready when a `recv` or `accept` would not wait, because something has arrived, the
/// peer has closed, or the connection failed. A writer is ready when a `send` would not wait, or a
/// `connect` has ended. After the timeout none is: [`Selected::is_empty`]. The sockets' own
/// timeouts don't matter here, but to be sure that a later call does not wait either (another
/// thread may have been faster), the sockets are best non-blocking.
///
/// A writer is ready nearly always, so give only those for which there is something to send. Python
/// finds out-of-band data with its third list; here
/// [`MSG_OOB`](crate::MSG_OOB) with a timeout waits for it.
///
/// There is no limit of 1024 descriptors. The timeout is one deadline, kept through signals.
///
/// System calls: one [poll(2)](https://man7.org/linux/man-pages/man2/poll.2.html) (`ppoll`), and
/// another for each signal that interrupts it.
///
/// # Errors
///
/// [Bad input](Error::is_bad_input) for a timeout of more than 292 years, and for no sockets with
/// no timeout, which would wait for nothing; ENOMEM.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use socketbook::{create_server, select, socketpair};
///
/// let server = create_server(("127.0.0.1", 0))?;
/// let (a, b) = socketpair()?;
/// b.sendall(b"hello")?;
///
/// let ready = select([&server, &a], [&b], Duration::from_secs(1))?;
/// assert!(ready.is_readable(&a), "something has arrived");
/// assert!(ready.is_writable(&b), "there is room to send");
/// assert!(!ready.is_readable(&server), "no one has connected");
///
/// a.recv(100)?;
/// assert!(select([&a], [], Duration::ZERO)?.is_empty(), "nothing more");
/// # Ok::<(), socketbook::Error>(())
/// ```
#[doc(alias = "poll")]
pub fn select<'s>(
    readers: impl IntoIterator<Item = &'s Socket>,
    writers: impl IntoIterator<Item = &'s Socket>,
    timeout: impl IntoTimeout,
) -> Result<Selected<'s>> {
    let timeout = given(timeout);
    wait(readers, writers, timeout).map_err(|cause| Error::new(Call::Select, cause))
}

fn wait<'s>(
    readers: impl IntoIterator<Item = &'s Socket>,
    writers: impl IntoIterator<Item = &'s Socket>,
    timeout: Option<std::time::Duration>,
) -> Result<Selected<'s>, Cause> {
    let timeout = Timeout::checked(timeout)?;
    let readers = readers.into_iter().map(|socket| (socket, sys::READABLE));
    let writers = writers.into_iter().map(|socket| (socket, PollFlags::OUT));
    let mut selected = Selected {
        sockets: Vec::new(),
        by_fd: BTreeMap::new(),
    };
    for (socket, wanted) in readers.chain(writers) {
        selected.want(socket, wanted);
    }
    if selected.sockets.is_empty() && !timeout.is_set() {
        let why = say!(
            "no sockets and no timeout: that would wait for nothing, without end",
            "没有套接字，也没有超时：那就什么也等不到，永远等下去"
        );
        return Err(Cause::bad_input(why));
    }
    let mut fds: Vec<PollFd<'_>> = selected
        .sockets
        .iter()
        .map(|one| PollFd::new(one.socket, one.wanted))
        .collect();
    let some = Deadline::default().poll(&mut fds, timeout)?;
    let events: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
    for (one, events) in selected.sockets.iter_mut().zip(events) {
        one.events = if some { events } else { PollFlags::empty() };
    }
    Ok(selected)
}

/// Which sockets are ready: what [`select`] returns.
pub struct Selected<'s> {
    /// In the order in which they were given.
    sockets: Vec<One<'s>>,
    by_fd: BTreeMap<RawFd, usize>,
}

struct One<'s> {
    socket: &'s Socket,
    wanted: PollFlags,
    events: PollFlags,
}

impl One<'_> {
    fn is_readable(&self) -> bool {
        self.wanted.contains(PollFlags::IN)
            && self
                .events
                .intersects(sys::READABLE | sys::HUNG_UP | PollFlags::ERR)
    }

    fn is_writable(&self) -> bool {
        self.wanted.contains(PollFlags::OUT)
            && self
                .events
                .intersects(PollFlags::OUT | PollFlags::HUP | PollFlags::ERR)
    }
}

impl<'s> Selected<'s> {
    fn want(&mut self, socket: &'s Socket, wanted: PollFlags) {
        let at = *self.by_fd.entry(sys::raw(socket)).or_insert_with(|| {
            self.sockets.push(One {
                socket,
                wanted: PollFlags::empty(),
                events: PollFlags::empty(),
            });
            self.sockets.len() - 1
        });
        self.sockets[at].wanted |= wanted;
    }

    fn one(&self, socket: &Socket) -> Option<&One<'s>> {
        let at = *self.by_fd.get(&sys::raw(socket))?;
        self.sockets.get(at)
    }

    /// Whether none is ready: the timeout ran out.
    pub fn is_empty(&self) -> bool {
        self.sockets.iter().all(|one| one.events.is_empty())
    }

    /// The readers that are ready, in the order in which they were given: Python's first list.
    pub fn readable(&self) -> impl Iterator<Item = &'s Socket> {
        let ready = self.sockets.iter().filter(|one| one.is_readable());
        ready.map(|one| one.socket)
    }

    /// The writers that are ready, in the order in which they were given: Python's second list.
    pub fn writable(&self) -> impl Iterator<Item = &'s Socket> {
        let ready = self.sockets.iter().filter(|one| one.is_writable());
        ready.map(|one| one.socket)
    }

    /// Whether this socket was given as a reader and is ready.
    pub fn is_readable(&self, socket: &Socket) -> bool {
        self.one(socket).is_some_and(One::is_readable)
    }

    /// Whether this socket was given as a writer and is ready.
    ///
    /// After a non-blocking `connect` that says only that it has ended. Whether it succeeded is
    /// what SO_ERROR says.
    pub fn is_writable(&self, socket: &Socket) -> bool {
        self.one(socket).is_some_and(One::is_writable)
    }

    /// Whether the peer has closed: for sending (POLLRDHUP, for a reader), or the whole connection
    /// (POLLHUP). What it sent before can still be received.
    pub fn is_hung_up(&self, socket: &Socket) -> bool {
        self.one(socket)
            .is_some_and(|one| one.events.intersects(sys::HUNG_UP))
    }

    /// Whether an error waits on this socket (POLLERR). The next call on it reports it, or
    /// SO_ERROR.
    pub fn is_failed(&self, socket: &Socket) -> bool {
        self.one(socket)
            .is_some_and(|one| one.events.contains(PollFlags::ERR))
    }
}

impl fmt::Debug for Selected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fds = |ready: &mut dyn Iterator<Item = &Socket>| -> Vec<RawFd> {
            ready.map(sys::raw).collect()
        };
        f.debug_struct("Selected")
            .field("readable", &fds(&mut self.readable()))
            .field("writable", &fds(&mut self.writable()))
            .finish()
    }
}
