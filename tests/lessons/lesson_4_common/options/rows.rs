//! Each row that is set and read, beside the kernel's own number for it.

use std::time::Duration;

use nix::libc;
use socketbook::*;

use crate::support::*;

/// An option read past the crate, by its numbers, as Python would see it: into `value`, all of it.
pub fn read_by_number(socket: &Socket, level: i32, number: i32, value: &mut [u8]) {
    let mut len = value.len() as libc::socklen_t;
    let (fd, to) = (socket.fileno(), value.as_mut_ptr().cast());
    // SAFETY: the kernel writes at most `len` bytes, which are there.
    let done = unsafe { libc::getsockopt(fd, level, number, to, &raw mut len) };
    let error = std::io::Error::last_os_error();
    assert_eq!(done, 0, "{level}, {number}: {error}");
    assert_eq!(len as usize, value.len(), "{level}, {number}");
}

/// A number, read so.
fn by_number(socket: &Socket, level: i32, number: i32) -> i32 {
    let mut value = [0; 4];
    read_by_number(socket, level, number, &mut value);
    i32::from_ne_bytes(value)
}

/// A row: `socket, LEVEL number, NAME number = default, { value => as number; … }`. Each value is
/// set, read, and read by number; `value => as number, read` where it reads as another one.
macro_rules! set_and_read {
    ($($socket:ident, $level:ident $at:literal, $name:ident $number:literal $(= $default:expr,)?
        { $($value:expr => $raw:expr $(, $read:expr)?;)+ })*) => {
        $({
            let socket = $socket();
            $(
                let first = socket.getsockopt($level, $name).unwrap();
                assert_eq!(first, $default, "{} at first", stringify!($name));
            )?
            $({
                let what = concat!(stringify!($name), " set to ", stringify!($value));
                if let Err(error) = socket.setsockopt($level, $name, $value) {
                    panic!("{what}: {error}");
                }
                assert_eq!(by_number(&socket, $at, $number), $raw, "{what}, by number");
                let read = socket.getsockopt($level, $name).unwrap();
                assert_eq!(read, read_back!($value $(, $read)?), "{what}");
            })+
        })*
    };
}

macro_rules! read_back {
    ($value:expr) => {
        $value
    };
    ($value:expr, $read:expr) => {
        $read
    };
}

fn new_tcp() -> Socket {
    Socket::tcp().unwrap()
}

fn new_udp() -> Socket {
    Socket::udp().unwrap()
}

fn tcp6() -> Socket {
    Socket::new(AF_INET6, SOCK_STREAM).unwrap()
}

fn udp6() -> Socket {
    Socket::new(AF_INET6, SOCK_DGRAM).unwrap()
}

fn unix() -> Socket {
    Socket::new(AF_UNIX, SOCK_STREAM).unwrap()
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn options_of_all_sockets_are_the_kernels() {
    set_and_read! {
        new_udp, SOL_SOCKET 1, SO_BROADCAST 6 = false, { true => 1; false => 0; }
        new_udp, SOL_SOCKET 1, SO_DONTROUTE 5 = false, { true => 1; false => 0; }
        new_tcp, SOL_SOCKET 1, SO_INCOMING_CPU 49 = u32::MAX, { 0 => 0; 1 => 1; }
        new_tcp, SOL_SOCKET 1, SO_KEEPALIVE 9 = false, { true => 1; false => 0; }
        new_tcp, SOL_SOCKET 1, SO_OOBINLINE 10 = false, { true => 1; false => 0; }
        unix, SOL_SOCKET 1, SO_PASSCRED 16 = false, { true => 1; false => 0; }
        unix, SOL_SOCKET 1, SO_PASSSEC 34 = false, { true => 1; false => 0; }
        new_udp, SOL_SOCKET 1, SO_PRIORITY 12 = 0, { 6 => 6; 1 => 1; }
        new_tcp, SOL_SOCKET 1, SO_RCVBUF 8 { 8192 => 16384, 16384; }
        new_tcp, SOL_SOCKET 1, SO_SNDBUF 7 { 9000 => 18000, 18000; }
        new_tcp, SOL_SOCKET 1, SO_RCVLOWAT 18 = 1, { 100 => 100; 0 => 1, 1; }
        new_tcp, SOL_SOCKET 1, SO_REUSEADDR 2 = false, { true => 1; false => 0; }
        new_tcp, SOL_SOCKET 1, SO_REUSEPORT 15 = false, { true => 1; false => 0; }
        new_udp, SOL_SOCKET 1, SO_RXQ_OVFL 40 = false, { true => 1; false => 0; }
        new_udp, SOL_SOCKET 1, SO_TIMESTAMP 29 = false, { true => 1; false => 0; }
        new_udp, SOL_SOCKET 1, SO_TIMESTAMPNS 35 = false, { true => 1; false => 0; }
    }
}

#[test]
fn options_of_ipv4_are_the_kernels() {
    set_and_read! {
        new_tcp, IPPROTO_IP 0, IP_BIND_ADDRESS_NO_PORT 24 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_IP 0, IP_FREEBIND 15 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_MTU_DISCOVER 10 = IP_PMTUDISC_WANT, {
            IP_PMTUDISC_DONT => 0;
            IP_PMTUDISC_WANT => 1;
            IP_PMTUDISC_DO => 2;
            IP_PMTUDISC_PROBE => 3;
        }
        new_udp, IPPROTO_IP 0, IP_MULTICAST_ALL 49 = true, { false => 0; true => 1; }
        new_udp, IPPROTO_IP 0, IP_MULTICAST_LOOP 34 = IP_DEFAULT_MULTICAST_LOOP, { false => 0; true => 1; }
        new_udp, IPPROTO_IP 0, IP_MULTICAST_TTL 33 = IP_DEFAULT_MULTICAST_TTL, { 4 => 4; 255 => 255; 0 => 0; }
        new_udp, IPPROTO_IP 0, IP_PKTINFO 8 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_RECVERR 11 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_RECVOPTS 6 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_RECVTOS 13 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_RECVTTL 12 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_RETOPTS 7 = false, { true => 1; false => 0; }
        new_udp, IPPROTO_IP 0, IP_TOS 1 = 0, { 16 => 16; 252 => 252; 0 => 0; }
        new_udp, IPPROTO_IP 0, IP_TTL 2 { 42 => 42; 255 => 255; 1 => 1; }
    }
}

#[test]
fn options_of_ipv6_are_the_kernels() {
    if !have_ipv6() {
        return;
    }
    set_and_read! {
        udp6, IPPROTO_IPV6 41, IPV6_DONTFRAG 62 = false, { true => 1; false => 0; }
        tcp6, IPPROTO_IPV6 41, IPV6_FREEBIND 78 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_MTU_DISCOVER 23 = IP_PMTUDISC_WANT, {
            IP_PMTUDISC_DONT => 0;
            IP_PMTUDISC_DO => 2;
            IP_PMTUDISC_PROBE => 3;
        }
        udp6, IPPROTO_IPV6 41, IPV6_MULTICAST_ALL 29 = true, { false => 0; true => 1; }
        udp6, IPPROTO_IPV6 41, IPV6_MULTICAST_HOPS 18 = 1, { 4 => 4; 255 => 255; 0 => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_MULTICAST_IF 17 = 0, { 1 => 1; 0 => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_MULTICAST_LOOP 19 = true, { false => 0; true => 1; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVDSTOPTS 58 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVERR 25 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVHOPLIMIT 51 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVHOPOPTS 53 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVPATHMTU 60 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVPKTINFO 49 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVRTHDR 56 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_RECVTCLASS 66 = false, { true => 1; false => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_TCLASS 67 = 0, { 16 => 16; 252 => 252; 0 => 0; }
        udp6, IPPROTO_IPV6 41, IPV6_UNICAST_HOPS 16 { Some(42) => 42, 42; Some(255) => 255, 255; }
        tcp6, IPPROTO_IPV6 41, IPV6_V6ONLY 26 { true => 1; false => 0; }
    }
    let socket = udp6();
    let default = socket.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS).unwrap();
    for hops in [Some(42), None] {
        socket
            .setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)
            .unwrap();
    }
    assert_eq!(
        socket.getsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS).unwrap(),
        default
    );
}

#[test]
fn options_of_tcp_and_udp_are_the_kernels() {
    set_and_read! {
        new_tcp, IPPROTO_TCP 6, TCP_CORK 3 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_DEFER_ACCEPT 9 = Duration::ZERO, {
            secs(3) => 3;
            Duration::from_millis(3001) => 7, secs(7);
            Duration::ZERO => 0;
        }
        new_tcp, IPPROTO_TCP 6, TCP_FASTOPEN 23 = 0, { 16 => 16; 0 => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_FASTOPEN_CONNECT 30 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_FASTOPEN_NO_COOKIE 34 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_INQ 36 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_KEEPCNT 6 { 3 => 3; 127 => 127; }
        new_tcp, IPPROTO_TCP 6, TCP_KEEPIDLE 4 { secs(60) => 60; Duration::from_millis(1001) => 2, secs(2); }
        new_tcp, IPPROTO_TCP 6, TCP_KEEPINTVL 5 { secs(10) => 10; Duration::from_millis(1001) => 2, secs(2); }
        new_tcp, IPPROTO_TCP 6, TCP_LINGER2 8 {
            Some(secs(10)) => 10;
            Some(Duration::from_millis(10_001)) => 11, Some(secs(11));
            None => -1;
            Some(secs(120)) => 120;
        }
        new_tcp, IPPROTO_TCP 6, TCP_NODELAY 1 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_NOTSENT_LOWAT 25 { 16384 => 16384; 1 => 1; }
        new_tcp, IPPROTO_TCP 6, TCP_QUICKACK 12 = true, { false => 0; true => 1; }
        new_tcp, IPPROTO_TCP 6, TCP_SYNCNT 7 { 3 => 3; 127 => 127; }
        new_tcp, IPPROTO_TCP 6, TCP_THIN_LINEAR_TIMEOUTS 16 = false, { true => 1; false => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_TX_DELAY 37 = Duration::ZERO, {
            Duration::from_micros(50) => 50;
            Duration::from_nanos(1) => 1, Duration::from_micros(1);
            Duration::ZERO => 0;
        }
        new_tcp, IPPROTO_TCP 6, TCP_USER_TIMEOUT 18 = 0, { 30_000 => 30_000; 0 => 0; }
        new_tcp, IPPROTO_TCP 6, TCP_WINDOW_CLAMP 10 = 0, { 10_000 => 10_000; }
        new_udp, SOL_UDP 17, UDP_GRO 104 = false, { true => 1; false => 0; }
        new_udp, SOL_UDP 17, UDP_SEGMENT 103 = 0, { 1200 => 1200; 0 => 0; }
    }
    let mss = new_tcp();
    mss.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 500).unwrap();
    assert_eq!(
        mss.getsockopt(IPPROTO_TCP, TCP_MAXSEG).unwrap(),
        by_number(&mss, 6, 2) as u32
    );
    let (client, _conn) = {
        let server = create_server(LOCAL).unwrap();
        mss.connect(server.getsockname().unwrap()).unwrap();
        (mss, server.accept().unwrap())
    };
    let segment = client.getsockopt(IPPROTO_TCP, TCP_MAXSEG).unwrap();
    assert!(segment <= 500, "{segment}");
}
