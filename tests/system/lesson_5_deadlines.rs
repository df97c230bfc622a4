//! Lesson 5, blocking and timeouts, in what needs a process of its own: the deadline of each call
//! under a storm of signals, and the default timeout.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::signals::{caught, in_a_storm};
use crate::support::*;
use socketbook::*;

const ASKED: Duration = Duration::from_millis(20);

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
    around(&|| {
        let start = Instant::now();
        let ready = select([&a, &quiet], [&full_pair], asked).unwrap();
        assert!(ready.is_empty() && start.elapsed() >= asked);
    });
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

/// The kernel's timeout for sending is for connect, too, and a signal does not make it endless.
#[test]
fn the_kernels_timeout_for_connect_holds_through_a_storm() {
    in_child(
        "the_kernels_timeout_for_connect_holds_through_a_storm",
        || {
            let (full, _waiting) = full_backlog();
            let number = full.getsockname().unwrap();
            for restart in [false, true] {
                let client = Socket::tcp().unwrap();
                let soon = Some(Duration::from_millis(100));
                client.setsockopt(SOL_SOCKET, SO_SNDTIMEO, soon).unwrap();
                let connect = || client.connect(&number);
                let (outcome, in_time) = in_a_storm(restart, 1000, || (), connect);
                assert_eq!(outcome.unwrap_err().errno(), Some(EINPROGRESS));
                assert!(in_time);
            }
        },
    );
}

/// More sockets than select(2) can take, with numbers that it cannot.
#[test]
fn select_takes_more_than_1024_descriptors() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    const COUNT: usize = 1500;
    in_child("select_takes_more_than_1024_descriptors", || {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        if hard < COUNT as u64 + 100 {
            return skipped(&format!("a process may not have {COUNT} descriptors here"));
        }
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
        let sockets: Vec<Socket> = (0..COUNT).map(|_| udp()).collect();
        let last = sockets.last().unwrap();
        assert!(last.fileno() > 1024);
        assert!(select(&sockets, [], Duration::ZERO).unwrap().is_empty());
        let to = last.getsockname().unwrap();
        sockets[0].sendto(b"x", to).unwrap();
        let ready = select(&sockets, [], None).unwrap();
        assert_eq!(ready.readable().count(), 1);
        assert!(ready.is_readable(last));
        let ready = select([], &sockets, None).unwrap();
        assert_eq!(ready.writable().count(), COUNT);
    });
}
