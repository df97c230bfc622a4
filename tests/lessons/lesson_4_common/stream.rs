//! Lesson 4, talking over a connection: recv, recv_into, send, sendall.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::support::*;
use socketbook::*;

#[test]
fn recv_gives_what_there_is_in_any_pieces() {
    let (a, b) = tcp_pair();
    a.sendall(b"hello world").unwrap();
    assert_eq!(b.recv(0).unwrap(), b"");
    assert_eq!(b.recv_with_flags(5, MSG_PEEK).unwrap(), b"hello");
    assert_eq!(b.recv(5).unwrap(), b"hello");
    let mut buffer = [b'-'; 8];
    assert_eq!(b.recv_into(&mut []).unwrap(), 0);
    assert_eq!(b.recv_into(&mut buffer[..2]).unwrap(), 2);
    assert_eq!(&buffer, b" w------");
    assert_eq!(b.recv_into(&mut buffer).unwrap(), 4);
    assert_eq!(&buffer, b"orld----");
    a.close();
    for _ in 0..2 {
        assert_eq!(b.recv(5).unwrap(), b"", "the end, again and again");
        assert_eq!(b.recv_into(&mut buffer).unwrap(), 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_size_beyond_all_memory_is_an_error() {
    let (a, b) = tcp_pair();
    a.sendall(b"still here").unwrap();
    let mut sizes = vec![usize::MAX, isize::MAX as usize + 1];
    // With addresses of 32 bits there may be room for the half of them.
    if usize::BITS == 64 {
        sizes.extend([isize::MAX as usize, usize::MAX >> 4]);
    }
    for size in sizes {
        for error in [
            b.recv(size).unwrap_err(),
            b.recv_with_flags(size, MSG_PEEK).unwrap_err(),
            b.recv_with_flags(size, MSG_TRUNC).unwrap_err(),
            b.recvfrom(size).map(drop).unwrap_err(),
            b.recvfrom_with_flags(size, MSG_PEEK).map(drop).unwrap_err(),
            b.makefile(RB.unbuffered()).read1(size).unwrap_err(),
            b.makefile(RB.buffer_size(size))
                .readline()
                .map(drop)
                .unwrap_err(),
            b.makefile(WB.buffer_size(size)).write(b"x").unwrap_err(),
        ] {
            assert_eq!(error.errno(), Some(ENOMEM), "{error}");
            assert!(error.to_string().contains(&size.to_string()), "{error}");
        }
    }
    assert_eq!(b.recv(100).unwrap(), b"still here");
}

/// The memory that a receive hands out holds what the kernel wrote there, or nothing.
#[cfg(target_os = "linux")]
#[test]
fn msg_trunc_on_a_stream_hands_out_no_old_memory() {
    let (a, b) = tcp_pair();
    const SIZE: usize = 4096;
    for flags in [MSG_TRUNC, MSG_TRUNC | MSG_PEEK] {
        a.sendall(&[b'x'; SIZE]).unwrap();
        assert_eq!(
            b.recv_with_flags(SIZE, MSG_PEEK | MSG_WAITALL)
                .unwrap()
                .len(),
            SIZE
        );
        drop(vec![b's'; SIZE]); // the allocator gives it out again
        assert_eq!(b.recv_with_flags(SIZE, flags).unwrap(), [0; SIZE]);

        a.sendall(&[b'x'; SIZE]).unwrap();
        b.recv_with_flags(SIZE, MSG_PEEK | MSG_WAITALL).unwrap();
        drop(vec![b's'; SIZE]);
        assert_eq!(b.recvfrom_with_flags(SIZE, flags).unwrap().0, [0; SIZE]);
    }
    // Into a buffer of the caller's own it says how many were thrown away.
    let mut buffer = [b'-'; 16];
    assert_eq!(b.recv_into_with_flags(&mut buffer, MSG_TRUNC).unwrap(), 16);
    assert_eq!(&buffer, &[b'-'; 16]);
}

#[cfg(target_os = "linux")]
#[test]
fn flags_are_added_up() {
    let both = MSG_PEEK | MSG_TRUNC;
    assert_eq!(both.bits(), 0x22);
    assert_eq!(MsgFlags::from_bits(0x22), both);
    assert_eq!(both | MSG_PEEK, both, "one may be given twice");
    let mut flags = MSG_PEEK;
    flags |= both;
    assert_eq!(flags, both);
    flags &= MSG_TRUNC | MSG_OOB;
    assert_eq!(flags, MSG_TRUNC);
    assert_eq!(both & MSG_PEEK, MSG_PEEK);
    assert_eq!(both & MSG_OOB, MsgFlags::NONE);
    assert_eq!(both - MSG_PEEK, MSG_TRUNC);
    assert_eq!(both - MSG_OOB, both);
    assert_eq!(both ^ MSG_PEEK, MSG_TRUNC);
    assert_eq!(MSG_TRUNC ^ MSG_PEEK, both);
    assert_eq!(both & !MSG_PEEK, MSG_TRUNC);
    assert_eq!((!both).bits(), !0x22);
    assert!(both.contains(MSG_PEEK) && !MSG_PEEK.contains(both));
    assert!(MsgFlags::NONE.is_empty() && !both.is_empty());
    assert_eq!(MsgFlags::default(), MsgFlags::NONE);
    assert_eq!(
        format!("{:?}", both | MsgFlags::from_bits(1 << 28)),
        "MSG_PEEK | MSG_TRUNC | 0x10000000"
    );
    assert_eq!(format!("{:?}", MsgFlags::NONE), "0x0");
}

#[cfg(target_os = "linux")]
#[test]
fn msg_trunc_and_peek_together() {
    for (family, kind) in [(AF_UNIX, SOCK_DGRAM), (AF_UNIX, SOCK_SEQPACKET)] {
        let (a, b) = socketpair_with(family, kind, 0).unwrap();
        let mut buffer = [0; 4];
        assert_eq!(a.send(b"0123456789").unwrap(), 10);
        assert_eq!(b.recv_with_flags(4, MSG_TRUNC | MSG_PEEK).unwrap(), b"0123");
        assert_eq!(b.recv_with_flags(4, MSG_PEEK).unwrap(), b"0123");
        let peek = b.recv_into_with_flags(&mut buffer, MSG_PEEK).unwrap();
        assert_eq!(
            peek, 4,
            "who did not ask for the true length gets none beyond the buffer"
        );
        let both = MSG_TRUNC | MSG_PEEK;
        assert_eq!(b.recv_into_with_flags(&mut buffer, both).unwrap(), 10);
        let (data, _) = b.recvfrom_with_flags(4, both).unwrap();
        assert_eq!((&*data, data.full_len()), (&b"0123"[..], 10));
        let error = b.recv_into(&mut buffer).unwrap_err();
        assert!(error.is_truncated());
        assert_eq!(&buffer, b"0123");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn msg_waitall_waits_for_the_whole_buffer() {
    let (a, b) = tcp_pair();
    a.sendall(b"first ").unwrap();
    let data = once_blocked(
        || b.recv_with_flags(12, MSG_WAITALL),
        || a.sendall(b"second").unwrap(),
    );
    assert_eq!(data.unwrap(), b"first second");
    // Under a timeout the kernel does not, as its documentation says: what there is comes at once.
    b.settimeout(Duration::from_secs(60)).unwrap();
    a.sendall(b"part").unwrap();
    assert_eq!(b.recv_with_flags(12, MSG_WAITALL).unwrap(), b"part");
}

#[test]
fn urgent_data() {
    let (a, b) = tcp_pair();
    let error = b.recv_with_flags(1, MSG_OOB).unwrap_err();
    assert_eq!(error.errno(), Some(EINVAL), "there is none");

    b.settimeout(Duration::from_secs(60)).unwrap();
    assert_eq!(a.send_with_flags(b"ab!", MSG_OOB).unwrap(), 3);
    assert_eq!(
        b.recv(16).unwrap(),
        b"ab",
        "the last byte is the urgent one"
    );
    assert_eq!(b.recv_with_flags(1, MSG_OOB).unwrap(), b"!");
    a.sendall(b"and on").unwrap();
    assert_eq!(b.recv(16).unwrap(), b"and on");
    let error = udp_pair().0.send_with_flags(b"!", MSG_OOB).unwrap_err();
    assert_eq!(error.errno(), Some(EOPNOTSUPP));
}

#[test]
fn send_may_be_short_and_sendall_is_not() {
    let (a, b) = tcp_pair();
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096).unwrap();
    let data: Vec<u8> = (0..1 << 20).map(|i: u32| (i / 3) as u8).collect();
    a.setblocking(false).unwrap();
    let sent = a.send(&data).unwrap();
    assert!(0 < sent && sent < data.len());
    a.setblocking(true).unwrap();
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&b));
        a.sendall(&data[sent..]).unwrap();
        a.shutdown(SHUT_WR).unwrap();
        assert!(reader.join().unwrap() == data);
    });
}

#[test]
fn what_was_sent_is_counted_whatever_ends_it() {
    // The peer reads some and goes: the rest of what it got stays unread, so it resets.
    let (a, b) = tcp_pair();
    thread::scope(|scope| {
        scope.spawn(|| {
            b.recv(1000).unwrap();
            reset(b);
        });
        let data = vec![b'x'; 64 << 20];
        let error = a.sendall(&data).unwrap_err();
        assert!(error.is_disconnect(), "{error}");
        assert!(error.sent() >= 1000 && error.sent() < data.len());
        assert!(error.to_string().contains(&error.sent().to_string()));
    });
    // Nothing went out: nothing is counted.
    let error = Socket::tcp().unwrap().sendall(b"x").unwrap_err();
    assert_eq!((error.sent(), error.is_disconnect()), (0, true), "{error}");
}

#[test]
fn nothing_at_all_can_be_sent() {
    let (a, b) = tcp_pair();
    assert_eq!(a.send(b"").unwrap(), 0);
    a.sendall(b"").unwrap();
    a.sendall(b"x").unwrap();
    assert_eq!(b.recv(16).unwrap(), b"x", "an empty send is no end");
}

#[cfg(target_os = "linux")]
#[test]
fn before_it_is_connected() {
    let tcp = Socket::tcp().unwrap();
    let error = tcp.recv(1).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("recv", Some(ENOTCONN))
    );
    assert_eq!(tcp.send(b"x").unwrap_err().errno(), Some(EPIPE));
    let udp = Socket::udp().unwrap();
    assert_eq!(udp.send(b"x").unwrap_err().errno(), Some(EDESTADDRREQ));
    let unix = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    assert_eq!(unix.recv(1).unwrap_err().errno(), Some(EINVAL));
    assert_eq!(unix.send(b"x").unwrap_err().errno(), Some(ENOTCONN));
}

#[test]
fn read_and_write_of_std() {
    let (a, b) = tcp_pair();
    let (mut writer, mut reader) = (&a, &b);
    write!(writer, "{} two", 1).unwrap();
    writer.write_all(b"\n").unwrap();
    writer.flush().unwrap();
    let mut line = [0; 6];
    reader.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"1 two\n");
    a.shutdown(SHUT_WR).unwrap();
    let mut owned = b;
    assert_eq!(owned.write(b"ba").unwrap(), 2);
    owned.write_all(b"ck").unwrap();
    assert_eq!(owned.read_to_end(&mut Vec::new()).unwrap(), 0);
    owned.settimeout(Duration::from_millis(1)).unwrap();
    drop(owned);
    let mut rest = String::new();
    (&a).read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "back");

    let (a, mut b) = tcp_pair();
    b.settimeout(Duration::from_millis(1)).unwrap();
    let error = b.read(&mut line).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    b.setblocking(false).unwrap();
    let error = b.read(&mut line).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(error.raw_os_error(), Some(EAGAIN.raw()));
    drop(a);
}

#[test]
fn eight_threads_share_one_socket() {
    const EACH: usize = 2000;
    let (a, b) = tcp_pair();
    let got = [const { AtomicUsize::new(0) }; 8];
    thread::scope(|scope| {
        let senders: Vec<_> = (0..8u8)
            .map(|name| {
                let a = &a;
                scope.spawn(move || (0..EACH).for_each(|_| a.sendall(&[name]).unwrap()))
            })
            .collect();
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let data = b.recv(100).unwrap();
                    if data.is_empty() {
                        return;
                    }
                    for name in data {
                        got[usize::from(name)].fetch_add(1, SeqCst);
                    }
                }
            });
        }
        for sender in senders {
            sender.join().unwrap();
        }
        a.shutdown(SHUT_WR).unwrap();
    });
    assert_eq!(got.map(AtomicUsize::into_inner), [EACH; 8]);
}
