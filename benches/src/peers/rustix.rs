use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::fs::sendfile;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrAny, SocketFlags, SocketType, acceptfrom_with, bind,
    connect, getsockname, listen, recv, recvfrom, recvmsg, send, sendmsg, sendto, socket_with,
    socketpair,
};

use super::{As, Peer, TIMEOUT, std_lines};

/// rustix; with timeouts as SO_RCVTIMEO and SO_SNDTIMEO, since it has none of its own.
pub struct Rustix<const TIMED: bool>;

#[inline(always)]
fn socket<const TIMED: bool>(kind: SocketType) -> OwnedFd {
    let flags = SocketFlags::CLOEXEC;
    limited::<TIMED>(socket_with(AddressFamily::INET, kind, flags, None).unwrap())
}

#[inline(always)]
fn limited<const TIMED: bool>(fd: OwnedFd) -> OwnedFd {
    if TIMED {
        set_socket_timeout(&fd, Timeout::Recv, Some(TIMEOUT)).unwrap();
        set_socket_timeout(&fd, Timeout::Send, Some(TIMEOUT)).unwrap();
    }
    fd
}

/// Binds to a port of the kernel's choice.
fn bind_any(socket: &OwnedFd) -> SocketAddr {
    bind(socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    getsockname(socket).unwrap().try_into().unwrap()
}

impl<const TIMED: bool> Peer for Rustix<TIMED> {
    type Listener = OwnedFd;
    type Stream = OwnedFd;
    type Datagram = OwnedFd;
    type Address = SocketAddrAny;

    fn address(of: SocketAddr) -> SocketAddrAny {
        of.into()
    }

    fn listen() -> (OwnedFd, SocketAddr) {
        let listener = socket::<false>(SocketType::STREAM);
        let address = bind_any(&listener);
        listen(&listener, 128).unwrap();
        (listener, address)
    }

    #[inline(always)]
    fn connect(to: &SocketAddrAny) -> OwnedFd {
        let stream = socket::<TIMED>(SocketType::STREAM);
        connect(&stream, to).unwrap();
        stream
    }

    #[inline(always)]
    fn accept(listener: &OwnedFd) -> OwnedFd {
        limited::<TIMED>(acceptfrom_with(listener, SocketFlags::CLOEXEC).unwrap().0)
    }

    #[inline(always)]
    fn send(stream: &OwnedFd, data: &[u8]) -> usize {
        send(stream, data, SendFlags::NOSIGNAL).unwrap()
    }

    #[inline(always)]
    fn sendall(stream: &OwnedFd, mut data: &[u8]) {
        while !data.is_empty() {
            data = &data[send(stream, data, SendFlags::NOSIGNAL).unwrap()..];
        }
    }

    #[inline(always)]
    fn recv(stream: &OwnedFd, buffer: &mut [u8]) -> usize {
        recv(stream, buffer, RecvFlags::empty()).unwrap().0
    }

    #[inline(always)]
    fn recv_fresh(stream: &OwnedFd, size: usize) -> Vec<u8> {
        let mut data = Vec::with_capacity(size);
        recv(stream, spare_capacity(&mut data), RecvFlags::empty()).unwrap();
        data
    }

    fn send_file(stream: &OwnedFd, file: &File) {
        let mut at = 0;
        while sendfile(stream, file, Some(&mut at), 1 << 30).unwrap() > 0 {}
    }

    #[inline(always)]
    fn send_parts(stream: &OwnedFd, parts: [&[u8]; 4]) {
        let none = &mut SendAncillaryBuffer::default();
        sendmsg(stream, &parts.map(IoSlice::new), none, SendFlags::NOSIGNAL).unwrap();
    }

    fn unix_pair() -> (OwnedFd, OwnedFd) {
        let (family, kind) = (AddressFamily::UNIX, SocketType::STREAM);
        let (a, b) = socketpair(family, kind, SocketFlags::CLOEXEC, None).unwrap();
        (limited::<TIMED>(a), limited::<TIMED>(b))
    }

    #[inline(always)]
    fn pass(from: &OwnedFd, to: &OwnedFd, fd: BorrowedFd<'_>) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let fds = [fd];
        ancillary.push(SendAncillaryMessage::ScmRights(&fds));
        let data = [IoSlice::new(b"x")];
        sendmsg(from, &data, &mut ancillary, SendFlags::NOSIGNAL).unwrap();

        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let (mut byte, flags) = ([0], RecvFlags::CMSG_CLOEXEC);
        recvmsg(to, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, flags).unwrap();
        for item in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = item {
                fds.for_each(drop);
            }
        }
    }

    /// It has no reader: its user makes one of std's out of the descriptor.
    fn lines(stream: &OwnedFd, kind: As) -> u64 {
        let stream = TcpStream::from(stream.as_fd().try_clone_to_owned().unwrap());
        std_lines(stream, kind)
    }

    fn udp() -> (OwnedFd, SocketAddr) {
        let socket = socket::<TIMED>(SocketType::DGRAM);
        let address = bind_any(&socket);
        (socket, address)
    }

    #[inline(always)]
    fn sendto(socket: &OwnedFd, data: &[u8], to: &SocketAddrAny) {
        sendto(socket, data, SendFlags::NOSIGNAL, to).unwrap();
    }

    #[inline(always)]
    fn recvfrom(socket: &OwnedFd, buffer: &mut [u8]) -> (usize, SocketAddrAny) {
        let (_, len, from) = recvfrom(socket, buffer, RecvFlags::empty()).unwrap();
        (len, from.unwrap())
    }
}
