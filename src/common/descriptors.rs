//! Lesson 4, passing descriptors: send_fds, recv_fds.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use super::ancillary::Ancillary;
use super::datagram::Datagram;
use super::incoming::{CREDENTIALS, received};
use crate::address::Address;
use crate::call::Call;
use crate::error::Result;
use crate::flags::{MSG_CTRUNC, MsgFlags};
use crate::socket::Socket;
use crate::sys::control::{item_len, item_space};
use crate::sys::message::{MOST_DESCRIPTORS, push_rights};
use crate::trace::Facts;

/// Sends a message with descriptors, over a Unix socket: Python's
/// `socket.send_fds(sock, buffers, fds)`. Returns the number of bytes.
///
/// The receiver gets duplicates, whatever numbers they have there; the sender's stay open, and can
/// be closed at once. There may be at most 253.
///
/// System calls: one `sendmsg`, as for [`Socket::sendmsg`].
///
/// # Errors
///
/// As for [`Socket::sendmsg`].
///
/// # Examples
///
/// ```
/// use std::io::IoSlice;
/// use socketbook::{Socket, recv_fds, send_fds, socketpair};
///
/// // One process accepts connections, another serves them.
/// let (acceptor, worker) = socketpair()?;
/// let (conn, client) = socketpair()?;
/// send_fds(&acceptor, &[IoSlice::new(b"serve")], &[conn])?;
///
/// let (order, mut fds, _, _) = recv_fds(&worker, 100, 1)?;
/// assert_eq!(order, b"serve");
/// let conn = Socket::try_from(fds.remove(0))?;
/// conn.sendall(b"hello")?;
/// assert_eq!(client.recv(100)?, b"hello");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn send_fds(sock: &Socket, buffers: &[IoSlice<'_>], fds: &[impl AsFd]) -> Result<usize> {
    let mut control = Vec::new();
    let mut outcome = Ok(());
    if !fds.is_empty() {
        push_rights(&mut control, fds.iter().map(|fd| fd.as_fd().as_raw_fd()));
        outcome = sock.carries(buffers);
    }
    let outcome = outcome.and_then(|()| sock.send_control(buffers, &control, MsgFlags::NONE, None));
    sock.finish_with(Call::SendFds, outcome, |sent| Facts::bytes(*sent))
}

/// Receives a message with at most `maxfds` descriptors, over a Unix socket: Python's
/// `socket.recv_fds(sock, bufsize, maxfds)`. Returns the bytes, the descriptors, flags, and the
/// sender's address.
///
/// The descriptors are closed on exec, and when they are dropped. If more came, or the process cannot
/// have more, the rest are closed, and [`MSG_CTRUNC`](crate::MSG_CTRUNC) among the flags says so. A
/// peer may send none or fewer, and of any kind: `fds.remove(0)` panics, and a descriptor may be a
/// pipe that never ends. Ancillary data of other kinds is dropped.
///
/// System calls: one `recvmsg`, and more where more than two descriptors may come, as for
/// [`Socket::recvmsg`].
///
/// # Errors
///
/// As for [`Socket::recvmsg`].
///
/// # Examples
///
/// ```
/// use std::io::IoSlice;
/// use socketbook::{MSG_CTRUNC, recv_fds, send_fds, socketpair};
///
/// let (a, b) = socketpair()?;
/// send_fds(&a, &[IoSlice::new(b"two of them")], &[&a, &b])?;
///
/// let (_, fds, flags, _) = recv_fds(&b, 100, 1)?;
/// assert_eq!(fds.len(), 1);
/// assert!(flags.contains(MSG_CTRUNC), "one was lost");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn recv_fds(
    sock: &Socket,
    bufsize: usize,
    maxfds: usize,
) -> Result<(Datagram, Vec<OwnedFd>, MsgFlags, Address)> {
    let outcome = sock.receive_message_vec(bufsize, room_for(sock, maxfds), MsgFlags::NONE);
    let (data, incoming) = sock.finish_with(Call::RecvFds, outcome, received)?;
    let mut flags = incoming.flags;
    let mut fds = incoming.rights;
    for item in incoming.ancillary {
        if let Ancillary::Rights(arrived) = item {
            fds = arrived;
        }
    }
    if fds.len() > maxfds {
        fds.truncate(maxfds);
        flags |= MSG_CTRUNC;
    }
    Ok((data, fds, flags, incoming.from))
}

/// The room for so many descriptors, and for what the kernel puts before them.
fn room_for(sock: &Socket, maxfds: usize) -> usize {
    const BEFORE: usize = item_space(CREDENTIALS) + item_space(TIMESTAMP);
    const TIMESTAMP: usize = 16;

    let fds = item_len(4 * maxfds.min(MOST_DESCRIPTORS));
    match (maxfds, sock.rights_alone()) {
        (0, _) => 0,
        (_, true) => fds,
        (_, false) => BEFORE + fds,
    }
}
