//! Values at their ends, filters, and options of sockets that do not have them.

use std::net::Ipv4Addr;
use std::time::Duration;

use socketbook::*;

use super::allowed_or_not;
use super::rows::read_by_number;
use crate::support::*;

/// As much as an ordinary user may give a buffer, in bytes.
fn buffer_limit(name: &str) -> usize {
    let path = format!("/proc/sys/net/core/{name}");
    std::fs::read_to_string(path)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn privileged_options() {
    let (tcp, udp) = (Socket::tcp().unwrap(), Socket::udp().unwrap());
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_MARK, 7)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_MARK).unwrap(), 7);
    }
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_BUSY_POLL, 50)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_BUSY_POLL).unwrap(), 50);
    }
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_DEBUG, true)) {
        assert!(udp.getsockopt(SOL_SOCKET, SO_DEBUG).unwrap());
        udp.setsockopt(SOL_SOCKET, SO_DEBUG, false).unwrap();
    }
    assert!(!udp.getsockopt(SOL_SOCKET, SO_DEBUG).unwrap());
    let beyond = buffer_limit("rmem_max") + 65_536;
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, beyond)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_RCVBUF).unwrap(), 2 * beyond);
    }
    let beyond = buffer_limit("wmem_max") + 65_536;
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_SNDBUFFORCE, beyond)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_SNDBUF).unwrap(), 2 * beyond);
    }
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_PRIORITY, 7)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_PRIORITY).unwrap(), 7);
    }
    for on in [true, false] {
        if allowed_or_not(tcp.setsockopt(IPPROTO_IP, IP_TRANSPARENT, on)) {
            assert_eq!(tcp.getsockopt(IPPROTO_IP, IP_TRANSPARENT).unwrap(), on);
        }
    }
    match Socket::with_proto(AF_INET, SOCK_RAW, IPPROTO_UDP) {
        Ok(raw) => {
            for on in [true, false] {
                raw.setsockopt(IPPROTO_IP, IP_HDRINCL, on).unwrap();
                assert_eq!(raw.getsockopt(IPPROTO_IP, IP_HDRINCL).unwrap(), on);
            }
        }
        Err(error) => assert_eq!(error.errno(), Some(EPERM)),
    }
}

#[test]
fn privileged_options_of_ipv6() {
    if !have_ipv6() {
        return;
    }
    let six = Socket::new(AF_INET6, SOCK_STREAM).unwrap();
    for on in [true, false] {
        if allowed_or_not(six.setsockopt(IPPROTO_IPV6, IPV6_TRANSPARENT, on)) {
            assert_eq!(six.getsockopt(IPPROTO_IPV6, IPV6_TRANSPARENT).unwrap(), on);
        }
    }
    // 253 is for experiments (RFC 3692).
    match Socket::with_proto(AF_INET6, SOCK_RAW, Protocol::from(253)) {
        Ok(raw) => {
            let read = || raw.getsockopt(IPPROTO_IPV6, IPV6_CHECKSUM).unwrap();
            assert_eq!(read(), None);
            for offset in [Some(6), Some(0), None] {
                raw.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, offset).unwrap();
                assert_eq!(read(), offset);
            }
            for odd in [5, u32::MAX] {
                let refused = raw.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, Some(odd));
                assert_eq!(refused.unwrap_err().errno(), Some(EINVAL));
            }
        }
        Err(error) => assert_eq!(error.errno(), Some(EPERM)),
    }
}

#[test]
fn buffers_have_a_maximum() {
    let udp = Socket::udp().unwrap();
    let limit = buffer_limit("rmem_max");
    udp.setsockopt(SOL_SOCKET, SO_RCVBUF, limit + 65_536)
        .unwrap();
    assert_eq!(udp.getsockopt(SOL_SOCKET, SO_RCVBUF).unwrap(), 2 * limit);
    let limit = buffer_limit("wmem_max");
    udp.setsockopt(SOL_SOCKET, SO_SNDBUF, limit + 65_536)
        .unwrap();
    assert_eq!(udp.getsockopt(SOL_SOCKET, SO_SNDBUF).unwrap(), 2 * limit);
}

#[test]
fn the_mtu_is_that_of_the_way_to_the_peer() {
    let four = Socket::udp().unwrap();
    four.connect(("127.0.0.1", 9)).unwrap();
    let loopback = std::fs::read_to_string("/sys/class/net/lo/mtu").unwrap();
    let loopback: u32 = loopback.trim().parse().unwrap();
    // An IPv4 packet is 65,535 bytes at most.
    let mtu = four.getsockopt(IPPROTO_IP, IP_MTU).unwrap();
    assert_eq!(mtu, loopback.min(65_535));
    if !have_ipv6() {
        return;
    }
    let six = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
    let not_connected = six.getsockopt(IPPROTO_IPV6, IPV6_PATHMTU).unwrap_err();
    assert_eq!(not_connected.errno(), Some(ENOTCONN));
    six.connect(("::1", 9)).unwrap();
    assert_eq!(six.getsockopt(IPPROTO_IPV6, IPV6_MTU).unwrap(), loopback);
    assert_eq!(
        six.getsockopt(IPPROTO_IPV6, IPV6_PATHMTU).unwrap(),
        loopback
    );
}

#[test]
fn one_sort_of_timestamps_turns_the_other_off() {
    let socket = Socket::udp().unwrap();
    let both = || {
        let micros = socket.getsockopt(SOL_SOCKET, SO_TIMESTAMP).unwrap();
        (
            micros,
            socket.getsockopt(SOL_SOCKET, SO_TIMESTAMPNS).unwrap(),
        )
    };
    socket.setsockopt(SOL_SOCKET, SO_TIMESTAMP, true).unwrap();
    assert_eq!(both(), (true, false));
    socket.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, true).unwrap();
    assert_eq!(both(), (false, true));
}

#[test]
fn udp_lite_covers_a_part() {
    let socket = match Socket::with_proto(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) {
        Ok(socket) => socket,
        // Newer kernels, and those without the module, have it no more.
        Err(error) => return assert_eq!(error.errno(), Some(EPROTONOSUPPORT)),
    };
    let send = || {
        socket
            .getsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV)
            .unwrap()
    };
    let receive = || {
        socket
            .getsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV)
            .unwrap()
    };
    assert_eq!((send(), receive()), (0, 0));
    socket
        .setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 20)
        .unwrap();
    socket
        .setsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 3)
        .unwrap();
    assert_eq!((send(), receive()), (20, 8));
    socket
        .setsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 30)
        .unwrap();
    assert_eq!((send(), receive()), (20, 30));
}

#[test]
fn what_a_socket_is() {
    let read = |socket: &Socket| {
        let family = socket.getsockopt(SOL_SOCKET, SO_DOMAIN).unwrap();
        let kind = socket.getsockopt(SOL_SOCKET, SO_TYPE).unwrap();
        (
            family,
            kind,
            i32::from(socket.getsockopt(SOL_SOCKET, SO_PROTOCOL).unwrap()),
        )
    };
    assert_eq!(read(&Socket::tcp().unwrap()), (AF_INET, SOCK_STREAM, 6));
    assert_eq!(read(&Socket::udp().unwrap()), (AF_INET, SOCK_DGRAM, 17));
    let unix = Socket::new(AF_UNIX, SOCK_SEQPACKET).unwrap();
    assert_eq!(read(&unix), (AF_UNIX, SOCK_SEQPACKET, 0));

    let listens = |socket: &Socket| socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN).unwrap();
    assert!(listens(&create_server(LOCAL).unwrap()));
    assert!(!listens(&Socket::tcp().unwrap()));
    assert_eq!(unix.getsockopt(SOL_SOCKET, SO_SNDLOWAT).unwrap(), 1);

    let cookie = |socket: &Socket| socket.getsockopt(SOL_SOCKET, SO_COOKIE).unwrap();
    let mut by_number = [0; 8];
    read_by_number(&unix, 1, 57, &mut by_number);
    assert_eq!(cookie(&unix), u64::from_ne_bytes(by_number));
    assert_eq!(cookie(&unix), cookie(&unix.dup().unwrap()));
    assert_ne!(cookie(&unix), cookie(&Socket::tcp().unwrap()));

    // The loopback interface is the first.
    let udp = Socket::udp().unwrap();
    udp.setsockopt(SOL_SOCKET, SO_BINDTOIFINDEX, 1).unwrap();
    assert_eq!(udp.getsockopt(SOL_SOCKET, SO_BINDTOIFINDEX).unwrap(), 1);
    let name = udp.getsockopt(SOL_SOCKET, SO_BINDTODEVICE).unwrap();
    assert_eq!(name.as_deref(), Some("lo"));
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_BINDTOIFINDEX, 0)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_BINDTODEVICE).unwrap(), None);
    }
}

#[test]
fn times_of_the_kernel_are_set_and_read() {
    let socket = Socket::tcp().unwrap();
    let two = Some(Duration::from_secs(2));
    let part = Some(Duration::from_millis(3500));
    let read = || {
        let receive = socket.getsockopt(SOL_SOCKET, SO_RCVTIMEO).unwrap();
        (receive, socket.getsockopt(SOL_SOCKET, SO_SNDTIMEO).unwrap())
    };
    assert_eq!(read(), (None, None));
    socket.setsockopt(SOL_SOCKET, SO_RCVTIMEO, two).unwrap();
    assert_eq!(read(), (two, None));
    socket.setsockopt(SOL_SOCKET, SO_SNDTIMEO, part).unwrap();
    assert_eq!(read(), (two, part));
    let linger = || socket.getsockopt(SOL_SOCKET, SO_LINGER).unwrap();
    assert_eq!(linger(), None);
    for time in [two, Some(Duration::ZERO), None] {
        socket.setsockopt(SOL_SOCKET, SO_LINGER, time).unwrap();
        assert_eq!(linger(), time);
    }
    socket.setsockopt(SOL_SOCKET, SO_LINGER, part).unwrap();
    assert_eq!(linger(), Some(Duration::from_secs(4)));
}

#[test]
fn names_are_set_and_read() {
    let socket = Socket::tcp().unwrap();
    let read = || socket.getsockopt(IPPROTO_TCP, TCP_CONGESTION).unwrap();
    socket
        .setsockopt(IPPROTO_TCP, TCP_CONGESTION, "reno")
        .unwrap();
    assert_eq!(read(), "reno");
    let udp = Socket::udp().unwrap();
    udp.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, Ipv4Addr::LOCALHOST)
        .unwrap();
    let interface = udp.getsockopt(IPPROTO_IP, IP_MULTICAST_IF).unwrap();
    assert_eq!(interface, Ipv4Addr::LOCALHOST);
}

/// BPF_RET | BPF_K 0: nothing passes.
const RETURN_NOTHING: SockFilter = SockFilter {
    code: 0x06,
    jt: 0,
    jf: 0,
    k: 0,
};

#[test]
fn a_filter_is_attached_and_taken_away() {
    let socket = udp();
    let detach = || socket.setsockopt(SOL_SOCKET, SO_DETACH_FILTER, ());
    assert_eq!(detach().unwrap_err().errno(), Some(ENOENT));
    let nothing = [RETURN_NOTHING];
    socket
        .setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &nothing)
        .unwrap();
    let own = socket.getsockname().unwrap();
    assert_eq!(socket.sendto(b"dropped", &own).unwrap(), 7);
    detach().unwrap();
    assert_eq!(socket.sendto(b"passes", &own).unwrap(), 6);
    assert_eq!(socket.recvfrom(99).unwrap().0, b"passes");
    for len in [0, 4097, 65_537] {
        let filter = vec![RETURN_NOTHING; len];
        let outcome = socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &filter);
        assert_eq!(outcome.unwrap_err().errno(), Some(EINVAL), "{len}");
    }
}

#[test]
fn a_filter_looks_into_the_packet() {
    let one = |code, jt, jf, k| SockFilter { code, jt, jf, k };
    let program = [
        one(0x30, 0, 0, 8), // BPF_LD | BPF_B | BPF_ABS: the byte behind UDP's header
        one(0x15, 0, 1, b'y'.into()), // BPF_JMP | BPF_JEQ | BPF_K
        one(0x06, 0, 0, 0xffff), // BPF_RET | BPF_K: all of it
        one(0x06, 0, 0, 0), // nothing
    ];
    let socket = udp();
    socket
        .setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &program)
        .unwrap();
    let own = socket.getsockname().unwrap();
    for message in [&b"no"[..], b"yes", b"nor this", b"y"] {
        socket.sendto(message, &own).unwrap();
    }
    assert_eq!(socket.recv(99).unwrap(), b"yes");
    assert_eq!(socket.recv(99).unwrap(), b"y");
    socket.setsockopt(SOL_SOCKET, SO_DETACH_FILTER, ()).unwrap();
    let longest = vec![RETURN_NOTHING; 4096];
    // A small limit on options' memory (net.core.optmem_max) is ENOMEM.
    if let Err(error) = socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &longest) {
        assert_eq!(error.errno(), Some(ENOMEM));
    }
}

#[test]
fn what_the_socket_is_not_ready_for_is_an_error() {
    let (tcp, udp) = (Socket::tcp().unwrap(), Socket::udp().unwrap());
    let errno = |error: Error| error.errno().unwrap();
    assert_eq!(
        errno(udp.getsockopt(IPPROTO_IP, IP_MTU).unwrap_err()),
        ENOTCONN
    );
    assert_eq!(
        errno(udp.getsockopt(IPPROTO_TCP, TCP_NODELAY).unwrap_err()),
        EOPNOTSUPP
    );
    let none = errno(tcp.getsockopt(IPPROTO_IP, SO_ORIGINAL_DST).unwrap_err());
    assert!([ENOENT, ENOPROTOOPT, ENOTCONN].contains(&none), "{none}");
    let unknown = tcp.setsockopt(IPPROTO_TCP, TCP_CONGESTION, "no such thing");
    assert_eq!(errno(unknown.unwrap_err()), ENOENT);
    if let Ok(six) = Socket::new(AF_INET6, SOCK_STREAM) {
        assert_eq!(
            errno(six.getsockopt(IPPROTO_IPV6, IPV6_MTU).unwrap_err()),
            ENOTCONN
        );
        let none = errno(
            six.getsockopt(IPPROTO_IPV6, IP6T_SO_ORIGINAL_DST)
                .unwrap_err(),
        );
        assert!([ENOENT, ENOPROTOOPT, ENOTCONN].contains(&none), "{none}");
    }
}

#[test]
fn ipv4_sockets_have_no_options_of_ipv6() {
    let four = Socket::udp().unwrap();
    four.connect(("127.0.0.1", 9)).unwrap();
    macro_rules! none_of {
        ($($name:ident)*) => {
            $(assert!(four.getsockopt(IPPROTO_IPV6, $name).is_err(), stringify!($name));)*
        };
    }
    none_of! { IPV6_FREEBIND IPV6_MTU IPV6_MTU_DISCOVER IPV6_MULTICAST_ALL IPV6_MULTICAST_LOOP }
    none_of! { IPV6_PATHMTU IPV6_RECVERR IPV6_TRANSPARENT IPV6_UNICAST_HOPS IPV6_V6ONLY }
}

#[test]
fn values_at_their_ends_are_errors_and_not_panics() {
    let (tcp, udp) = (Socket::tcp().unwrap(), Socket::udp().unwrap());
    let refused = |outcome: Result<()>, name: &str| {
        let error = outcome.expect_err(name);
        assert_eq!(error.call(), "setsockopt");
        assert!(error.to_string().contains(name), "{error}");
    };
    refused(
        tcp.setsockopt(SOL_SOCKET, SO_RCVBUF, usize::MAX),
        "SO_RCVBUF",
    );
    refused(
        tcp.setsockopt(SOL_SOCKET, SO_SNDBUF, usize::MAX),
        "SO_SNDBUF",
    );
    for forever in [Duration::MAX, Duration::from_secs(u64::MAX)] {
        refused(
            tcp.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, forever),
            "TCP_KEEPIDLE",
        );
        refused(
            tcp.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, forever),
            "TCP_KEEPINTVL",
        );
        refused(
            tcp.setsockopt(SOL_SOCKET, SO_LINGER, Some(forever)),
            "SO_LINGER",
        );
        // As good as for ever, and told as that.
        tcp.setsockopt(SOL_SOCKET, SO_RCVTIMEO, Some(forever))
            .unwrap();
        assert_eq!(tcp.getsockopt(SOL_SOCKET, SO_RCVTIMEO).unwrap(), None);
    }
    refused(
        tcp.setsockopt(SOL_SOCKET, SO_RCVTIMEO, Some(Duration::ZERO)),
        "SO_RCVTIMEO",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, Duration::ZERO),
        "TCP_KEEPIDLE",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, u32::MAX),
        "TCP_KEEPCNT",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_MAXSEG, u32::MAX),
        "TCP_MAXSEG",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, u32::MAX),
        "TCP_USER_TIMEOUT",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_CONGESTION, &"x".repeat(5000)),
        "TCP_CONGESTION",
    );
    let forever = Duration::MAX;
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_LINGER2, Some(forever)),
        "TCP_LINGER2",
    );
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, forever),
        "TCP_DEFER_ACCEPT",
    );
    for long in [forever, Duration::from_micros(i32::MAX as u64 + 1)] {
        refused(
            tcp.setsockopt(IPPROTO_TCP, TCP_TX_DELAY, long),
            "TCP_TX_DELAY",
        );
    }
    for count in [0, 128, u32::MAX] {
        refused(tcp.setsockopt(IPPROTO_TCP, TCP_SYNCNT, count), "TCP_SYNCNT");
    }
    refused(
        tcp.setsockopt(IPPROTO_TCP, TCP_FASTOPEN, u32::MAX),
        "TCP_FASTOPEN",
    );
    for length in [65_536, i32::MAX as u32 + 1, u32::MAX] {
        refused(udp.setsockopt(SOL_UDP, UDP_SEGMENT, length), "UDP_SEGMENT");
    }
    refused(udp.setsockopt(IPPROTO_IP, IP_TTL, 0), "IP_TTL");
    refused(udp.setsockopt(IPPROTO_IP, IP_TTL, 256), "IP_TTL");
    refused(
        udp.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 256),
        "IP_MULTICAST_TTL",
    );
    refused(
        udp.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, 99),
        "IP_MTU_DISCOVER",
    );
    refused(
        udp.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, Some("no-such-one")),
        "SO_BINDTODEVICE",
    );
    for name in ["x".repeat(5000), "lo\0".to_owned()] {
        let _ = udp.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, Some(&name)); // whatever: no panic
    }
    let udp = Socket::udp().unwrap(); // once bound, a socket needs a privilege to bind again
    udp.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, Some("lo"))
        .unwrap();
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, None)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_BINDTODEVICE).unwrap(), None);
    }
    tcp.setsockopt(SOL_SOCKET, SO_LINGER, None).unwrap();
    assert_eq!(tcp.getsockopt(SOL_SOCKET, SO_LINGER).unwrap(), None);
}

#[test]
fn so_error_tells_once() {
    let nobody = nobody();
    let socket = Socket::udp().unwrap();
    socket.connect(&nobody).unwrap();
    socket.sendall(b"anybody?").unwrap();
    assert_eq!(
        socket.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(),
        ECONNREFUSED
    );
    assert_eq!(socket.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(), 0);
}

/// Reads each option from each socket. One that the socket does not have is an error.
macro_rules! read_all {
    ($sockets:expr; $($level:ident: $($name:ident)*;)*) => {{
        let mut names = Vec::new();
        $($(
            for socket in &$sockets {
                if let Err(error) = socket.getsockopt($level, $name) {
                    assert_eq!(error.call(), "getsockopt");
                    assert!(error.to_string().contains(stringify!($name)), "{error}");
                    assert!(error.errno().is_some(), "{error}");
                }
            }
            names.push(stringify!($name));
        )*)*
        names
    }};
}

#[test]
fn no_getter_panics_on_a_socket_that_lacks_the_option() {
    let mut sockets = vec![
        Socket::tcp().unwrap(),
        create_server(LOCAL).unwrap(),
        tcp_pair().0,
        Socket::udp().unwrap(),
        udp_pair().0,
        Socket::new(AF_UNIX, SOCK_STREAM).unwrap(),
        Socket::new(AF_UNIX, SOCK_DGRAM).unwrap(),
        Socket::new(AF_UNIX, SOCK_SEQPACKET).unwrap(),
        socketpair().unwrap().0,
    ];
    sockets.extend(Socket::new(AF_INET6, SOCK_STREAM));
    sockets.extend(Socket::new(AF_INET6, SOCK_DGRAM));
    sockets.extend(Socket::with_proto(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    sockets.extend(Socket::with_proto(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
    const AF_NETLINK: u16 = 16;
    sockets.extend(Socket::new(AddressFamily::from(AF_NETLINK), SOCK_RAW));
    let read = read_all! { sockets;
        SOL_SOCKET:
            SO_ACCEPTCONN SO_BINDTODEVICE SO_BINDTOIFINDEX SO_BROADCAST SO_BUSY_POLL SO_COOKIE
            SO_DEBUG SO_DOMAIN SO_DONTROUTE SO_ERROR SO_INCOMING_CPU SO_KEEPALIVE SO_LINGER
            SO_MARK SO_OOBINLINE SO_PASSCRED SO_PASSSEC SO_PEERCRED SO_PRIORITY SO_PROTOCOL
            SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_RXQ_OVFL SO_SNDBUF
            SO_SNDLOWAT SO_SNDTIMEO SO_TIMESTAMP SO_TIMESTAMPNS SO_TYPE;
        IPPROTO_IP:
            IP_BIND_ADDRESS_NO_PORT IP_FREEBIND IP_HDRINCL IP_MTU IP_MTU_DISCOVER IP_MULTICAST_ALL
            IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_PKTINFO IP_RECVERR IP_RECVOPTS
            IP_RECVTOS IP_RECVTTL IP_RETOPTS IP_TOS IP_TRANSPARENT IP_TTL SO_ORIGINAL_DST;
        IPPROTO_IPV6:
            IPV6_CHECKSUM IPV6_DONTFRAG IPV6_FREEBIND IPV6_MTU IPV6_MTU_DISCOVER
            IPV6_MULTICAST_ALL IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP
            IPV6_PATHMTU IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVHOPLIMIT IPV6_RECVHOPOPTS
            IPV6_RECVPATHMTU IPV6_RECVPKTINFO IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_TCLASS
            IPV6_TRANSPARENT IPV6_UNICAST_HOPS IPV6_V6ONLY IP6T_SO_ORIGINAL_DST;
        IPPROTO_TCP:
            TCP_CONGESTION TCP_CORK TCP_DEFER_ACCEPT TCP_FASTOPEN TCP_FASTOPEN_CONNECT
            TCP_FASTOPEN_NO_COOKIE TCP_INFO TCP_INQ TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL
            TCP_LINGER2 TCP_MAXSEG TCP_NODELAY TCP_NOTSENT_LOWAT TCP_QUEUE_SEQ TCP_QUICKACK
            TCP_REPAIR TCP_REPAIR_QUEUE TCP_SYNCNT TCP_THIN_LINEAR_TIMEOUTS TCP_TIMESTAMP
            TCP_TX_DELAY TCP_USER_TIMEOUT TCP_WINDOW_CLAMP;
        SOL_UDP: UDP_GRO UDP_SEGMENT;
        IPPROTO_UDPLITE: UDPLITE_RECV_CSCOV UDPLITE_SEND_CSCOV;
    };
    // The table has no other.
    let mut names = Vec::new();
    for file in ["sol_socket", "ip", "ipv6", "tcp", "udp"] {
        let rows = std::fs::read_to_string(format!("src/options/{file}.rs")).unwrap();
        let mut row = "";
        for line in rows.lines().map(str::trim_start) {
            let name = line.split([',', ' ']).next().unwrap();
            if name.contains('_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || "_0123456789".contains(c))
            {
                row = name;
            }
            if line.starts_with("get ") || line.contains(", get ") || line.contains(", both ") {
                names.push(row.to_owned());
            }
        }
    }
    assert_eq!(read, names);
}

fn peer(socket: &Socket) -> PeerCred {
    socket.getsockopt(SOL_SOCKET, SO_PEERCRED).unwrap()
}

#[test]
fn the_peer_of_a_pair_is_this_process() {
    let (a, _b) = socketpair().unwrap();
    let peer = peer(&a);
    assert_eq!(peer.pid as u32, std::process::id());
}

#[test]
fn a_socket_without_a_peer_has_no_process() {
    for socket in [
        Socket::tcp().unwrap(),
        Socket::new(AF_UNIX, SOCK_STREAM).unwrap(),
        tcp_pair().0,
    ] {
        let peer = peer(&socket);
        assert_eq!((peer.pid, peer.uid, peer.gid), (0, u32::MAX, u32::MAX));
    }
}
