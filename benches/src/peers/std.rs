use std::fs::File;
use std::io::{IoSlice, Read, Seek, Write, copy};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use super::{As, Peer, TIMEOUT, std_lines};

/// `std::net`, with its timeouts or without.
pub struct Std<const TIMED: bool>;

impl<const TIMED: bool> Std<TIMED> {
    #[inline(always)]
    fn limited(stream: TcpStream) -> TcpStream {
        if TIMED {
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        }
        stream
    }
}

impl<const TIMED: bool> Peer for Std<TIMED> {
    type Listener = TcpListener;
    type Stream = TcpStream;
    type Datagram = UdpSocket;
    type Address = SocketAddr;

    fn address(of: SocketAddr) -> SocketAddr {
        of
    }

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[inline(always)]
    fn connect(to: &SocketAddr) -> TcpStream {
        Self::limited(if TIMED {
            TcpStream::connect_timeout(to, TIMEOUT).unwrap()
        } else {
            TcpStream::connect(to).unwrap()
        })
    }

    #[inline(always)]
    fn accept(listener: &TcpListener) -> TcpStream {
        Self::limited(listener.accept().unwrap().0)
    }

    #[inline(always)]
    fn send(mut stream: &TcpStream, data: &[u8]) -> usize {
        stream.write(data).unwrap()
    }

    #[inline(always)]
    fn sendall(mut stream: &TcpStream, data: &[u8]) {
        stream.write_all(data).unwrap();
    }

    #[inline(always)]
    fn recv(mut stream: &TcpStream, buffer: &mut [u8]) -> usize {
        stream.read(buffer).unwrap()
    }

    #[inline(always)]
    fn recv_fresh(mut stream: &TcpStream, size: usize) -> Vec<u8> {
        let mut data = vec![0; size];
        let len = stream.read(&mut data).unwrap();
        data.truncate(len);
        data
    }

    fn send_file(mut stream: &TcpStream, mut file: &File) {
        file.rewind().unwrap();
        copy(&mut file, &mut stream).unwrap();
    }

    #[inline(always)]
    fn send_parts(mut stream: &TcpStream, parts: [&[u8]; 4]) {
        let _sent = stream.write_vectored(&parts.map(IoSlice::new)).unwrap();
    }

    fn lines(stream: &TcpStream, kind: As) -> u64 {
        std_lines(stream, kind)
    }

    fn udp() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        if TIMED {
            socket.set_read_timeout(Some(TIMEOUT)).unwrap();
            socket.set_write_timeout(Some(TIMEOUT)).unwrap();
        }
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    #[inline(always)]
    fn sendto(socket: &UdpSocket, data: &[u8], to: &SocketAddr) {
        socket.send_to(data, to).unwrap();
    }

    #[inline(always)]
    fn recvfrom(socket: &UdpSocket, buffer: &mut [u8]) -> (usize, SocketAddr) {
        socket.recv_from(buffer).unwrap()
    }
}
