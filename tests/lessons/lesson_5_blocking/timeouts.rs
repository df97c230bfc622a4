//! Lesson 5, blocking and timeouts: one deadline for the whole of a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::*;
use socketbook::*;

const ASKED: Duration = Duration::from_millis(50);

#[test]
fn sendall_has_one_deadline_however_the_peer_dribbles() {
    let (a, b) = tcp_pair();
    a.settimeout(ASKED).unwrap();
    let data: Vec<u8> = (0..32 << 20).map(|i: u32| (i / 7) as u8).collect();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            // Reads on and on: were the deadline for each wait, sendall would end with the data.
            let mut read = Vec::new();
            while !over.load(SeqCst) {
                read.extend(b.recv(32 * 1024).unwrap());
                thread::sleep(Duration::from_millis(1)); // the dribble itself
            }
            read
        });
        let error = must_time_out(ASKED, || a.sendall(&data));
        over.store(true, SeqCst);
        a.shutdown(SHUT_WR).unwrap();
        let mut read = reader.join().unwrap();
        read.extend(drain(&b));
        assert!(read.len() < data.len());
        assert_eq!(error.sent(), read.len(), "exactly what arrives");
        assert!(read == data[..read.len()], "and the right bytes");
    });
}

#[test]
fn sendall_that_never_waits_says_how_much_went_out() {
    let (a, b) = tcp_pair();
    a.setblocking(false).unwrap();
    let error = a.sendall(&vec![b'x'; 32 << 20]).unwrap_err();
    assert!(error.is_would_block());
    assert!(error.sent() > 0);
    a.close();
    assert_eq!(drain(&b).len(), error.sent());
}

#[test]
fn a_slow_line_meets_one_deadline_and_stays_readable() {
    let (a, b) = tcp_pair();
    b.settimeout(ASKED).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let dribbler = scope.spawn(|| {
            let mut sent = 0;
            while !over.load(SeqCst) {
                a.sendall(b"abcdefgh").unwrap();
                sent += 8;
                thread::sleep(Duration::from_micros(500)); // the dribble itself
            }
            a.shutdown(SHUT_WR).unwrap();
            sent
        });
        let mut file = b.makefile(RB);
        must_time_out(ASKED, || file.readline().map(drop));
        over.store(true, SeqCst);
        let sent = dribbler.join().unwrap();
        let there = file.buffer().to_vec();
        assert_eq!(file.read(there.len()).unwrap(), there, "what had arrived");
        let error = file.readline().unwrap_err();
        assert!(
            error.is_file_timed_out(),
            "a file refuses after a timeout: {error}"
        );
        drop(file);
        assert_eq!(there.len() + drain(&b).len(), sent, "the socket does not");
    });
}

#[test]
fn a_flood_without_end_meets_the_deadline() {
    // Data is always there, so no receive ever has to wait.
    let (a, b) = tcp_pair();
    b.settimeout(ASKED).unwrap();
    thread::scope(|scope| {
        scope.spawn(move || while a.sendall(&[b'x'; 65536]).is_ok() {});
        let mut file = b.makefile(RB.limit(usize::MAX));
        let start = Instant::now();
        let error = file.readline().map(<[u8]>::len).unwrap_err();
        assert!(start.elapsed() >= ASKED);
        assert!(error.is_timeout(), "{error}");
        // And the file has timed out, however the deadline was noticed.
        let there = file.buffer().len();
        let more = file.read(there + 1).map(|data| data.len());
        assert!(more.unwrap_err().is_file_timed_out());
        assert_eq!(file.read(there).unwrap().len(), there);
        drop(file);
        reset(b);
    });
}

#[test]
fn a_call_that_never_had_to_wait_meets_the_deadline_too() {
    let (a, b) = socketpair().unwrap();
    a.sendall(&[b'x'; 100_000]).unwrap();
    b.settimeout(Duration::from_nanos(1)).unwrap();
    // Each in many receives: the time is over long before the last.
    let mut left = 100_000;
    for (mode, line) in [
        (RB.buffer_size(1), true),
        (RB.unbuffered(), true),
        (RB.buffer_size(1), false),
    ] {
        let mut file = b.makefile(mode);
        let error = match line {
            true => file.readline().map(drop),
            false => file.read(left).map(drop),
        }
        .unwrap_err();
        assert!(error.is_timeout(), "{error}");
        let there = file.buffer().len();
        assert!(there < left / 2, "{there} of {left} bytes");
        assert!(
            file.readline().unwrap_err().is_file_timed_out(),
            "from now on"
        );
        left -= there;
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_timeout_of_zero_never_waits_and_none_never_ends() {
    let (a, b) = tcp_pair();
    b.settimeout(Duration::ZERO).unwrap();
    let error = b.recv(1).unwrap_err();
    assert!(error.is_would_block() && !error.is_timeout());
    assert_eq!(error.errno(), Some(EAGAIN));
    assert!(!b.getblocking());

    b.settimeout(None).unwrap();
    let data = once_blocked(|| b.recv(16), || a.sendall(b"now").unwrap());
    assert_eq!(data.unwrap(), b"now");
}

#[cfg(target_os = "linux")]
#[test]
fn too_long_a_timeout_is_refused_and_changes_nothing() {
    let socket = Socket::tcp().unwrap();
    socket.settimeout(ASKED).unwrap();
    for timeout in [Duration::MAX, Duration::from_nanos(1 << 63)] {
        let error = socket.settimeout(timeout).unwrap_err();
        assert!(error.is_bad_input());
        assert_eq!(error.call(), "settimeout");
        assert!(error.to_string().contains(&format!("{timeout:?}")));
        assert_eq!(socket.gettimeout(), Some(ASKED));

        let error = setdefaulttimeout(timeout).unwrap_err();
        assert!(error.is_bad_input());
        assert_eq!(error.call(), "setdefaulttimeout");
        for options in [
            ConnectionOptions::new().timeout(timeout),
            ConnectionOptions::new().total(timeout),
        ] {
            let error = create_connection_with(nobody(), &options).unwrap_err();
            assert!(error.is_bad_input());
            assert_eq!(error.call(), "create_connection");
        }
    }
    // The longest does not overflow when a call has to wait.
    let (a, b) = tcp_pair();
    let longest = Duration::from_nanos(i64::MAX as u64);
    b.settimeout(longest).unwrap();
    assert_eq!(b.gettimeout(), Some(longest));
    let data = once_blocked(|| b.recv(16), || a.sendall(b"now").unwrap());
    assert_eq!(data.unwrap(), b"now");
}

#[cfg(target_os = "linux")]
#[test]
fn an_accepted_socket_does_not_inherit() {
    let phone = create_server(LOCAL).unwrap();
    for timeout in [Some(ASKED), Some(Duration::ZERO)] {
        phone.settimeout(timeout).unwrap();
        let caller = create_connection(phone.getsockname().unwrap()).unwrap();
        let (conn, _) = phone.accept().unwrap();
        assert_eq!(conn.gettimeout(), None);
        let conn = std::net::TcpStream::try_from(conn).unwrap();
        // Were it non-blocking, this would be an error at once.
        let read = || std::io::Read::read(&mut &conn, &mut [0; 4]);
        let got = once_blocked(read, || caller.sendall(b"x").unwrap());
        assert_eq!(got.unwrap(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_duplicate_does_not_take_the_timeout_away() {
    let (_a, b) = socketpair().unwrap();
    b.settimeout(ASKED).unwrap();
    let other = b.dup().unwrap();
    assert_eq!(other.gettimeout(), Some(ASKED));
    other.settimeout(None).unwrap(); // the open socket is blocking now, for both
    must_time_out(ASKED, || b.recv(16));
    must_time_out(ASKED, || b.recv_into(&mut [0; 16]));
    must_time_out(ASKED, || b.recvfrom(16));
    must_time_out(ASKED, || b.makefile(RB).readline().map(drop));
    fill(&b);
    must_time_out(ASKED, || b.sendall(b"x"));
    must_time_out(ASKED, || b.send(b"x"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_duplicate_does_not_take_the_waiting_away() {
    let (a, b) = socketpair().unwrap();
    let phone = create_server(LOCAL).unwrap();
    // The open sockets are non-blocking from here on; these two shall wait all the same.
    b.dup().unwrap().settimeout(ASKED).unwrap();
    phone.dup().unwrap().setblocking(false).unwrap();
    assert_eq!((b.gettimeout(), phone.gettimeout()), (None, None));
    let data = once_blocked(|| b.recv(16), || a.sendall(b"now").unwrap());
    assert_eq!(data.unwrap(), b"now");
    let caller = Socket::tcp().unwrap();
    caller.dup().unwrap().settimeout(ASKED).unwrap();
    let call = || caller.connect(phone.getsockname().unwrap()).unwrap();
    once_blocked(|| phone.accept(), call).unwrap();
    let filled = fill(&b);
    let read = || {
        let mut left = filled;
        while left > 0 {
            left -= a.recv(left).unwrap().len();
        }
    };
    once_blocked(|| b.sendall(b"and on"), read).unwrap();
    assert_eq!(a.recv(16).unwrap(), b"and on");
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernels_own_timeout_is_not_ours_to_wait_out() {
    let (_a, b) = socketpair().unwrap();
    b.setsockopt(SOL_SOCKET, SO_RCVTIMEO, Some(Duration::from_millis(20)))
        .unwrap();
    assert_eq!(b.recv(1).unwrap_err().errno(), Some(EAGAIN));
    b.setsockopt(SOL_SOCKET, SO_SNDTIMEO, Some(Duration::from_millis(20)))
        .unwrap();
    fill(&b);
    assert_eq!(b.send(b"x").unwrap_err().errno(), Some(EAGAIN));
}

#[test]
fn settimeout_in_another_thread_disturbs_no_call() {
    let (a, b) = tcp_pair();
    let b = Arc::new(b);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(SeqCst) {
                b.settimeout(Duration::from_secs(60)).unwrap();
                b.settimeout(None).unwrap();
            }
        });
        scope.spawn(|| {
            while !done.load(SeqCst) {
                a.sendall(b"x").unwrap();
            }
            a.shutdown(SHUT_WR).unwrap();
        });
        for _ in 0..20_000 {
            // Neither setting makes a receive fail: it waits, or it waits with an end far off.
            let outcome = b.recv(64);
            if outcome.is_err() {
                done.store(true, SeqCst);
            }
            assert!(!outcome.unwrap().is_empty());
        }
        done.store(true, SeqCst);
        drain(&b);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn dontwait_does_not_wait_under_a_timeout() {
    let (a, b) = tcp_pair();
    let datagrams = udp();
    for socket in [&a, &b, &datagrams] {
        socket.settimeout(Duration::from_secs(3600)).unwrap();
    }
    let mut buffer = [0; 4];
    let blocked = |error: Error| {
        assert!(error.is_would_block() && !error.is_timeout(), "{error}");
    };
    blocked(b.recv_with_flags(1, MSG_DONTWAIT).unwrap_err());
    blocked(b.recv_with_flags(1, MSG_DONTWAIT | MSG_PEEK).unwrap_err());
    blocked(
        b.recv_into_with_flags(&mut buffer, MSG_DONTWAIT)
            .unwrap_err(),
    );
    blocked(datagrams.recvfrom_with_flags(1, MSG_DONTWAIT).unwrap_err());
    blocked(
        datagrams
            .recvfrom_into_with_flags(&mut buffer, MSG_DONTWAIT)
            .unwrap_err(),
    );
    b.dup().unwrap().settimeout(None).unwrap(); // takes O_NONBLOCK away, for both
    blocked(b.recv_with_flags(1, MSG_DONTWAIT).unwrap_err());
    fill(&a);
    blocked(a.send_with_flags(b"x", MSG_DONTWAIT).unwrap_err());
    blocked(a.sendall_with_flags(b"x", MSG_DONTWAIT).unwrap_err());
    blocked(datagrams.recv_with_flags(1, MSG_ERRQUEUE).unwrap_err());
}
