//! This crate as another crate's code pays for it: through a trait of that crate, in functions that
//! are not inlined, with std's addresses and every result as an `io::Result`.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::net::SocketAddr;

use socketbook::{Address, R, RB, Socket};

use super::{As, Ours, Peer};

/// What a program that can do with several kinds of sockets would ask of them.
trait Net: Sized {
    fn connect_to(to: SocketAddr) -> io::Result<Self>;
    fn accept(&self) -> io::Result<(Self, SocketAddr)>;
    fn send(&self, data: &[u8]) -> io::Result<usize>;
    fn recv(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn sendto(&self, data: &[u8], to: SocketAddr) -> io::Result<usize>;
    fn recvfrom(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    fn lines(&self, kind: As) -> io::Result<u64>;
}

fn std_address(address: Address) -> io::Result<SocketAddr> {
    let not_ip = |_| io::Error::from(io::ErrorKind::AddrNotAvailable);
    address.try_into().map_err(not_ip)
}

impl Net for Socket {
    #[inline]
    fn connect_to(to: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::tcp()?;
        socket.connect(to)?;
        Ok(socket)
    }

    #[inline]
    fn accept(&self) -> io::Result<(Socket, SocketAddr)> {
        let (conn, from) = Socket::accept(self)?;
        Ok((conn, std_address(from)?))
    }

    #[inline]
    fn send(&self, data: &[u8]) -> io::Result<usize> {
        Ok(Socket::send(self, data)?)
    }

    #[inline]
    fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_into(buffer)?)
    }

    #[inline]
    fn sendto(&self, data: &[u8], to: SocketAddr) -> io::Result<usize> {
        Ok(Socket::sendto(self, data, to)?)
    }

    #[inline]
    fn recvfrom(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (data, from) = self.recvfrom_into(buffer)?;
        Ok((data.len(), std_address(from)?))
    }

    #[inline]
    fn lines(&self, kind: As) -> io::Result<u64> {
        let mut count = 0;
        match kind {
            As::Bytes => {
                let mut file = self.makefile(RB);
                while !black_box(file.readline()?).is_empty() {
                    count += 1;
                }
            }
            As::Str => {
                let mut file = self.makefile(R);
                while !black_box(file.readline()?).is_empty() {
                    count += 1;
                }
            }
            As::Owned => {
                for line in self.makefile(R).lines() {
                    black_box(line?);
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}

#[inline(never)]
fn send<N: Net>(net: &N, data: &[u8]) -> io::Result<usize> {
    net.send(data)
}

#[inline(never)]
fn recv<N: Net>(net: &N, buffer: &mut [u8]) -> io::Result<usize> {
    net.recv(buffer)
}

#[inline(never)]
fn sendto<N: Net>(net: &N, data: &[u8], to: SocketAddr) -> io::Result<usize> {
    net.sendto(data, to)
}

#[inline(never)]
fn recvfrom<N: Net>(net: &N, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    net.recvfrom(buffer)
}

#[inline(never)]
fn connect<N: Net>(to: SocketAddr) -> io::Result<N> {
    N::connect_to(to)
}

#[inline(never)]
fn accept<N: Net>(net: &N) -> io::Result<(N, SocketAddr)> {
    net.accept()
}

/// The functions above, as a contender.
pub struct Generic;

impl Peer for Generic {
    type Listener = Socket;
    type Stream = Socket;
    type Datagram = Socket;
    type Address = SocketAddr;

    fn prepare() {
        Ours::<false>::prepare();
    }

    fn address(of: SocketAddr) -> SocketAddr {
        of
    }

    fn listen() -> (Socket, SocketAddr) {
        Ours::<false>::listen()
    }

    #[inline(always)]
    fn connect(to: &SocketAddr) -> Socket {
        connect(*to).unwrap()
    }

    #[inline(always)]
    fn accept(listener: &Socket) -> Socket {
        accept(listener).unwrap().0
    }

    #[inline(always)]
    fn send(stream: &Socket, data: &[u8]) -> usize {
        send(stream, data).unwrap()
    }

    #[inline(always)]
    fn sendall(stream: &Socket, data: &[u8]) {
        stream.sendall(data).unwrap();
    }

    #[inline(always)]
    fn recv(stream: &Socket, buffer: &mut [u8]) -> usize {
        recv(stream, buffer).unwrap()
    }

    fn recv_fresh(stream: &Socket, size: usize) -> Vec<u8> {
        Ours::<false>::recv_fresh(stream, size)
    }

    fn send_file(stream: &Socket, file: &File) {
        Ours::<false>::send_file(stream, file);
    }

    fn send_parts(stream: &Socket, parts: [&[u8]; 4]) {
        Ours::<false>::send_parts(stream, parts);
    }

    fn lines(stream: &Socket, kind: As) -> u64 {
        Net::lines(stream, kind).unwrap()
    }

    fn udp() -> (Socket, SocketAddr) {
        Ours::<false>::udp()
    }

    #[inline(always)]
    fn sendto(socket: &Socket, data: &[u8], to: &SocketAddr) {
        sendto(socket, data, *to).unwrap();
    }

    #[inline(always)]
    fn recvfrom(socket: &Socket, buffer: &mut [u8]) -> (usize, SocketAddr) {
        recvfrom(socket, buffer).unwrap()
    }
}
