//! Messages with ancillary data: sendmsg and recvmsg.
//!
//! No safe library does the whole of it, so each does what it does soundly.
//!
//! * rustix owns the descriptors that arrive, but drops all other ancillary data, and it reads
//!   credentials into a type that cannot hold the process number 0, which the kernel gives for a
//!   sender of another PID namespace. [`recvmsg_rights`] uses it where nothing but descriptors
//!   comes along.
//! * nix receives all ancillary data into bytes that are the caller's, where descriptors are plain
//!   numbers. [`recvmsg`] uses it for everything else, and [`own`] makes descriptors of numbers.
//! * socket2 sends ancillary data that the caller has laid out: [`sendmsg`].

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::libc;
use nix::sys::socket::{MsgFlags, SockaddrIn, SockaddrIn6, SockaddrLike, UnixAddr};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::{Errno, Result};
use rustix::net::addr::SocketAddrArg;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendFlags, SocketAddrAny, SocketAddrUnix, SocketFlags, SocketType,
};
use socket2::{MsgHdr, SockAddr, SockRef};

use super::control::{item_space, push_parts};

/// The kernel passes no more descriptors in one message (SCM_MAX_FD of linux/net/scm.h).
pub(crate) const MOST_DESCRIPTORS: usize = 253;

/// Room for the most ancillary data that descriptors make.
const MOST_RIGHTS: usize = item_space(size_of::<RawFd>() * MOST_DESCRIPTORS);

/// What the kernel says about a message besides its ancillary data.
pub(crate) struct Head {
    /// How long it was, which may be more than there was room for.
    pub(crate) len: usize,
    /// The MSG_ flags.
    pub(crate) flags: u32,
    pub(crate) from: Option<SocketAddrAny>,
}

/// The address that the kernel writes with a message.
#[derive(Clone, Copy)]
pub(crate) enum Sender {
    None,
    V4,
    V6,
    Unix,
}

/// Sends a message without ancillary data.
#[inline]
pub(crate) fn gather(fd: impl AsFd, buffers: &[IoSlice<'_>], flags: SendFlags) -> Result<usize> {
    rustix::net::sendmsg(fd, buffers, &mut SendAncillaryBuffer::default(), flags)
}

/// Sends a message with ancillary data in the kernel's layout.
pub(crate) fn sendmsg(
    fd: impl AsFd,
    buffers: &[IoSlice<'_>],
    control: &[u8],
    flags: SendFlags,
    address: Option<&SockAddr>,
) -> Result<usize> {
    let mut message = MsgHdr::new().with_buffers(buffers).with_control(control);
    if let Some(address) = address {
        message = message.with_addr(address);
    }
    SockRef::from(&fd)
        .sendmsg(&message, flags.bits() as i32)
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::INVAL))
}

/// Receives a message of which only descriptors are wanted, or no ancillary data at all. Descriptors
/// for which there is no room are closed by the kernel.
pub(crate) fn recvmsg_rights(
    fd: impl AsFd,
    buffers: &mut [IoSliceMut<'_>],
    room: usize,
    flags: RecvFlags,
) -> Result<(Head, Vec<OwnedFd>)> {
    /// Aligned as the kernel's header is, so that rustix gives the kernel all of it.
    #[repr(align(8))]
    struct Space([MaybeUninit<u8>; MOST_RIGHTS]);

    let mut space = Space([MaybeUninit::uninit(); MOST_RIGHTS]);
    let mut control = RecvAncillaryBuffer::new(&mut space.0[..room.min(MOST_RIGHTS)]);
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let message = rustix::net::recvmsg(fd, buffers, &mut control, flags)?;
    let mut descriptors = Vec::new();
    for item in control.drain() {
        if let RecvAncillaryMessage::ScmRights(arrived) = item {
            descriptors.reserve_exact(arrived.len());
            descriptors.extend(arrived);
        }
    }
    let head = Head {
        len: message.bytes,
        flags: message.flags.bits(),
        from: message.address,
    };
    Ok((head, descriptors))
}

/// Receives a message with all its ancillary data in the kernel's layout. `control` must be zero:
/// that marks the end. The caller has to [`own`] the descriptors in it.
pub(crate) fn recvmsg(
    fd: impl AsFd,
    buffers: &mut [IoSliceMut<'_>],
    control: &mut [u8],
    flags: RecvFlags,
    sender: Sender,
) -> Result<Head> {
    // nix takes the address for written, whole. The kernel writes the whole of an IP address with
    // each datagram, but may write none with an entry of the error queue; and of a Unix name it
    // writes a part, whose length is looked at before the rest.
    let sender = match sender {
        _ if flags.contains(RecvFlags::ERRQUEUE) => Sender::None,
        sender => sender,
    };
    match sender {
        Sender::None => {
            let (head, ()) = receive(&fd, buffers, control, flags)?;
            Ok(head)
        }
        Sender::V4 => {
            let (mut head, from) = receive::<SockaddrIn>(&fd, buffers, control, flags)?;
            if !ended(&fd, &head, flags) {
                head.from = Some(SocketAddrV4::from(from).as_any());
            }
            Ok(head)
        }
        Sender::V6 => {
            let (mut head, from) = receive::<SockaddrIn6>(&fd, buffers, control, flags)?;
            if !ended(&fd, &head, flags) {
                head.from = Some(SocketAddrV6::from(from).as_any());
            }
            Ok(head)
        }
        Sender::Unix => {
            let (mut head, from) = receive::<UnixAddr>(&fd, buffers, control, flags)?;
            head.from = unix_name(&from);
            Ok(head)
        }
    }
}

fn receive<S: SockaddrLike>(
    fd: impl AsFd,
    buffers: &mut [IoSliceMut<'_>],
    control: &mut [u8],
    flags: RecvFlags,
) -> Result<(Head, S)> {
    let fd = fd.as_fd().as_raw_fd();
    let flags = MsgFlags::from_bits_retain((flags | RecvFlags::CMSG_CLOEXEC).bits() as i32);
    let message = nix::sys::socket::recvmsg::<S>(fd, buffers, Some(control), flags)
        .map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
    let head = Head {
        len: message.bytes,
        flags: message.flags.bits() as u32,
        from: None,
    };
    match message.address {
        Some(address) => Ok((head, address)),
        // nix always gives one.
        None => Err(Errno::INVAL),
    }
}

/// Whether a receive of no bytes was the end and no datagram: one that waits returns so, without an
/// address, when the socket is shut down.
fn ended(fd: impl AsFd, head: &Head, flags: RecvFlags) -> bool {
    if head.len > 0 || flags.contains(RecvFlags::DONTWAIT) {
        return false;
    }
    let mut fds = [PollFd::new(&fd, PollFlags::RDHUP)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    rustix::event::poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
}

fn unix_name(from: &UnixAddr) -> Option<SocketAddrAny> {
    // 2 bytes: the family alone, no name. 111: a path of all 108 bytes, which a C program can have.
    if !(3..=110).contains(&from.len()) {
        return None;
    }
    let unix = match (from.path(), from.as_abstract()) {
        (Some(path), _) => SocketAddrUnix::new(path.as_os_str().as_bytes()),
        (_, Some(name)) => SocketAddrUnix::new_abstract_name(name),
        _ => return None,
    };
    Some(unix.ok()?.as_any())
}

/// Makes descriptors of the numbers that [`recvmsg`] gave for them, which are open and no one
/// else's. Fewer come back where there is a limit; the rest are closed.
///
/// Safe code cannot declare that it owns a number. It can send the number to itself, close it, and
/// receive it as a descriptor.
pub(crate) fn own(mut numbers: &[RawFd]) -> Vec<OwnedFd> {
    // A number is given up whatever close says.
    let give_up = |number: &RawFd| {
        let _ = nix::unistd::close(*number);
    };
    let pair = loop {
        let (family, kind) = (AddressFamily::UNIX, SocketType::DGRAM);
        match rustix::net::socketpair(family, kind, SocketFlags::CLOEXEC, None) {
            // It is these descriptors that there is no room beside.
            Err(Errno::MFILE) if numbers.len() > 1 => {
                if let Some((last, rest)) = numbers.split_last() {
                    give_up(last);
                    numbers = rest;
                }
            }
            outcome => break outcome,
        }
    };
    let sent = pair.and_then(|(near, far)| {
        let mut control = Vec::new();
        push_rights(&mut control, numbers.iter().copied());
        sendmsg(&near, &[], &control, SendFlags::NOSIGNAL, None)?;
        Ok(far)
    });
    numbers.iter().for_each(give_up);
    let arrived =
        sent.and_then(|far| recvmsg_rights(&far, &mut [], MOST_RIGHTS, RecvFlags::DONTWAIT));
    arrived.map_or_else(|_| Vec::new(), |(_, descriptors)| descriptors)
}

/// Adds an item that passes these descriptors.
pub(crate) fn push_rights(control: &mut Vec<u8>, fds: impl ExactSizeIterator<Item = RawFd>) {
    let parts = fds.map(i32::to_ne_bytes);
    push_parts(control, libc::SOL_SOCKET, libc::SCM_RIGHTS, parts);
}
