//! sendfile: a file, a part of it, and what the kernel cannot send.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::thread;
use std::time::Duration;

use socketbook::*;

use crate::support::*;

/// Sends with `send` while another thread reads; returns what was returned and what arrived.
fn sent<T>(send: impl FnOnce(&Socket) -> T) -> (T, Vec<u8>) {
    let (a, b) = tcp_pair();
    thread::scope(|scope| {
        let reader = scope.spawn(|| drain(&b));
        let outcome = send(&a);
        a.shutdown(SHUT_WR).unwrap();
        (outcome, reader.join().unwrap())
    })
}

#[test]
fn a_whole_file_and_parts_of_it() {
    let bytes = pattern(0, 3 << 20);
    let file = file_with(&bytes);
    let len = bytes.len();
    for (offset, count, from, to) in [
        (0, None, 0, len),
        (0, Some(0), 0, 0),
        (0, Some(1), 0, 1),
        (4095, Some(4098), 4095, 8193),
        (len as u64 - 1, None, len - 1, len),
        (5, Some(u64::MAX), 5, len),
        (len as u64, None, len, len),
        (len as u64 + 1_000_000, Some(1), len, len),
    ] {
        let (outcome, arrived) = sent(|a| a.sendfile(&file, offset, count));
        assert_eq!(outcome.unwrap() as usize, to - from, "{offset} {count:?}");
        assert!(arrived == bytes[from..to], "{offset} {count:?}");
    }
}

#[test]
fn the_position_of_the_file_is_not_used_and_stays() {
    let mut file = file_with(b"0123456789");
    file.seek(SeekFrom::Start(7)).unwrap();
    let (outcome, arrived) = sent(|a| a.sendfile(&file, 2, Some(3)));
    assert_eq!((outcome.unwrap(), &arrived[..]), (3, &b"234"[..]));
    assert_eq!(file.stream_position().unwrap(), 7);
}

#[test]
fn several_threads_send_one_file() {
    let bytes = pattern(0, 1 << 20);
    let file = file_with(&bytes);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (outcome, arrived) = sent(|a| a.sendfile(&file, 0, None));
                assert!(outcome.unwrap() == 1 << 20 && arrived == bytes);
            });
        }
    });
}

#[test]
fn under_a_timeout_it_waits_for_room() {
    let bytes = pattern(0, 8 << 20);
    let file = file_with(&bytes);
    let (outcome, arrived) = sent(|a| {
        a.settimeout(Duration::from_secs(60)).unwrap();
        a.sendfile(&file, 0, None)
    });
    assert!(outcome.unwrap() == 8 << 20 && arrived == bytes);
}

#[test]
fn one_deadline_and_what_had_gone_out() {
    let file = file_with(&pattern(0, 8 << 20));
    let (a, b) = socketpair().unwrap();
    let soon = Duration::from_millis(20);
    a.settimeout(soon).unwrap();
    let error = must_time_out(soon, || a.sendfile(&file, 0, None));
    assert_eq!(error.call(), Call::Sendfile);
    let sent = error.sent();
    assert!(sent > 0);
    a.close();
    assert_eq!(drain(&b), pattern(0, sent));
}

/// What is read and sent in parts is counted, too.
#[test]
fn what_had_gone_out_of_a_pipe_is_counted() {
    let (far, mut near) = pipe();
    let (a, b) = socketpair().unwrap();
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096).unwrap();
    let soon = Duration::from_millis(20);
    a.settimeout(soon).unwrap();
    let all = pattern(0, 32 << 10);
    let written = all.clone();
    // It ends when no one reads any more.
    let writer = thread::spawn(move || near.write_all(&written));
    let error = must_time_out(soon, || a.sendfile(&far, 0, None));
    drop(far);
    let _ = writer.join().unwrap();
    let sent = error.sent();
    assert!(sent > 0);
    a.close();
    assert_eq!(drain(&b), all[..sent]);
}

#[test]
fn a_slow_peer_does_not_stretch_the_deadline() {
    let file = file_with(&pattern(0, 8 << 20));
    let (a, b) = socketpair().unwrap();
    a.settimeout(Duration::from_millis(100)).unwrap();
    thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // Some room every few milliseconds, as long as the other side sends.
            while stopped.recv_timeout(Duration::from_millis(5)).is_err() {
                if b.recv(16 * 1024).unwrap().is_empty() {
                    return;
                }
            }
        });
        must_time_out(Duration::from_millis(100), || a.sendfile(&file, 0, None));
        stop.send(()).unwrap();
    });
}

#[test]
fn what_the_kernel_cannot_send_is_read() {
    // A pipe, a socket, and a file that is made while it is read.
    let (mut near, far) = {
        let (far, near) = pipe();
        (near, far)
    };
    near.write_all(b"out of a pipe").unwrap();
    drop(near);
    let (outcome, arrived) = sent(|a| a.sendfile(&far, 0, None));
    assert_eq!(
        (outcome.unwrap(), &arrived[..]),
        (13, &b"out of a pipe"[..])
    );

    let bytes = pattern(0, 200_000);
    let (near, far) = socketpair().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            near.sendall(&bytes).unwrap();
            near.shutdown(SHUT_WR).unwrap();
        });
        let (outcome, arrived) = sent(|a| a.sendfile(&far, 0, Some(150_000)));
        assert!(outcome.unwrap() == 150_000 && arrived == bytes[..150_000]);
        let (outcome, arrived) = sent(|a| a.sendfile(&far, 0, None));
        assert!(outcome.unwrap() == 50_000 && arrived == bytes[150_000..]);
    });

    let mut expected = Vec::new();
    let file = File::open("/proc/self/status").unwrap();
    (&file).read_to_end(&mut expected).unwrap();
    let (outcome, arrived) = sent(|a| a.sendfile(&file, 0, Some(20)));
    assert_eq!((outcome.unwrap(), &arrived[..]), (20, &expected[..20]));
    let (outcome, arrived) = sent(|a| a.sendfile(&file, 6, Some(14)));
    assert_eq!((outcome.unwrap(), &arrived[..]), (14, &expected[6..20]));
}

#[test]
fn what_is_refused() {
    let file = file_with(b"0123456789");
    // Not a stream; one that never waits.
    let error = udp().sendfile(&file, 0, None).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    let (a, b) = tcp_pair();
    a.setblocking(false).unwrap();
    let error = a.sendfile(&file, 0, None).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    a.setblocking(true).unwrap();
    // No places in a pipe, no bytes in a folder, not open for reading, no such offset.
    let (far, _near) = pipe();
    let error = a.sendfile(&far, 1, None).unwrap_err();
    assert_eq!(error.errno(), Some(ESPIPE));
    let folder = File::open("/").unwrap();
    let error = a.sendfile(&folder, 0, None).unwrap_err();
    assert_eq!(error.errno(), Some(EISDIR));
    let null = File::options().write(true).open("/dev/null").unwrap();
    let error = a.sendfile(&null, 0, None).unwrap_err();
    assert_eq!(error.errno(), Some(EBADF));
    let error = a.sendfile(&file, u64::MAX, None).unwrap_err();
    assert_eq!(error.errno(), Some(EINVAL));
    // Not connected.
    let error = Socket::tcp().unwrap().sendfile(&file, 0, None).unwrap_err();
    assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
    a.close();
    assert_eq!(drain(&b), b"", "nothing had gone out");
}

#[test]
fn a_peer_that_closes_half_way() {
    for timeout in [None, Some(Duration::from_secs(60))] {
        let file = file_with(&pattern(0, 8 << 20));
        let (a, b) = tcp_pair();
        a.settimeout(timeout).unwrap();
        let error = once_blocked(
            || a.sendfile(&file, 0, None),
            || {
                assert_eq!(b.recv(100).unwrap(), pattern(0, 100));
                b.close();
            },
        );
        let error = error.unwrap_err();
        assert!(error.is_disconnect(), "{error}");
        assert!(error.sent() > 0);
        let error = a.sendfile(&file, 0, None).unwrap_err();
        assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
        // By reading and sending too.
        let (reader, mut writer) = pipe();
        writer.write_all(b"x").unwrap();
        let error = a.sendfile(&reader, 0, None).unwrap_err();
        assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
    }
}

#[test]
fn a_file_that_shrinks_ends_there() {
    let file = file_with(&pattern(0, 8 << 20));
    let (a, b) = socketpair().unwrap();
    let outcome = thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let outcome = a.sendfile(&file, 0, None);
            a.shutdown(SHUT_WR).unwrap();
            outcome
        });
        b.recv(1).unwrap();
        file.set_len(1 << 20).unwrap();
        drain(&b);
        sender.join().unwrap()
    });
    assert!(outcome.unwrap() < 8 << 20);
}
