use std::fs::File;
use std::io::{IoSlice, Read, Seek, Write, copy};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, SockAddr, Socket, Type};

use super::{As, Peer, TIMEOUT, std_lines};

/// socket2, with its timeouts or without.
pub struct Socket2<const TIMED: bool>;

impl<const TIMED: bool> Socket2<TIMED> {
    #[inline(always)]
    fn limited(socket: Socket) -> Socket {
        if TIMED {
            socket.set_read_timeout(Some(TIMEOUT)).unwrap();
            socket.set_write_timeout(Some(TIMEOUT)).unwrap();
        }
        socket
    }
}

/// Bound to a port of the kernel's choice.
fn bound(kind: Type) -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, kind, None).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

impl<const TIMED: bool> Peer for Socket2<TIMED> {
    type Listener = Socket;
    type Stream = Socket;
    type Datagram = Socket;
    type Address = SockAddr;

    fn address(of: SocketAddr) -> SockAddr {
        of.into()
    }

    fn listen() -> (Socket, SocketAddr) {
        let (socket, address) = bound(Type::STREAM);
        socket.listen(128).unwrap();
        (socket, address)
    }

    #[inline(always)]
    fn connect(to: &SockAddr) -> Socket {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        if TIMED {
            socket.connect_timeout(to, TIMEOUT).unwrap();
        } else {
            socket.connect(to).unwrap();
        }
        Self::limited(socket)
    }

    #[inline(always)]
    fn accept(listener: &Socket) -> Socket {
        Self::limited(listener.accept().unwrap().0)
    }

    #[inline(always)]
    fn send(stream: &Socket, data: &[u8]) -> usize {
        stream.send(data).unwrap()
    }

    #[inline(always)]
    fn sendall(mut stream: &Socket, data: &[u8]) {
        stream.write_all(data).unwrap();
    }

    #[inline(always)]
    fn recv(mut stream: &Socket, buffer: &mut [u8]) -> usize {
        stream.read(buffer).unwrap()
    }

    #[inline(always)]
    fn recv_fresh(mut stream: &Socket, size: usize) -> Vec<u8> {
        let mut data = vec![0; size];
        let len = stream.read(&mut data).unwrap();
        data.truncate(len);
        data
    }

    fn send_file(mut stream: &Socket, mut file: &File) {
        file.rewind().unwrap();
        copy(&mut file, &mut stream).unwrap();
    }

    #[inline(always)]
    fn send_parts(stream: &Socket, parts: [&[u8]; 4]) {
        stream.send_vectored(&parts.map(IoSlice::new)).unwrap();
    }

    fn lines(stream: &Socket, kind: As) -> u64 {
        std_lines(stream, kind)
    }

    fn udp() -> (Socket, SocketAddr) {
        let (socket, address) = bound(Type::DGRAM);
        (Self::limited(socket), address)
    }

    #[inline(always)]
    fn sendto(socket: &Socket, data: &[u8], to: &SockAddr) {
        socket.send_to(data, to).unwrap();
    }

    #[inline(always)]
    fn recvfrom(socket: &Socket, buffer: &mut [u8]) -> (usize, SockAddr) {
        // SAFETY: as socket2's own documentation has it: initialised bytes are MaybeUninit too,
        // and recv_from writes none that are not.
        let buffer = unsafe { &mut *(buffer as *mut [u8] as *mut [MaybeUninit<u8>]) };
        socket.recv_from(buffer).unwrap()
    }
}
