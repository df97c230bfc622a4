//! Lesson 4, talking in datagrams: recvfrom, recvfrom_into, sendto.

#[cfg(target_os = "linux")]
use std::io::IoSliceMut;

#[cfg(target_os = "linux")]
use nix::libc;

use crate::support::*;
use socketbook::*;

#[cfg(target_os = "linux")]
#[test]
fn each_datagram_comes_by_itself_with_its_sender() {
    let (server, client) = (udp(), udp());
    let to = server.getsockname().unwrap();
    assert_eq!(client.sendto(b"one", &to).unwrap(), 3);
    assert_eq!(client.sendto(b"", &to).unwrap(), 0);
    assert_eq!(
        client.sendto_with_flags(b"two", MSG_DONTWAIT, &to).unwrap(),
        3
    );
    let mut buffer = [0; 100];
    let from = client.getsockname().unwrap();
    let (data, sender) = server.recvfrom(100).unwrap();
    assert_eq!((&*data, &sender), (&b"one"[..], &from));
    let (data, sender) = server.recvfrom_into(&mut buffer).unwrap();
    assert_eq!((data.len(), data.full_len(), sender), (0, 0, from));
    let (data, _) = server
        .recvfrom_into_with_flags(&mut buffer, MSG_PEEK)
        .unwrap();
    assert_eq!(data, b"two", "an empty one is not the end");
    assert_eq!(server.recvfrom(100).unwrap().0.into_vec(), b"two");
}

#[cfg(target_os = "linux")]
#[test]
fn a_cut_datagram_is_told_by_every_call() {
    let (a, b) = udp_pair();
    let mut small = [0; 4];
    for _ in 0..9 {
        assert_eq!(a.send(b"0123456789").unwrap(), 10);
    }
    let error = b.recv(4).unwrap_err();
    assert!(error.is_truncated());
    assert_eq!(error.received(), b"0123");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    let error = b.recv_into(&mut small).unwrap_err();
    assert!(error.is_truncated());
    assert_eq!((error.received(), &small), (&b""[..], b"0123"));
    for error in [
        b.recv_with_flags(4, MSG_DONTWAIT).unwrap_err(),
        b.recv_into_with_flags(&mut small, MSG_DONTWAIT)
            .unwrap_err(),
    ] {
        assert!(error.is_truncated(), "{error}");
    }
    let (data, _) = b.recvfrom_into_with_flags(&mut small, MSG_TRUNC).unwrap();
    assert_eq!((data.is_truncated(), data.full_len()), (true, 10));
    let (data, _) = b.recvfrom(4).unwrap();
    assert_eq!((data.is_truncated(), data.full_len()), (true, 10));
    let (data, _) = b.recvfrom_into(&mut small).unwrap();
    assert_eq!((data.is_truncated(), data.full_len()), (true, 10));
    let (data, _) = b.recvfrom(0).unwrap();
    assert_eq!((data.len(), data.full_len()), (0, 10));
    assert_eq!(b.recv(10).unwrap(), b"0123456789", "exact room is enough");
}

#[test]
fn a_datagram_is_its_bytes() {
    let (a, b) = udp_pair();
    for _ in 0..2 {
        assert_eq!(a.send(b"0123456789").unwrap(), 10);
    }
    let (cut, _) = b.recvfrom(4).unwrap();
    let (whole, _) = b.recvfrom(10).unwrap();
    assert_eq!(format!("{cut:?}"), r#"b"0123" (cut, 10 bytes were sent)"#);
    assert_eq!(format!("{whole:?}"), r#"b"0123456789""#);
    assert!(cut == b"0123" && cut != b"0124" && cut != b"0123456789");
    assert_eq!(AsRef::<[u8]>::as_ref(&cut), b"0123");
    assert_eq!(Vec::from(cut), b"0123");
}

#[test]
fn recv_of_nothing_takes_nothing_and_recvfrom_of_nothing_takes_one() {
    let (a, b) = udp_pair();
    a.sendall(b"one").unwrap();
    a.sendall(b"two").unwrap();
    assert_eq!(b.recv(0).unwrap(), b"");
    assert_eq!(b.recvfrom(0).unwrap().0.full_len(), 3);
    assert_eq!(b.recv(10).unwrap(), b"two");
}

#[test]
fn too_long_a_datagram_is_an_error_and_the_longest_arrives() {
    let (a, b) = udp_pair();
    let longest = vec![7; 65_507];
    let error = a.send(&[7; 65_508]).unwrap_err();
    assert_eq!(error.errno(), Some(EMSGSIZE));
    let error = a.sendall(&[7; 65_508]).unwrap_err();
    assert_eq!((error.errno(), error.sent()), (Some(EMSGSIZE), 0));
    let to = b.getsockname().unwrap();
    let error = Socket::udp()
        .unwrap()
        .sendto(&[7; 70_000], &to)
        .unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("sendto", Some(EMSGSIZE))
    );
    assert!(error.to_string().contains(&to.to_string()), "{error}");
    a.sendall(&longest).unwrap();
    assert_eq!(b.recv(65_507).unwrap(), longest);
}

/// ICMP says that nobody is there; it comes as the error of a later call.
#[cfg(target_os = "linux")]
#[test]
fn nobody_at_the_port_is_told_to_a_connected_socket() {
    let nobody = udp().getsockname().unwrap();
    let socket = Socket::udp().unwrap();
    socket.connect(&nobody).unwrap();
    socket.sendall(b"anybody?").unwrap();
    let error = socket.recv(1).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("recv", Some(ECONNREFUSED))
    );
    socket.sendall(b"anybody?").unwrap();
    let error = socket.recvfrom(1).map(drop).unwrap_err();
    assert_eq!(error.errno(), Some(ECONNREFUSED));
    // Without connect nobody tells.
    let socket = udp();
    assert_eq!(socket.sendto(b"anybody?", &nobody).unwrap(), 8);
    assert_eq!(socket.sendto(b"anybody?", &nobody).unwrap(), 8);
    let error = socket.recvfrom_with_flags(1, MSG_DONTWAIT).unwrap_err();
    assert!(error.is_would_block());
}

#[test]
fn over_a_connection_there_is_no_sender() {
    let (a, b) = tcp_pair();
    a.sendall(b"hello").unwrap();
    let (data, from) = b.recvfrom(3).unwrap();
    assert_eq!((&*data, from), (&b"hel"[..], Address::Unnamed));
    assert!(!data.is_truncated(), "the rest is there");
    assert_eq!(b.recvfrom_into(&mut [0; 9]).unwrap().0, b"lo");
    a.close();
    assert_eq!(b.recvfrom(9).unwrap().0, b"");
}

#[test]
fn broadcast_needs_leave() {
    let socket = Socket::udp().unwrap();
    let error = socket.sendto(b"x", ("255.255.255.255", 9)).unwrap_err();
    assert!(
        matches!(error.errno(), Some(EACCES | ENETUNREACH)),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_bad_address_is_an_error_before_anything_is_sent() {
    let socket = Socket::udp().unwrap();
    let bad = |error: Error, value: &str| {
        assert_eq!(error.call(), "sendto");
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains(value), "{error}");
        assert_eq!(socket.getsockname().unwrap().port(), Some(0));
    };
    bad(socket.sendto(b"x", ("::1", 9)).unwrap_err(), "::1");
    bad(socket.sendto(b"x", "127.0.0.1").unwrap_err(), "127.0.0.1");
    bad(socket.sendto(b"x", "127.0.0.1:65536").unwrap_err(), "65536");
    bad(socket.sendto(b"x", "127.0.0.1:+9").unwrap_err(), "+9");
    let path = std::path::Path::new("/tmp/phone");
    bad(socket.sendto(b"x", path).unwrap_err(), "/tmp/phone");
    bad(
        socket.sendto(b"x", Address::Unnamed).unwrap_err(),
        "no address",
    );
    let error = socket.sendto(b"x", ("nobody.invalid", 9)).unwrap_err();
    assert!(error.is_unresolved(), "{error}");
    assert!(error.to_string().contains("nobody.invalid"));
}

/// With SO_PEEK_OFF a peek begins in the middle of the datagram, and MSG_TRUNC has the kernel count
/// it from its beginning.
#[cfg(target_os = "linux")]
#[test]
fn a_peek_from_the_middle_hands_out_no_old_memory() {
    const SIZE: usize = 1000;
    const OFFSET: usize = 600;
    for (a, b) in [
        udp_pair(),
        socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap(),
        socketpair_with(AF_UNIX, SOCK_SEQPACKET, 0).unwrap(),
    ] {
        a.sendall(&[b'x'; SIZE]).unwrap();
        let prepare = || {
            set_foreign_option(&b, libc::SOL_SOCKET, libc::SO_PEEK_OFF, OFFSET as i32);
            drop(vec![b's'; SIZE]); // the allocator gives it out again
        };
        prepare();
        let data = b.recv_with_flags(SIZE, MSG_PEEK).unwrap();
        assert_eq!(data, [b'x'; SIZE - OFFSET]);
        prepare();
        let mut buffer = [b'-'; SIZE];
        let len = b.recv_into_with_flags(&mut buffer, MSG_PEEK).unwrap();
        assert_eq!(len, SIZE - OFFSET);
        assert!(buffer[len..].iter().all(|byte| *byte == b'-'));
        // With the true length there may be more than was written: zeros.
        for flags in [MSG_PEEK, MSG_PEEK | MSG_TRUNC] {
            prepare();
            let (data, _) = b.recvfrom_with_flags(SIZE, flags).unwrap();
            assert!(data.starts_with(&[b'x'; SIZE - OFFSET]));
            assert!(data[SIZE - OFFSET..].iter().all(|byte| *byte == 0));
        }
        prepare();
        let data = b.recv_with_flags(SIZE, MSG_PEEK | MSG_TRUNC).unwrap();
        assert!(data.iter().all(|byte| [b'x', 0].contains(byte)));
        // A number without a name here may be any of them.
        prepare();
        let unnamed = MsgFlags::from_bits(libc::MSG_PEEK as u32 | 0x0100_0000);
        let data = b.recv_with_flags(SIZE, unnamed).unwrap();
        assert!(data.iter().all(|byte| [b'x', 0].contains(byte)));
    }
}

/// What is in the error queue was sent by this socket, and the kernel cuts it without a word.
#[cfg(target_os = "linux")]
#[test]
fn what_is_cut_in_the_error_queue_is_told() {
    let socket = udp();
    set_foreign_option(&socket, libc::IPPROTO_IP, libc::IP_RECVERR, 1);
    let nobody = nobody_on_udp();
    let fail_with = |data: &[u8]| {
        socket.sendto(data, &nobody).unwrap();
        until_gone(&socket);
        // The error is told once, and the datagram stays in the queue.
        assert_eq!(
            socket.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(),
            ECONNREFUSED
        );
    };
    let fail = || fail_with(&[b'x'; 56]);
    fail();
    let error = socket.recv_with_flags(10, MSG_ERRQUEUE).unwrap_err();
    assert!(error.is_truncated(), "{error}");
    assert_eq!(error.received(), [b'x'; 10]);
    let mut small = [0; 10];
    fail();
    let error = socket
        .recv_into_with_flags(&mut small, MSG_ERRQUEUE)
        .unwrap_err();
    assert!(error.is_truncated(), "{error}");
    assert_eq!(small, [b'x'; 10]);
    fail();
    let (data, to) = socket.recvfrom_with_flags(10, MSG_ERRQUEUE).unwrap();
    assert_eq!((data.len(), data.full_len()), (10, 56));
    assert!(data.is_truncated());
    assert_eq!(to, nobody, "the address is the one it was sent to");
    fail();
    let (data, _) = socket
        .recvfrom_into_with_flags(&mut small, MSG_ERRQUEUE)
        .unwrap();
    assert_eq!((data.len(), data.full_len()), (10, 56));
    fail();
    let whole = socket.recv_with_flags(56, MSG_ERRQUEUE).unwrap();
    assert_eq!(whole, [b'x'; 56]);
    // Into several buffers, in order.
    let numbers: Vec<u8> = (0..56).collect();
    for room in [56, 10] {
        fail_with(&numbers);
        let (mut one, mut two) = ([0; 4], vec![0; room - 4]);
        let mut parts = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
        let (len, _, flags, _) = socket
            .recvmsg_into_with_flags(&mut parts, 100, MSG_ERRQUEUE)
            .unwrap();
        assert_eq!(len, room);
        assert_eq!([&one[..], &two].concat(), numbers[..room]);
        assert_eq!(flags.contains(MSG_TRUNC), room < 56);
    }
}
