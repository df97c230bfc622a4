//! Linux: flags at creation, `accept4`, and MSG_TRUNC, with which the kernel says how long a
//! message really was.

use rustix::event::PollFlags;
use rustix::io::{Errno, Result};
use rustix::net::sockopt::{socket_domain, socket_protocol, socket_type};
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix, SocketFlags};

use super::{AsFd, OwnedFd};

/// How long sun_path is.
pub(crate) const SUN_PATH: usize = 108;
/// Whether a Unix socket may have a name that is no path: NUL, and any bytes.
pub(crate) const ABSTRACT_NAMES: bool = true;

pub(crate) const SOCK_NONBLOCK: u32 = SocketFlags::NONBLOCK.bits();
pub(crate) const SOCK_CLOEXEC: u32 = SocketFlags::CLOEXEC.bits();

/// Makes the kernel return how long a message really was. On a TCP stream it would mean "throw the
/// bytes away" (tcp(7)).
pub(crate) const TELL_LENGTH: RecvFlags = RecvFlags::TRUNC;
/// Without it a send to a peer that is gone may kill the process.
pub(crate) const NOSIGNAL: SendFlags = SendFlags::NOSIGNAL;
/// MSG_ERRQUEUE.
pub(crate) const ERRQUEUE: u32 = RecvFlags::ERRQUEUE.bits();

/// What says that there is something to receive. RDHUP: this side was shut down for receiving, or
/// the peer for sending.
pub(crate) const READABLE: PollFlags = PollFlags::IN.union(PollFlags::RDHUP);
/// What says that nothing more will come.
pub(crate) const HUNG_UP: PollFlags = PollFlags::RDHUP.union(PollFlags::HUP);

/// The flags that make a descriptor as it should be, without another system call.
#[inline]
pub(super) fn creation_flags(nonblocking: bool) -> SocketFlags {
    if nonblocking {
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK
    } else {
        SocketFlags::CLOEXEC
    }
}

/// What the flags at creation leave to be done: nothing.
#[inline]
pub(super) fn complete(fd: OwnedFd, _nonblocking: bool) -> Result<OwnedFd> {
    Ok(fd)
}

#[inline]
pub(crate) fn accept(fd: impl AsFd, nonblocking: bool) -> Result<(OwnedFd, Option<SocketAddrAny>)> {
    rustix::net::acceptfrom_with(fd, creation_flags(nonblocking))
}

/// Whether an accept failed with this errno because of the connection that it would have accepted:
/// the kernel passes the pending errors of its network on (accept(2)).
pub(crate) fn is_of_the_accepted(errno: i32) -> bool {
    [
        Errno::CONNABORTED,
        Errno::PROTO,
        Errno::NOPROTOOPT,
        Errno::NETDOWN,
        Errno::NETUNREACH,
        Errno::NONET,
        Errno::HOSTDOWN,
        Errno::HOSTUNREACH,
    ]
    .contains(&Errno::from_raw_os_error(errno))
}

/// Family, kind and protocol of an open descriptor: three `getsockopt`.
pub(crate) fn identity(fd: impl AsFd) -> Result<(u16, i32, i32)> {
    let family = socket_domain(&fd)?.as_raw();
    let kind = socket_type(&fd)?.as_raw() as i32;
    let proto = socket_protocol(&fd)?.map_or(0, |proto| proto.as_raw().get() as i32);
    Ok((family, kind, proto))
}

/// A path, NUL and an abstract name, or nothing: the kernel chooses a name.
pub(crate) fn sockaddr_un(bytes: &[u8]) -> Result<SocketAddrUnix> {
    match bytes {
        [] => Ok(SocketAddrUnix::new_unnamed()),
        [0, name @ ..] => SocketAddrUnix::new_abstract_name(name),
        path => SocketAddrUnix::new(path),
    }
}

pub(crate) fn abstract_name(address: &SocketAddrUnix) -> Option<&[u8]> {
    address.abstract_name()
}

pub(crate) fn std_abstract_name(address: &std::os::unix::net::SocketAddr) -> Option<&[u8]> {
    std::os::linux::net::SocketAddrExt::as_abstract_name(address)
}
