//! Lesson 5, blocking and timeouts: the deadline of each call, under signals too.

mod support;

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socketbook::*;
use support::signals::{caught, in_a_storm};
use support::*;

const ASKED: Duration = Duration::from_millis(50);

/// Hands over every call that can wait, under this timeout and where it has to wait: the call, and
/// that it timed out, not early, and under its name.
fn every_waiting_call(asked: Duration, around: impl Fn(&dyn Fn())) {
    let (a, _b) = tcp_pair();
    let (full_pair, _reader) = socketpair().unwrap();
    fill(&full_pair);
    let (phone, _waiting) = full_backlog();
    let full = phone.getsockname().unwrap();
    let (quiet, datagrams) = (create_server(LOCAL).unwrap(), udp());
    let (_letter_box, address, sender) = full_letter_box();
    for socket in [&a, &full_pair, &quiet, &datagrams, &sender] {
        socket.settimeout(asked).unwrap();
    }
    let caller = || {
        let caller = Socket::tcp().unwrap();
        caller.settimeout(asked).unwrap();
        caller
    };
    let options = ConnectionOptions::new().timeout(asked);
    let total = ConnectionOptions::new().timeout(None).total(asked);
    let much = &[b'x'; 100_000];

    let check = |name: &str, call: &dyn Fn() -> Result<()>| {
        around(&|| assert_eq!(must_time_out(asked, call).call(), name));
    };
    check("recv", &|| a.recv(16).map(drop));
    check("recv", &|| a.recv_with_flags(16, MSG_PEEK).map(drop));
    check("recv", &|| a.recv_with_flags(16, MSG_WAITALL).map(drop));
    check("recv_into", &|| a.recv_into(&mut [0; 16]).map(drop));
    check("recvfrom", &|| datagrams.recvfrom(16).map(drop));
    check("recvfrom_into", &|| {
        datagrams.recvfrom_into(&mut [0; 16]).map(drop)
    });
    check("accept", &|| quiet.accept().map(drop));
    check("connect", &|| caller().connect(&full));
    around(&|| {
        let start = Instant::now();
        assert_eq!(caller().connect_ex(&full).unwrap(), EAGAIN);
        assert!(start.elapsed() >= asked);
    });
    for options in [&options, &total] {
        check("create_connection", &|| {
            create_connection_with(&full, options).map(drop)
        });
    }
    check("send", &|| full_pair.send(b"x").map(drop));
    check("sendall", &|| full_pair.sendall(b"x"));
    check("sendto", &|| sender.sendto(b"x", &address).map(drop));

    for mode in [RB, RB.unbuffered()] {
        check("read", &|| a.makefile(mode).read(16).map(drop));
        check("read1", &|| a.makefile(mode).read1(16).map(drop));
        check("readall", &|| a.makefile(mode).readall().map(drop));
        check("readline", &|| a.makefile(mode).readline().map(drop));
        check("readline", &|| {
            a.makefile(mode).lines().next().unwrap().map(drop)
        });
    }
    check("read", &|| a.makefile(R).read(16).map(drop));
    check("readall", &|| a.makefile(R).readall().map(drop));
    check("readline", &|| a.makefile(R).readline().map(drop));
    for mode in [WB, WB.unbuffered()] {
        check("write", &|| full_pair.makefile(mode).write(much).map(drop));
    }
    check("flush", &|| {
        let mut file = full_pair.makefile(WB);
        file.write(b"x")?;
        file.flush()
    });
    check("close", &|| {
        let mut file = full_pair.makefile(W);
        file.write("x")?;
        file.close()
    });
}

/// A Unix datagram socket whose queue is full, its address, and a sender. For one that is not
/// connected poll says writable all the time here, and sendto says not yet.
fn full_letter_box() -> (Socket, Address, Socket) {
    let [letter_box, sender] = [(); 2].map(|()| Socket::new(AF_UNIX, SOCK_DGRAM).unwrap());
    letter_box.bind("").unwrap();
    let address = letter_box.getsockname().unwrap();
    while sender
        .sendto_with_flags(b"x", MSG_DONTWAIT, &address)
        .is_ok()
    {}
    (letter_box, address, sender)
}

#[test]
fn no_call_times_out_early() {
    for micros in [1, 900, 1900, 20_000] {
        every_waiting_call(Duration::from_micros(micros), |call| call());
    }
}

// With SA_RESTART, and without: each in a process of its own, at the same time.

#[test]
fn a_timeout_holds_through_a_storm_of_signals() {
    timeout_in_a_storm("a_timeout_holds_through_a_storm_of_signals", false);
}

#[test]
fn a_timeout_holds_through_a_storm_of_signals_that_restart() {
    timeout_in_a_storm(
        "a_timeout_holds_through_a_storm_of_signals_that_restart",
        true,
    );
}

fn timeout_in_a_storm(test: &str, restart: bool) {
    in_child(test, || {
        every_waiting_call(ASKED, |call| {
            let before = caught();
            let ((), in_time) = in_a_storm(restart, 1000, || (), call);
            println!("  {} signals, SA_RESTART {restart}", caught() - before);
            assert!(in_time, "it went on as long as the signals did");
        });
    });
}

#[test]
fn without_a_timeout_a_call_goes_on_through_a_storm() {
    no_timeout_in_a_storm("without_a_timeout_a_call_goes_on_through_a_storm", false);
}

#[test]
fn without_a_timeout_a_call_goes_on_through_a_storm_that_restarts() {
    let test = "without_a_timeout_a_call_goes_on_through_a_storm_that_restarts";
    no_timeout_in_a_storm(test, true);
}

fn no_timeout_in_a_storm(test: &str, restart: bool) {
    in_child(test, || {
        receive_in_a_storm(restart);
        send_in_a_storm(restart);
        connect_in_a_storm(restart);
    });
}

fn receive_in_a_storm(restart: bool) {
    type Receives = fn(&Socket) -> Vec<u8>;
    let calls: [(&str, Receives); 12] = [
        ("recv", |b| b.recv(16).unwrap()),
        ("MSG_WAITALL", |b| {
            b.recv_with_flags(7, MSG_WAITALL).unwrap()
        }),
        ("recv_into", |b| {
            let mut buffer = [0; 16];
            let count = b.recv_into(&mut buffer).unwrap();
            buffer[..count].to_vec()
        }),
        ("read", |b| b.makefile(RB).read(7).unwrap()),
        ("read1", |b| b.makefile(RB).read1(16).unwrap()),
        ("readall", |b| b.makefile(RB).readall().unwrap()),
        ("readline", |b| b.makefile(RB).readline().unwrap().to_vec()),
        ("unbuffered readline", |b| {
            b.makefile(RB.unbuffered()).readline().unwrap().to_vec()
        }),
        ("text read", |b| b.makefile(R).read(7).unwrap().into()),
        ("text readall", |b| b.makefile(R).readall().unwrap().into()),
        ("text readline", |b| {
            b.makefile(R).readline().unwrap().into()
        }),
        ("text lines", |b| {
            let mut file = b.makefile(R);
            let lines: Result<Vec<_>> = file.lines().collect();
            (lines.unwrap().concat() + "\n").into()
        }),
    ];
    for (name, call) in calls {
        let (a, b) = tcp_pair();
        let act = || {
            a.sendall(b"a line\n").unwrap();
            a.shutdown(SHUT_WR).unwrap();
        };
        let outcome = in_a_storm(restart, 5000, act, || call(&b));
        assert_eq!(outcome, (b"a line\n".to_vec(), true), "{name}");
    }

    let (from, to) = (udp(), udp());
    let number = to.getsockname().unwrap();
    let act = || assert_eq!(from.sendto(b"x", &number).unwrap(), 1);
    let (got, in_time) = in_a_storm(restart, 5000, act, || to.recvfrom(16));
    assert_eq!((&*got.unwrap().0, in_time), (&b"x"[..], true));
    let mut buffer = [0; 16];
    let (got, in_time) = in_a_storm(restart, 5000, act, || to.recvfrom_into(&mut buffer));
    assert_eq!((&*got.unwrap().0, in_time), (&b"x"[..], true));

    let quiet = create_server(LOCAL).unwrap();
    let caller = Socket::tcp().unwrap();
    let act = || caller.connect(quiet.getsockname().unwrap()).unwrap();
    let (accepted, in_time) = in_a_storm(restart, 5000, act, || quiet.accept());
    assert_eq!(accepted.unwrap().1, caller.getsockname().unwrap());
    assert!(in_time);
}

fn send_in_a_storm(restart: bool) {
    let much = "喂".repeat(33_333);
    /// And says how many bytes it sent.
    type Sends = fn(&Socket, &str) -> usize;
    let calls: [(&str, Sends); 7] = [
        ("send", |a, much| a.send(much.as_bytes()).unwrap()),
        ("sendall", |a, much| {
            a.sendall(much.as_bytes()).unwrap();
            much.len()
        }),
        ("write", |a, much| {
            a.makefile(WB).write(much.as_bytes()).unwrap()
        }),
        ("unbuffered write", |a, much| {
            a.makefile(WB.unbuffered()).write(much.as_bytes()).unwrap()
        }),
        ("text write", |a, much| {
            a.makefile(W).write(much).unwrap();
            much.len()
        }),
        ("flush", |a, _| {
            let mut file = a.makefile(WB);
            file.write(b"x").unwrap();
            file.flush().unwrap();
            1
        }),
        ("close", |a, _| {
            let mut file = a.makefile(WB);
            file.write(b"x").unwrap();
            file.close().unwrap();
            1
        }),
    ];
    for (name, call) in calls {
        let (a, b) = socketpair().unwrap();
        let filled = fill(&a);
        b.settimeout(Duration::from_secs(60)).unwrap();
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                told.recv().unwrap();
                drain(&b).len()
            });
            // Reading begins in the storm, and goes on beside it.
            let act = || tell.send(()).unwrap();
            let (sent, in_time) = in_a_storm(restart, 5000, act, || call(&a, &much));
            assert!(in_time, "{name}");
            a.shutdown(SHUT_WR).unwrap();
            assert_eq!(reader.join().unwrap(), filled + sent, "{name}");
        });
    }

    let (letter_box, address, sender) = full_letter_box();
    let act = || assert_eq!(letter_box.recv(9).unwrap(), b"x");
    let (sent, in_time) = in_a_storm(restart, 5000, act, || sender.sendto(b"x", &address));
    assert_eq!((sent.unwrap(), in_time), (1, true));
}

/// A connect that is interrupted goes on in the kernel and must not be called again. The kernel
/// repeats the SYN after a second, so there are many signals until then.
fn connect_in_a_storm(restart: bool) {
    let calls: [fn(&Address); 3] = [
        |number| Socket::tcp().unwrap().connect(number).unwrap(),
        |number| assert_eq!(Socket::tcp().unwrap().connect_ex(number).unwrap(), 0),
        |number| drop(create_connection(number).unwrap()),
    ];
    thread::scope(|scope| {
        for call in calls {
            scope.spawn(move || {
                let (full, _waiting) = full_backlog();
                let act = || {
                    for _ in 0..2 {
                        full.accept().unwrap();
                    }
                };
                let number = full.getsockname().unwrap();
                let ((), in_time) = in_a_storm(restart, 30_000, act, || call(&number));
                assert!(in_time);
            });
        }
    });

    // A Unix connect that is interrupted leaves nothing behind and has to be called again.
    let full = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    full.bind("").unwrap();
    full.listen(0).unwrap();
    let number = full.getsockname().unwrap();
    let [waiting, caller] = [(); 2].map(|()| Socket::new(AF_UNIX, SOCK_STREAM).unwrap());
    waiting.connect(&number).unwrap();
    let act = || drop(full.accept().unwrap());
    let (connected, in_time) = in_a_storm(restart, 5000, act, || caller.connect(&number));
    connected.unwrap();
    assert!(in_time);
    assert_eq!(caller.getpeername().unwrap(), number);
}

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

#[test]
fn the_default_timeout_is_for_sockets_made_from_now_on() {
    in_child(
        "the_default_timeout_is_for_sockets_made_from_now_on",
        || {
            let before = Socket::tcp().unwrap();
            let phone = create_server(LOCAL).unwrap();
            setdefaulttimeout(ASKED).unwrap();
            assert_eq!(getdefaulttimeout(), Some(ASKED));
            assert_eq!(before.gettimeout(), None);

            let caller = create_connection(phone.getsockname().unwrap()).unwrap();
            let (conn, _) = phone.accept().unwrap();
            let (a, b) = socketpair().unwrap();
            let dup = fromfd(&before, AF_INET, SOCK_STREAM).unwrap();
            let adopted = Socket::from(std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
            for socket in [&caller, &conn, &a, &b, &dup, &adopted] {
                assert_eq!(socket.gettimeout(), Some(ASKED), "{socket:?}");
            }
            must_time_out(ASKED, || conn.recv(1));
            must_time_out(ASKED, || adopted.recv(1));
            let adopted = Socket::from(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
            must_time_out(ASKED, || adopted.accept());

            let never = Socket::new(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK).unwrap();
            assert_eq!(never.gettimeout(), Some(Duration::ZERO));
            setdefaulttimeout(None).unwrap();
            assert_eq!(Socket::udp().unwrap().gettimeout(), None);
        },
    );
}

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
