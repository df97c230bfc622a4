//! Linux: `accept4`, flags at creation, MSG_DONTWAIT, and MSG_TRUNC, with which the kernel says how
//! long a message really was.

use std::num::NonZeroU32;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use crate::cause::Cause;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Result;
use rustix::net::sockopt::{socket_domain, socket_protocol, socket_type};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType,
};

pub(crate) const SOCK_NONBLOCK: u32 = SocketFlags::NONBLOCK.bits();
pub(crate) const SOCK_CLOEXEC: u32 = SocketFlags::CLOEXEC.bits();

/// The flags that make a descriptor as it should be, without another system call.
#[inline]
fn creation_flags(nonblocking: bool) -> SocketFlags {
    if nonblocking {
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK
    } else {
        SocketFlags::CLOEXEC
    }
}

#[inline]
pub(crate) fn socket(family: u16, kind: i32, proto: i32, nonblocking: bool) -> Result<OwnedFd> {
    rustix::net::socket_with(
        AddressFamily::from_raw(family),
        SocketType::from_raw(kind as u32),
        creation_flags(nonblocking),
        NonZeroU32::new(proto as u32).map(Protocol::from_raw),
    )
}

pub(crate) fn socketpair(
    family: u16,
    kind: i32,
    proto: i32,
    nonblocking: bool,
) -> Result<(OwnedFd, OwnedFd)> {
    rustix::net::socketpair(
        AddressFamily::from_raw(family),
        SocketType::from_raw(kind as u32),
        creation_flags(nonblocking),
        NonZeroU32::new(proto as u32).map(Protocol::from_raw),
    )
}

#[inline]
pub(crate) fn accept(fd: impl AsFd, nonblocking: bool) -> Result<(OwnedFd, Option<SocketAddrAny>)> {
    rustix::net::acceptfrom_with(fd, creation_flags(nonblocking))
}

pub(crate) fn dup(fd: impl AsFd) -> Result<OwnedFd> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0)
}

/// Family, kind and protocol of an open descriptor: three `getsockopt`.
pub(crate) fn identity(fd: impl AsFd) -> Result<(u16, i32, i32)> {
    let family = socket_domain(&fd)?.as_raw();
    let kind = socket_type(&fd)?.as_raw() as i32;
    let proto = socket_protocol(&fd)?.map_or(0, |proto| proto.as_raw().get() as i32);
    Ok((family, kind, proto))
}

pub(crate) fn is_nonblocking(fd: impl AsFd) -> bool {
    socket2::SockRef::from(&fd).nonblocking().unwrap_or(false)
}

pub(crate) fn set_nonblocking(fd: impl AsFd, nonblocking: bool) -> Result<()> {
    rustix::io::ioctl_fionbio(fd, nonblocking)
}

/// What every receive of a socket carries, with a timeout or without.
#[inline]
pub(crate) fn recv_flags(stream: bool, timed: bool) -> RecvFlags {
    // O_NONBLOCK says the same as MSG_DONTWAIT, but belongs to all duplicates of the descriptor,
    // and any of them may take it away.
    let dont_wait = if timed {
        RecvFlags::DONTWAIT
    } else {
        RecvFlags::empty()
    };
    // Makes the kernel return how long a message really was. On a TCP stream it would mean "throw
    // the bytes away" (tcp(7)).
    let tell_length = if stream {
        RecvFlags::empty()
    } else {
        RecvFlags::TRUNC
    };
    dont_wait | tell_length
}

/// What every send of a socket carries, with a timeout or without.
#[inline]
pub(crate) fn send_flags(timed: bool) -> SendFlags {
    // Without MSG_NOSIGNAL a send to a peer that is gone may kill the process.
    if timed {
        SendFlags::NOSIGNAL | SendFlags::DONTWAIT
    } else {
        SendFlags::NOSIGNAL
    }
}

/// Receives into the spare capacity of `data`, which must have some, and returns how long the
/// message was.
#[inline]
pub(crate) fn recv_vec(fd: impl AsFd, data: &mut Vec<u8>, flags: RecvFlags) -> Result<usize> {
    let (_, len) = rustix::net::recv(fd, spare_capacity(data), flags)?;
    Ok(len)
}

#[inline]
pub(crate) fn recv_slice(fd: impl AsFd, buffer: &mut [u8], flags: RecvFlags) -> Result<usize> {
    let (_, len) = rustix::net::recv(fd, buffer, flags)?;
    Ok(len)
}

/// As [`recv_vec`], with the sender.
#[inline]
pub(crate) fn recvfrom_vec(
    fd: impl AsFd,
    data: &mut Vec<u8>,
    flags: RecvFlags,
) -> Result<(usize, Option<SocketAddrAny>)> {
    let (_, len, from) = rustix::net::recvfrom(fd, spare_capacity(data), flags)?;
    Ok((len, from))
}

#[inline]
pub(crate) fn recvfrom_slice(
    fd: impl AsFd,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> Result<(usize, Option<SocketAddrAny>)> {
    let (_, len, from) = rustix::net::recvfrom(fd, buffer, flags)?;
    Ok((len, from))
}

#[inline]
pub(crate) fn send(fd: impl AsFd, data: &[u8], flags: SendFlags) -> Result<usize> {
    rustix::net::send(fd, data, flags)
}

/// Waits until one of the descriptors is ready, or the time is over: `None` waits as long as it
/// takes.
pub(crate) fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<usize> {
    let timeout = timeout.map(|timeout| Timespec {
        // A timeout is at most 292 years (see settimeout).
        tv_sec: timeout.as_secs() as i64,
        tv_nsec: timeout.subsec_nanos().into(),
    });
    rustix::event::poll(fds, timeout.as_ref())
}

/// What says that there is something to receive. RDHUP: this side was shut down for receiving, or
/// the peer for sending.
pub(crate) const READABLE: PollFlags = PollFlags::IN.union(PollFlags::RDHUP);
/// What says that nothing more will come.
pub(crate) const HUNG_UP: PollFlags = PollFlags::RDHUP.union(PollFlags::HUP);

/// A socket for the calls about interfaces, which want any.
fn any_socket() -> Result<OwnedFd> {
    socket(
        AddressFamily::UNIX.as_raw(),
        SocketType::DGRAM.as_raw() as i32,
        0,
        false,
    )
}

pub(crate) fn interface_index(name: &str) -> Result<u32> {
    rustix::net::netdevice::name_to_index(any_socket()?, name)
}

pub(crate) fn interface_name(index: u32) -> Result<String> {
    rustix::net::netdevice::index_to_name(any_socket()?, index)
}

/// The interfaces of this network namespace, by number.
pub(crate) fn interfaces() -> std::result::Result<Vec<(u32, String)>, Cause> {
    let text = std::fs::read_to_string("/proc/net/dev")?;
    let socket = any_socket()?;
    let mut all = Vec::new();
    // Two lines of heads, then `name: counts`.
    for line in text.lines().skip(2) {
        let Some((name, _)) = line.split_once(':') else {
            continue;
        };
        match rustix::net::netdevice::name_to_index(&socket, name.trim_start()) {
            Ok(index) => all.push((index, name.trim_start().to_owned())),
            // It went away meanwhile.
            Err(rustix::io::Errno::NODEV) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    all.sort_unstable();
    Ok(all)
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
