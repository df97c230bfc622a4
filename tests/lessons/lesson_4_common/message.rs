//! sendmsg, recvmsg, and what goes with a message.

use std::io::{IoSlice, IoSliceMut};
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use nix::{libc, setsockopt_impl, sockopt_impl};
use rustix::fs::fstat;
use socketbook::*;

use crate::support::*;

#[test]
fn descriptors_arrive_once_and_are_closed_on_exec() {
    for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
        for (a, b) in unix_pairs(kind) {
            let (near, far) = socketpair().unwrap();
            let file = null();
            let fds = [far.as_fd(), file.as_fd(), far.as_fd()];
            let sent = a.sendmsg(&[IoSlice::new(b"three")], &[SendAncillary::Rights(&fds)]);
            assert_eq!(sent.unwrap(), 5);
            drop(far);

            let (data, ancillary, flags, _) = b.recvmsg(100, CMSG_SPACE(3 * 4)).unwrap();
            assert_eq!((data.as_ref(), flags), (&b"three"[..], MsgFlags::NONE));
            let arrived = rights(ancillary);
            assert_eq!(arrived.len(), 3);
            assert!(arrived.iter().all(is_closed_on_exec));
            let same = fstat(&arrived[1]).unwrap().st_rdev == fstat(&file).unwrap().st_rdev;
            assert!(same);
            // Two of one socket: the end comes when both are closed.
            let mut arrived = arrived.into_iter();
            let first = Socket::try_from(arrived.next().unwrap()).unwrap();
            first.sendall(b"hello").unwrap();
            assert_eq!(near.recv(100).unwrap(), b"hello");
            drop((first, arrived));
            assert_eq!(near.recv(100).unwrap(), b"");
        }
    }
}

#[test]
fn several_buffers_are_filled_one_after_the_other() {
    for timeout in [None, Some(Duration::from_secs(60))] {
        for (a, b) in [tcp_pair(), socketpair().unwrap(), udp_pair()] {
            b.settimeout(timeout).unwrap();
            let parts: [&[u8]; 5] = [b"one", b"", b"two", b"three", b""];
            let sent = a.sendmsg(&parts.map(IoSlice::new), &[]).unwrap();
            assert_eq!(sent, 11);
            let (mut head, mut none, mut body) = ([0; 4], [0; 0], [0; 100]);
            let mut buffers = [&mut head[..], &mut none[..], &mut body[..]].map(IoSliceMut::new);
            let (n, ancillary, flags, _) = b.recvmsg_into(&mut buffers, 64).unwrap();
            assert_eq!((n, &head, &body[..7]), (11, b"onet", &b"wothree"[..]));
            assert!(ancillary.is_empty() && flags.is_empty());
        }
    }
    // None at all is an empty datagram.
    let (a, b) = udp_pair();
    assert_eq!(a.sendmsg(&[], &[]).unwrap(), 0);
    assert_eq!(b.recvmsg(9, 0).unwrap().0, b"");
}

#[test]
fn a_message_that_is_cut_says_so() {
    for (a, b) in unix_pairs(SOCK_DGRAM).into_iter().chain([udp_pair()]) {
        for room in [0, 64] {
            a.send(b"0123456789").unwrap();
            let (data, _, flags, _) = b.recvmsg(4, room).unwrap();
            assert_eq!((data.as_ref(), data.full_len()), (&b"0123"[..], 10));
            assert!(data.is_truncated() && flags == MSG_TRUNC);
            a.send(b"0123456789").unwrap();
            let (mut x, mut y) = ([0; 1], [0; 2]);
            let mut buffers = [IoSliceMut::new(&mut x), IoSliceMut::new(&mut y)];
            let (n, _, flags, _) = b.recvmsg_into(&mut buffers, room).unwrap();
            assert_eq!((n, flags, &x, &y), (3, MSG_TRUNC, b"0", b"12"));
            a.send(b"0123456789").unwrap();
            let mut buffers = [IoSliceMut::new(&mut x)];
            let (n, _, _, _) = b
                .recvmsg_into_with_flags(&mut buffers, room, MSG_TRUNC)
                .unwrap();
            assert_eq!(n, 10, "the caller asked");
        }
    }
}

#[test]
fn the_sender_is_named() {
    let name = |what: &str| {
        Address::unix_abstract(format!("socketbook-{what}-{}", std::process::id())).unwrap()
    };
    // Of a Unix datagram, with and without a name, both ways of receiving.
    let make = || Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    let receiver = make();
    let here = name("here");
    receiver.bind(&here).unwrap();
    let longest = Address::unix_abstract([b'n'; 107]).unwrap();
    let file = std::env::temp_dir().join(format!("socketbook-{}", std::process::id()));
    let path = Address::unix(&file).unwrap();
    let receiver = [receiver.dup().unwrap(), receiver];
    for (at, receiver) in receiver.iter().enumerate() {
        for room in [0, 64] {
            for own in [&name("there"), &longest, &path] {
                let sender = make();
                sender.bind(own).unwrap();
                sender
                    .sendmsg_to(&[IoSlice::new(b"x")], &[], MsgFlags::NONE, &here)
                    .unwrap();
                let (_, _, _, from) = receiver.recvmsg(9, room).unwrap();
                assert_eq!(&from, own, "{at} {room}");
                let _ = std::fs::remove_file(&file);
            }
            make().sendto(b"x", &here).unwrap();
            let (_, _, _, from) = receiver.recvmsg(9, room).unwrap();
            assert_eq!(from, Address::Unnamed);
        }
    }
    // Of a datagram over IP.
    for room in [0, 64] {
        let (a, b) = (udp(), udp());
        a.sendto(b"", b.getsockname().unwrap()).unwrap();
        let (data, _, _, from) = b.recvmsg(9, room).unwrap();
        assert_eq!((data.as_ref(), from), (&b""[..], a.getsockname().unwrap()));
        if have_ipv6() {
            let six = || {
                let socket = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
                socket.bind(("::1", 0)).unwrap();
                socket
            };
            let (a, b) = (six(), six());
            a.sendto(b"x", b.getsockname().unwrap()).unwrap();
            let (_, _, _, from) = b.recvmsg(9, room).unwrap();
            assert_eq!(from, a.getsockname().unwrap());
        }
        // A connection has none, as for recvfrom.
        let (a, b) = tcp_pair();
        a.sendall(b"x").unwrap();
        assert_eq!(b.recvmsg(9, room).unwrap().3, Address::Unnamed);
    }
}

#[test]
fn the_end_is_an_empty_message_from_no_one() {
    for timeout in [None, Some(Duration::from_secs(60))] {
        for room in [0, 64] {
            for (a, b) in unix_pairs(SOCK_STREAM).into_iter().chain([tcp_pair()]) {
                b.settimeout(timeout).unwrap();
                a.close();
                let (data, ancillary, flags, from) = b.recvmsg(9, room).unwrap();
                assert_eq!((data.as_ref(), flags), (&b""[..], MsgFlags::NONE));
                assert!(ancillary.is_empty() && from == Address::Unnamed);
            }
            // A datagram socket that is shut down has none to name.
            let (_a, b) = udp_pair();
            b.settimeout(timeout).unwrap();
            b.shutdown(SHUT_RD).unwrap();
            let (data, _, _, from) = b.recvmsg(9, room).unwrap();
            assert_eq!((data.as_ref(), from), (&b""[..], Address::Unnamed));
        }
    }
}

#[test]
fn one_deadline() {
    let soon = Duration::from_millis(20);
    for (a, b) in unix_pairs(SOCK_STREAM).into_iter().chain([udp_pair()]) {
        for room in [0, 64] {
            b.settimeout(soon).unwrap();
            let error = must_time_out(soon, || b.recvmsg(9, room));
            assert_eq!(error.call(), Call::Recvmsg);
            let woken = {
                b.settimeout(Duration::from_secs(60)).unwrap();
                once_blocked(
                    || b.recvmsg(9, room),
                    || assert_eq!(a.send(b"x").unwrap(), 1),
                )
            };
            assert_eq!(woken.unwrap().0, b"x");
        }
    }
    let (a, b) = socketpair().unwrap();
    fill(&a);
    a.settimeout(soon).unwrap();
    let buffers = [IoSlice::new(b"x")];
    let error = must_time_out(soon, || a.sendmsg(&buffers, &[]));
    assert_eq!(error.call(), Call::Sendmsg);
    a.settimeout(None).unwrap();
    let sent = once_blocked(
        || a.sendmsg(&buffers, &[]),
        || {
            b.recv(1 << 20).unwrap();
        },
    );
    assert_eq!(sent.unwrap(), 1);
}

#[test]
fn credentials_and_descriptors_together() {
    for kind in [SOCK_STREAM, SOCK_DGRAM] {
        let (a, b) = socketpair_with(AF_UNIX, kind, 0).unwrap();
        b.setsockopt(SOL_SOCKET, SO_PASSCRED, true).unwrap();
        let (pid, uid, gid) = (
            std::process::id() as i32,
            rustix::process::getuid().as_raw(),
            rustix::process::getgid().as_raw(),
        );
        let file = null();
        let own = SendAncillary::Credentials { pid, uid, gid };
        let fds = [file.as_fd(); 2];
        let both = [own, SendAncillary::Rights(&fds)];
        a.sendmsg(&[IoSlice::new(b"who")], &both).unwrap();
        let room = CMSG_SPACE(12) + CMSG_SPACE(8);
        let (_, ancillary, flags, _) = b.recvmsg(9, room).unwrap();
        assert!(flags.is_empty());
        let [Ancillary::Credentials(who), Ancillary::Rights(fds)] = &ancillary[..] else {
            panic!("{ancillary:?}");
        };
        assert_eq!((who.pid, who.uid, who.gid), (pid, uid, gid));
        assert!(fds.len() == 2 && fds.iter().all(is_closed_on_exec));
        // They come without being sent, and recv_fds has room for them.
        send_fds(&a, &[IoSlice::new(b"who")], &[&file]).unwrap();
        let (_, fds, flags, _) = recv_fds(&b, 9, 1).unwrap();
        assert_eq!((fds.len(), flags), (1, MsgFlags::NONE));
        // Cut in the middle they are bytes.
        assert_eq!(a.send(b"who").unwrap(), 3);
        let (_, ancillary, flags, _) = b.recvmsg(9, CMSG_LEN(11)).unwrap();
        let [Ancillary::Other { level, kind, data }] = &ancillary[..] else {
            panic!("{ancillary:?}");
        };
        assert_eq!((*level, *kind, data.len()), (1, 2, 11));
        assert_eq!(flags, MSG_CTRUNC);
        // Not this process's.
        if uid != 0 {
            let other = SendAncillary::Credentials {
                pid: 1,
                uid: 0,
                gid: 0,
            };
            let error = a.sendmsg(&[IoSlice::new(b"who")], &[other]).unwrap_err();
            assert_eq!(error.errno(), Some(EPERM));
        }
    }
}

#[test]
fn an_option_set_on_a_duplicate_counts() {
    let (a, b) = socketpair().unwrap();
    b.dup()
        .unwrap()
        .setsockopt(SOL_SOCKET, SO_PASSCRED, true)
        .unwrap();
    a.sendall(b"who").unwrap();
    let (_, ancillary, _, _) = b.recvmsg(9, 64).unwrap();
    assert!(matches!(ancillary[..], [Ancillary::Credentials(_)]));
    // On one that the socket knows nothing of, if there is room for them.
    let (a, b) = socketpair().unwrap();
    let twin = fromfd(&b, AF_UNIX, SOCK_STREAM).unwrap();
    twin.setsockopt(SOL_SOCKET, SO_PASSCRED, true).unwrap();
    for most in [3, 100] {
        a.sendall(b"who").unwrap();
        let (_, ancillary, _, _) = b.recvmsg(9, CMSG_LEN(4 * most)).unwrap();
        assert!(matches!(ancillary[..], [Ancillary::Credentials(_)]));
    }
    a.sendall(b"who").unwrap();
    let (_, ancillary, flags, _) = b.recvmsg(9, CMSG_SPACE(8)).unwrap();
    assert!(ancillary.is_empty() && flags == MSG_CTRUNC);
    // And one set on the listener on those that it accepts.
    let listener = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    listener.bind("").unwrap();
    listener.listen(5).unwrap();
    listener.setsockopt(SOL_SOCKET, SO_PASSCRED, true).unwrap();
    let client = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    client.connect(listener.getsockname().unwrap()).unwrap();
    let (conn, _) = listener.accept().unwrap();
    client.sendall(b"who").unwrap();
    let (_, ancillary, _, _) = conn.recvmsg(9, 64).unwrap();
    assert!(matches!(ancillary[..], [Ancillary::Credentials(_)]));
}

#[test]
fn what_only_the_option_of_a_foreign_program_brings() {
    const SO_PASSPIDFD: i32 = 76;
    sockopt_impl!(PassPidfd, SetOnly, libc::SOL_SOCKET, SO_PASSPIDFD, bool);
    let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap();
    if setsockopt(&b, PassPidfd, &true).is_err() {
        return skipped("no SO_PASSPIDFD in this kernel");
    }
    let b = Socket::try_from(b.detach()).unwrap();
    a.send(b"x").unwrap();
    let (_, ancillary, _, _) = b.recvmsg(9, 64).unwrap();
    let [Ancillary::Pidfd(fd)] = &ancillary[..] else {
        panic!("{ancillary:?}");
    };
    assert!(is_closed_on_exec(fd));
    let info = format!("/proc/self/fdinfo/{}", fd.as_raw_fd());
    let info = std::fs::read_to_string(info).unwrap();
    assert!(
        info.contains(&format!("Pid:\t{}", std::process::id())),
        "{info}"
    );
    // Time, beside what the program asked for.
    setsockopt(&b, sockopt::ReceiveTimestampns, &true).unwrap();
    let before = std::time::SystemTime::now() - Duration::from_secs(1);
    send_fds(&a, &[IoSlice::new(b"x")], &[null()]).unwrap();
    let (_, ancillary, _, _) = b.recvmsg(9, 256).unwrap();
    assert!(
        matches!(
            &ancillary[..],
            [Ancillary::Timestamp(at), Ancillary::Rights(fds), Ancillary::Pidfd(_)]
                if fds.len() == 1 && *at > before
        ),
        "{ancillary:?}"
    );
}

fn received(socket: &Socket) -> Vec<Ancillary> {
    let (_, ancillary, flags, _) = socket.recvmsg(100, 256).unwrap();
    assert!(flags.is_empty(), "{flags:?}");
    ancillary
}

#[test]
fn what_a_packet_brings_over_ipv4() {
    let server = udp();
    setsockopt(&server, sockopt::Ipv4PacketInfo, &true).unwrap();
    setsockopt(&server, sockopt::Ipv4RecvTtl, &true).unwrap();
    setsockopt(&server, sockopt::ReceiveTimestampns, &true).unwrap();
    server.setsockopt(IPPROTO_IP, IP_RECVTOS, true).unwrap();
    let client = Socket::udp().unwrap();
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let elsewhere: IpAddr = "127.0.0.2".parse().unwrap();
    let ask = [
        SendAncillary::PacketInfo(elsewhere.into()),
        SendAncillary::HopLimit(7),
        SendAncillary::TrafficClass(0x28),
    ];
    let to = server.getsockname().unwrap();
    client
        .sendmsg_to(&[IoSlice::new(b"x")], &ask, MsgFlags::NONE, &to)
        .unwrap();
    let (_, ancillary, flags, from) = server.recvmsg(100, 256).unwrap();
    assert_eq!((flags, from.ip()), (MsgFlags::NONE, Some(elsewhere)));
    let [
        Ancillary::Timestamp(at),
        Ancillary::PacketInfo(info),
        Ancillary::HopLimit(7),
        Ancillary::TrafficClass(0x28),
    ] = &ancillary[..]
    else {
        panic!("{ancillary:?}");
    };
    assert!(at.elapsed().is_ok_and(|age| age < Duration::from_secs(60)));
    assert_eq!((info.destination, info.local), (here, here));
    assert_ne!(info.interface, 0);
    // The answer goes out from where the question came in.
    let answer = [SendAncillary::PacketInfo(*info)];
    server
        .sendmsg_to(&[IoSlice::new(b"y")], &answer, MsgFlags::NONE, &from)
        .unwrap();
    assert_eq!(client.recvfrom(9).unwrap().1, to);
    let six = SendAncillary::PacketInfo("::1".parse::<IpAddr>().unwrap().into());
    let error = client
        .sendmsg_to(&[], &[six], MsgFlags::NONE, &to)
        .unwrap_err();
    assert!(error.is_bad_input(), "{error}");
}

#[test]
fn what_a_packet_brings_over_ipv6() {
    if !have_ipv6() {
        return;
    }
    let server = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
    server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, false).unwrap();
    server.bind(("", 0)).unwrap();
    setsockopt(&server, sockopt::Ipv6RecvPacketInfo, &true).unwrap();
    server
        .setsockopt(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, true)
        .unwrap();
    server
        .setsockopt(IPPROTO_IPV6, IPV6_RECVTCLASS, true)
        .unwrap();
    let port = server.getsockname().unwrap().port().unwrap();
    let client = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
    let ask = [
        SendAncillary::HopLimit(9),
        SendAncillary::TrafficClass(0x28),
    ];
    client
        .sendmsg_to(&[IoSlice::new(b"x")], &ask, MsgFlags::NONE, ("::1", port))
        .unwrap();
    let (_, ancillary, _, from) = server.recvmsg(100, 256).unwrap();
    let (mut info, mut rest) = (None, Vec::new());
    for item in ancillary {
        match item {
            Ancillary::PacketInfo(one) => info = Some(one),
            other => rest.push(other),
        }
    }
    let info = info.unwrap();
    let here: IpAddr = "::1".parse().unwrap();
    assert_eq!((info.destination, info.local), (here, here));
    assert!(
        matches!(
            rest[..],
            [Ancillary::HopLimit(9), Ancillary::TrafficClass(0x28)]
        ),
        "{rest:?}"
    );
    let answer = [SendAncillary::PacketInfo(info)];
    server
        .sendmsg_to(&[IoSlice::new(b"y")], &answer, MsgFlags::NONE, &from)
        .unwrap();
    assert_eq!(client.recvfrom(9).unwrap().1.ip(), Some(here));
    // IPv4 within IPv6.
    let four = udp();
    four.sendto(b"x", ("127.0.0.1", port)).unwrap();
    let (_, ancillary, _, from) = server.recvmsg(100, 256).unwrap();
    let info = ancillary.iter().find_map(|item| match item {
        Ancillary::PacketInfo(info) => Some(*info),
        _ => None,
    });
    let info = info.unwrap_or_else(|| panic!("{ancillary:?}"));
    assert_eq!(info.local.to_string(), "::ffff:127.0.0.1");
    let mapped = PacketInfo::from("127.0.0.1".parse::<IpAddr>().unwrap());
    for from_there in [info, mapped] {
        let answer = [SendAncillary::PacketInfo(from_there)];
        server
            .sendmsg_to(&[IoSlice::new(b"y")], &answer, MsgFlags::NONE, &from)
            .unwrap();
        assert_eq!(four.recvfrom(9).unwrap().1.port(), Some(port));
    }
}

#[test]
fn many_datagrams_as_one_message() {
    let (a, b) = udp_pair();
    let segments = [SendAncillary::SegmentSize(4)];
    a.sendmsg(
        &[IoSlice::new(b"onetwo"), IoSlice::new(b"three")],
        &segments,
    )
    .unwrap();
    for part in [&b"onet"[..], b"woth", b"ree"] {
        assert_eq!(b.recv(100).unwrap(), part);
    }
    setsockopt(&b, sockopt::UdpGroSegment, &true).unwrap();
    a.sendmsg(&[IoSlice::new(b"onetwothree")], &segments)
        .unwrap();
    let (data, ancillary, _, _) = b.recvmsg(100, 64).unwrap();
    assert_eq!(data, b"onetwothree");
    assert!(
        matches!(ancillary[..], [Ancillary::SegmentSize(4)]),
        "{ancillary:?}"
    );
}

#[test]
fn anything_else_is_level_type_and_bytes() {
    let (a, b) = udp_pair();
    let ttl = 5_i32.to_ne_bytes();
    let other = [SendAncillary::Other {
        level: 0,
        kind: libc::IP_TTL,
        data: &ttl,
    }];
    setsockopt(&b, sockopt::Ipv4RecvTtl, &true).unwrap();
    a.sendmsg(&[IoSlice::new(b"x")], &other).unwrap();
    let all = received(&b);
    assert!(
        all.iter()
            .any(|item| matches!(item, Ancillary::HopLimit(5))),
        "{all:?}"
    );
    let unknown = [SendAncillary::Other {
        level: 1,
        kind: 999,
        data: b"x",
    }];
    let error = a.sendmsg(&[IoSlice::new(b"x")], &unknown).unwrap_err();
    assert_eq!(error.errno(), Some(EINVAL));
}

#[test]
fn what_would_be_lost_or_is_not_the_callers_is_refused() {
    let (a, b) = socketpair().unwrap();
    let file = null();
    let fds = [file.as_fd()];
    for buffers in [&[][..], &[IoSlice::new(b"")]] {
        let error = a
            .sendmsg(buffers, &[SendAncillary::Rights(&fds)])
            .unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        let error = send_fds(&a, buffers, &fds).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
    // None is like any bytes.
    let none: [BorrowedFd<'_>; 0] = [];
    assert_eq!(send_fds(&a, &[IoSlice::new(b"x")], &none).unwrap(), 1);
    assert_eq!(
        a.sendmsg(&[IoSlice::new(b"y")], &[SendAncillary::Rights(&none)])
            .unwrap(),
        1
    );
    let (data, ancillary, flags, _) = b.recvmsg(9, 99).unwrap();
    assert!(data == b"xy" && ancillary.is_empty() && flags.is_empty());
    // A number in bytes may be anything's.
    let number = 0_i32.to_ne_bytes();
    let forged = SendAncillary::Other {
        level: 1,
        kind: 1,
        data: &number,
    };
    let error = a.sendmsg(&[IoSlice::new(b"x")], &[forged]).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    // Descriptors go over Unix sockets.
    let (a, _b) = tcp_pair();
    assert!(
        send_fds(&a, &[IoSlice::new(b"x")], &fds).is_ok(),
        "TCP drops them"
    );
    let error = a
        .recvmsg_with_flags(9, usize::MAX, MSG_DONTWAIT)
        .unwrap_err();
    assert_eq!(error.errno(), Some(ENOMEM));
}
