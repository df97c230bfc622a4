//! Lesson 4, options: the rows of the table whose documentation has no example, and values at
//! their ends. What needs a privilege may succeed or be refused.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::support::*;
use socketbook::*;

/// Done, or refused for want of a privilege.
fn allowed_or_not(outcome: Result<()>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => {
            assert!(matches!(error.errno(), Some(EPERM | EACCES)), "{error}");
            false
        }
    }
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
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_RCVBUF).unwrap(), 2 << 20);
    }
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_SNDBUF).unwrap(), 2 << 20);
    }
    if allowed_or_not(udp.setsockopt(SOL_SOCKET, SO_PRIORITY, 7)) {
        assert_eq!(udp.getsockopt(SOL_SOCKET, SO_PRIORITY).unwrap(), 7);
    }
    if allowed_or_not(tcp.setsockopt(IPPROTO_IP, IP_TRANSPARENT, true)) {
        assert!(tcp.getsockopt(IPPROTO_IP, IP_TRANSPARENT).unwrap());
    }
    if let Ok(six) = Socket::new(AF_INET6, SOCK_STREAM)
        && allowed_or_not(six.setsockopt(IPPROTO_IPV6, IPV6_TRANSPARENT, true))
    {
        assert!(six.getsockopt(IPPROTO_IPV6, IPV6_TRANSPARENT).unwrap());
    }
    match Socket::with_proto(AF_INET, SOCK_RAW, IPPROTO_UDP) {
        Ok(raw) => {
            raw.setsockopt(IPPROTO_IP, IP_HDRINCL, true).unwrap();
            assert!(raw.getsockopt(IPPROTO_IP, IP_HDRINCL).unwrap());
        }
        Err(error) => assert_eq!(error.errno(), Some(EPERM)),
    }
}

#[test]
fn groups_are_joined_and_left() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 7), Ipv4Addr::LOCALHOST);
    let (from, socket) = (Ipv4Addr::LOCALHOST, udp());
    let not_joined = |outcome: Result<()>| {
        assert_eq!(outcome.unwrap_err().errno(), Some(EADDRNOTAVAIL));
    };
    not_joined(socket.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, (group, here)));
    socket
        .setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    let twice = socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here));
    assert_eq!(twice.unwrap_err().errno(), Some(EADDRINUSE));
    socket
        .setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, (group, here))
        .unwrap();
    let of_one = (group, here, from);
    socket
        .setsockopt(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, of_one)
        .unwrap();
    socket
        .setsockopt(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, of_one)
        .unwrap();
    let gone = socket.setsockopt(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, of_one);
    assert_eq!(gone.unwrap_err().errno(), Some(EINVAL));
    let no_group = socket.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (here, here));
    assert_eq!(no_group.unwrap_err().errno(), Some(EINVAL));

    let Ok(six) = Socket::new(AF_INET6, SOCK_DGRAM) else {
        return;
    };
    let (group, loopback) = (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x9, 0x8), 1);
    six.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (group, loopback))
        .unwrap();
    six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, loopback))
        .unwrap();
    not_joined(six.setsockopt(IPPROTO_IPV6, IPV6_LEAVE_GROUP, (group, loopback)));
}

#[test]
fn multicast_arrives_at_who_joined() {
    let (group, here) = (Ipv4Addr::new(239, 9, 8, 6), Ipv4Addr::LOCALHOST);
    let (to, from) = (Socket::udp().unwrap(), udp());
    to.bind(("", 0)).unwrap();
    to.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, here))
        .unwrap();
    from.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, here).unwrap();
    let port = to.getsockname().unwrap().port().unwrap();
    assert_eq!(from.sendto(b"to all", (group, port)).unwrap(), 6);
    to.settimeout(Duration::from_secs(20)).unwrap();
    assert_eq!(to.recvfrom(99).unwrap().0, b"to all");
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
    for len in [0, 4097, 65_536] {
        let filter = vec![RETURN_NOTHING; len];
        let outcome = socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &filter);
        assert_eq!(outcome.unwrap_err().errno(), Some(EINVAL), "{len}");
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
