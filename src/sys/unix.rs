//! What Linux, macOS and the BSDs share.

use crate::language::Words;
use std::num::NonZeroU32;

pub(crate) use rustix::event::poll as poll_for;
pub(crate) use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use rustix::event::PollFlags;
use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, Protocol, RecvFlags, ReturnFlags, SocketType};
use socket2::SockRef;

use super::{complete, creation_flags};

/// AF_UNIX.
pub(crate) const UNIX: u16 = AddressFamily::UNIX.as_raw() as _;
/// The family of a `socketpair` that is given none.
pub(crate) const PAIRS: u16 = UNIX;

/// MSG_DONTWAIT, of receiving and sending. O_NONBLOCK says the same, but belongs to all duplicates
/// of the descriptor, and any of them may take it away.
pub(crate) const DONTWAIT: u32 = RecvFlags::DONTWAIT.bits();
/// MSG_TRUNC.
pub(crate) const TRUNC: u32 = ReturnFlags::TRUNC.bits();

/// What says that urgent data is there.
pub(crate) const OUT_OF_BAND: PollFlags = PollFlags::PRI;

/// The number of an errno, by rustix's name.
macro_rules! errno_number {
    ($name:ident) => {
        rustix::io::Errno::$name.raw_os_error()
    };
}
pub(crate) use errno_number;

/// What an errno means, where it means something else on this platform.
pub(crate) fn meaning(_number: i32) -> Option<Words<&'static str>> {
    None
}

pub(crate) fn raw(fd: &impl AsRawFd) -> RawFd {
    fd.as_raw_fd()
}

#[inline]
pub(crate) fn socket(family: u16, kind: i32, proto: i32, nonblocking: bool) -> Result<OwnedFd> {
    let made = rustix::net::socket_with(
        AddressFamily::from_raw(family as _),
        SocketType::from_raw(kind as u32),
        creation_flags(nonblocking),
        NonZeroU32::new(proto as u32).map(Protocol::from_raw),
    )?;
    complete(made, nonblocking)
}

pub(crate) fn socketpair(
    family: u16,
    kind: i32,
    proto: i32,
    nonblocking: bool,
) -> Result<(OwnedFd, OwnedFd)> {
    let (a, b) = rustix::net::socketpair(
        AddressFamily::from_raw(family as _),
        SocketType::from_raw(kind as u32),
        creation_flags(nonblocking),
        NonZeroU32::new(proto as u32).map(Protocol::from_raw),
    )?;
    Ok((complete(a, nonblocking)?, complete(b, nonblocking)?))
}

pub(crate) fn dup(fd: impl AsFd) -> Result<OwnedFd> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0)
}

pub(crate) fn is_nonblocking(fd: impl AsFd) -> bool {
    SockRef::from(&fd).nonblocking().unwrap_or(false)
}

/// Whether a connect that failed with this errno goes on by itself.
pub(crate) fn is_connecting(errno: i32) -> bool {
    errno == Errno::INPROGRESS.raw_os_error()
}

/// What `create_server` sets before bind, so that a server can be started again while old
/// connections are in TIME_WAIT.
pub(crate) fn allow_restart(socket: &SockRef<'_>) -> std::io::Result<()> {
    socket.set_reuse_address(true)
}

/// SO_REUSEPORT.
pub(crate) fn share_port(socket: &SockRef<'_>) -> std::io::Result<()> {
    socket.set_reuse_port(true)
}

/// Whether exec leaves the descriptor open.
pub(crate) fn is_inheritable(fd: impl AsFd) -> Result<bool> {
    let flags = rustix::io::fcntl_getfd(fd)?;
    Ok(!flags.contains(rustix::io::FdFlags::CLOEXEC))
}

pub(crate) fn set_inheritable(fd: impl AsFd, inheritable: bool) -> Result<()> {
    let mut flags = rustix::io::fcntl_getfd(&fd)?;
    flags.set(rustix::io::FdFlags::CLOEXEC, !inheritable);
    rustix::io::fcntl_setfd(fd, flags)
}

/// How much of so many bytes of a stream one send is given: all, and it takes what there is room
/// for.
#[inline]
pub(crate) fn at_once(len: usize) -> usize {
    len
}
