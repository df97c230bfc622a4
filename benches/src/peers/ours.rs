use std::fs::File;
use std::hint::black_box;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use socketbook::{
    Address, R, RB, Socket, create_server, recv_fds, send_fds, setdefaulttimeout, socketpair,
};

use super::{As, Peer, TIMEOUT};

/// This crate, with a default timeout or without.
pub struct Ours<const TIMED: bool>;

impl<const TIMED: bool> Peer for Ours<TIMED> {
    type Listener = Socket;
    type Stream = Socket;
    type Datagram = Socket;
    type Address = Address;

    fn prepare() {
        setdefaulttimeout(TIMED.then_some(TIMEOUT)).unwrap();
    }

    fn address(of: SocketAddr) -> Address {
        of.into()
    }

    fn listen() -> (Socket, SocketAddr) {
        let listener = create_server(("127.0.0.1", 0)).unwrap();
        let address = listener.getsockname().unwrap().as_std().unwrap();
        (listener, address)
    }

    #[inline(always)]
    fn connect(to: &Address) -> Socket {
        let socket = Socket::tcp().unwrap();
        socket.connect(to).unwrap();
        socket
    }

    #[inline(always)]
    fn accept(listener: &Socket) -> Socket {
        listener.accept().unwrap().0
    }

    #[inline(always)]
    fn send(stream: &Socket, data: &[u8]) -> usize {
        stream.send(data).unwrap()
    }

    #[inline(always)]
    fn sendall(stream: &Socket, data: &[u8]) {
        stream.sendall(data).unwrap();
    }

    #[inline(always)]
    fn recv(stream: &Socket, buffer: &mut [u8]) -> usize {
        stream.recv_into(buffer).unwrap()
    }

    #[inline(always)]
    fn recv_fresh(stream: &Socket, size: usize) -> Vec<u8> {
        stream.recv(size).unwrap()
    }

    fn send_file(stream: &Socket, file: &File) {
        stream.sendfile(file, 0, None).unwrap();
    }

    #[inline(always)]
    fn send_parts(stream: &Socket, parts: [&[u8]; 4]) {
        stream.sendmsg(&parts.map(IoSlice::new), &[]).unwrap();
    }

    fn unix_pair() -> (Socket, Socket) {
        socketpair().unwrap()
    }

    #[inline(always)]
    fn pass(from: &Socket, to: &Socket, fd: BorrowedFd<'_>) {
        send_fds(from, &[IoSlice::new(b"x")], &[fd]).unwrap();
        let (_, fds, _, _) = recv_fds(to, 1, 1).unwrap();
        assert_eq!(fds.len(), 1);
    }

    fn lines(stream: &Socket, kind: As) -> u64 {
        match kind {
            As::Bytes => bytes(stream),
            As::Str => text(stream),
            As::Owned => owned(stream),
        }
    }

    fn udp() -> (Socket, SocketAddr) {
        let socket = Socket::udp().unwrap();
        socket.bind(("127.0.0.1", 0)).unwrap();
        let address = socket.getsockname().unwrap().as_std().unwrap();
        (socket, address)
    }

    #[inline(always)]
    fn sendto(socket: &Socket, data: &[u8], to: &Address) {
        socket.sendto(data, to).unwrap();
    }

    #[inline(always)]
    fn recvfrom(socket: &Socket, buffer: &mut [u8]) -> (usize, Address) {
        let (data, from) = socket.recvfrom_into(buffer).unwrap();
        (data.len(), from)
    }
}

fn bytes(stream: &Socket) -> u64 {
    let mut file = stream.makefile(RB);
    let mut count = 0;
    while !black_box(file.readline().unwrap()).is_empty() {
        count += 1;
    }
    count
}

fn text(stream: &Socket) -> u64 {
    let mut file = stream.makefile(R);
    let mut count = 0;
    while !black_box(file.readline().unwrap()).is_empty() {
        count += 1;
    }
    count
}

fn owned(stream: &Socket) -> u64 {
    let mut count = 0;
    for line in stream.makefile(R).lines() {
        black_box(line.unwrap());
        count += 1;
    }
    count
}
