//! What a caller gets when the peer, the kernel or the process itself is in trouble.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::network::{in_a_network, ip};
use crate::support::*;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use socketbook::*;

#[test]
fn a_peer_that_resets() {
    let (a, b) = tcp_pair();
    a.sendall(b"last words").unwrap();
    reset(a);
    until_gone(&b);
    let error = b.send(b"x").err().or_else(|| b.recv(1).err()).unwrap();
    assert!(error.is_disconnect(), "{error}");
    assert_eq!(b.getpeername().unwrap_err().errno(), Some(ENOTCONN));

    let (a, b) = tcp_pair();
    let error = once_blocked(|| b.recv(1), || reset(a)).unwrap_err();
    assert_eq!(error.errno(), Some(ECONNRESET));
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(b.recv(1).unwrap(), b"", "told once; then it is the end");
    assert_eq!(b.sendall(b"x").unwrap_err().errno(), Some(EPIPE));

    // A peer that closes with something unread resets too.
    let (a, b) = tcp_pair();
    b.sendall(b"unread").unwrap();
    a.recv_with_flags(1, MSG_PEEK).unwrap();
    a.close();
    assert_eq!(b.recv(1).unwrap_err().errno(), Some(ECONNRESET));
}

#[test]
fn a_caller_that_resets_before_it_is_accepted() {
    let phone = create_server(LOCAL).unwrap();
    let caller = create_connection(phone.getsockname().unwrap()).unwrap();
    let number = caller.getsockname().unwrap();
    reset(caller);
    let (conn, address) = phone.accept().unwrap();
    assert_eq!(address, number, "it is still said who it was");
    assert_eq!(conn.recv(1).unwrap_err().errno(), Some(ECONNRESET));
    assert_eq!(conn.getpeername().unwrap_err().errno(), Some(ENOTCONN));
    create_connection(phone.getsockname().unwrap()).unwrap();
    phone.accept().unwrap();
}

#[test]
fn half_closes_both_ways() {
    let (a, b) = tcp_pair();
    a.sendall(b"question").unwrap();
    a.shutdown(SHUT_WR).unwrap();
    assert_eq!(drain(&b), b"question");
    b.sendall(b"answer").unwrap();
    assert_eq!(a.recv(100).unwrap(), b"answer");
    assert_eq!(a.send(b"x").unwrap_err().errno(), Some(EPIPE));
    b.shutdown(SHUT_WR).unwrap();
    assert_eq!(a.recv(100).unwrap(), b"");

    // Reading shut: what arrived is there, then the end; the peer may go on.
    let (a, b) = tcp_pair();
    a.sendall(b"before").unwrap();
    b.recv_with_flags(1, MSG_PEEK).unwrap();
    b.shutdown(SHUT_RD).unwrap();
    assert_eq!(drain(&b), b"before");
    b.sendall(b"and out").unwrap();
    assert_eq!(a.recv(100).unwrap(), b"and out");
    let error = Socket::tcp().unwrap().shutdown(SHUT_RDWR).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("shutdown", Some(ENOTCONN))
    );
}

#[test]
fn shutdown_wakes_whoever_waits() {
    let (_a, b) = tcp_pair();
    let woken = once_blocked(|| b.recv(1), || b.shutdown(SHUT_RD).unwrap());
    assert_eq!(woken.unwrap(), b"");
    for timeout in [None, Some(Duration::from_secs(600))] {
        let phone = create_server(LOCAL).unwrap();
        phone.settimeout(timeout).unwrap();
        let wake = || phone.shutdown(SHUT_RDWR).unwrap();
        let error = once_blocked(|| phone.accept(), wake).unwrap_err();
        assert_eq!(
            (error.call().name(), error.errno()),
            ("accept", Some(EINVAL))
        );

        let (_a, b) = socketpair().unwrap();
        b.settimeout(timeout).unwrap();
        let wake = || b.shutdown(SHUT_RDWR).unwrap();
        let mut file = b.makefile(RB);
        let line = once_blocked(|| file.readline().map(<[u8]>::to_vec), wake);
        assert_eq!(line.unwrap(), b"");

        let (_a, b) = socketpair().unwrap();
        fill(&b);
        b.settimeout(timeout).unwrap();
        let wake = || b.shutdown(SHUT_RDWR).unwrap();
        let error = once_blocked(|| b.sendall(b"x"), wake).unwrap_err();
        assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
    }
}

#[test]
fn a_peer_that_never_answers_and_one_that_floods() {
    let (phone, _waiting) = full_backlog();
    let caller = Socket::tcp().unwrap();
    caller.settimeout(Duration::from_millis(20)).unwrap();
    let number = phone.getsockname().unwrap();
    let error = must_time_out(Duration::from_millis(20), || caller.connect(&number));
    assert!(error.to_string().contains(&number.to_string()), "{error}");
    let caller = Socket::tcp().unwrap();
    caller.settimeout(Duration::from_millis(20)).unwrap();
    assert_eq!(caller.connect_ex(&number).unwrap(), EAGAIN, "as in Python");
    let caller = Socket::tcp().unwrap();
    caller.setblocking(false).unwrap();
    let error = caller.connect(&number).unwrap_err();
    assert_eq!(error.errno(), Some(EINPROGRESS));
    assert!(error.is_would_block());
    assert_eq!(caller.connect_ex(&number).unwrap(), EALREADY);

    let (a, b) = tcp_pair();
    thread::scope(|scope| {
        scope.spawn(|| while a.sendall(&[b'x'; 1 << 16]).is_ok() {});
        let error = b.makefile(RB).readall().map(drop).unwrap_err();
        assert!(error.is_too_long());
        let error = b.makefile(RB).readline().map(drop).unwrap_err();
        assert!(error.is_too_long());
        reset(b);
    });
}

#[test]
fn too_many_descriptors_and_recovery() {
    in_child("too_many_descriptors_and_recovery", || {
        let phone = create_server(LOCAL).unwrap();
        let number = phone.getsockname().unwrap();
        let callers: Vec<_> = (0..3)
            .map(|_| create_connection(&number).unwrap())
            .collect();
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let open = descriptors() as u64; // with the one that reads, one of room
        setrlimit(Resource::RLIMIT_NOFILE, open, hard).unwrap();
        let mut spare = vec![Socket::udp().unwrap()];
        while let Ok(socket) = Socket::udp() {
            spare.push(socket);
        }
        let here = std::net::UdpSocket::bind("127.0.0.1:0").unwrap_err();
        assert_eq!(here.raw_os_error(), Some(EMFILE.raw()));
        assert!(!has_dualstack_ipv6(), "it cannot even be tried");

        let (a, b) = (&callers[0], &callers[1]);
        for error in [
            Socket::tcp().map(drop).unwrap_err(),
            phone.accept().map(drop).unwrap_err(),
            a.dup().map(drop).unwrap_err(),
            fromfd(b, AF_INET, SOCK_STREAM).map(drop).unwrap_err(),
            socketpair().map(drop).unwrap_err(),
            create_server(LOCAL).map(drop).unwrap_err(),
            create_connection(&number).map(drop).unwrap_err(),
        ] {
            assert_eq!(error.errno(), Some(EMFILE), "{error}");
            assert!(error.is_transient(), "{error}");
        }
        phone.settimeout(Duration::from_secs(60)).unwrap();
        assert_eq!(phone.accept().unwrap_err().errno(), Some(EMFILE), "at once");

        // One is closed, and the callers are all still there.
        spare.pop();
        for caller in &callers {
            let (_, address) = phone.accept().unwrap();
            assert_eq!(address, caller.getsockname().unwrap());
        }
    });
}

#[test]
fn sigpipe_at_its_default_kills_nobody() {
    in_child("sigpipe_at_its_default_kills_nobody", || {
        crate::support::signals::sigpipe_kills();
        for pair in [tcp_pair, || socketpair().unwrap()] {
            let (a, b) = pair();
            reset(b);
            let _ = a.recv(1); // ECONNRESET is told once, then each send is EPIPE
            let epipe = |error: Error| assert_eq!(error.errno(), Some(EPIPE), "{error}");
            let broken = |error: std::io::Error| {
                assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
            };
            epipe(a.send(b"x").unwrap_err());
            epipe(a.send_with_flags(b"x", MSG_MORE).unwrap_err());
            epipe(a.sendall(b"x").unwrap_err());
            epipe(a.sendall_with_flags(b"x", MSG_DONTWAIT).unwrap_err());
            epipe(a.send_with_flags(b"x", MSG_NOSIGNAL).unwrap_err());
            epipe(a.sendall_with_flags(b"x", MSG_NOSIGNAL).unwrap_err());
            a.settimeout(Duration::from_secs(1)).unwrap();
            epipe(a.sendall(b"x").unwrap_err());
            let mut writer = &a;
            broken(writer.write(b"x").unwrap_err());
            broken(writer.write_all(b"x").unwrap_err());
            broken(
                writer
                    .write_vectored(&[std::io::IoSlice::new(b"x")])
                    .unwrap_err(),
            );
            broken(writeln!(writer, "x").unwrap_err());
            epipe(a.makefile(WB.unbuffered()).write(b"x").unwrap_err());
            epipe(a.makefile(WB.line_buffered()).write(b"x\n").unwrap_err());
            epipe(a.makefile(W.line_buffered()).write("x\n").unwrap_err());
            let mut file = a.makefile(WB);
            file.write(b"x").unwrap();
            epipe(file.flush().unwrap_err());
            epipe(file.close().unwrap_err());
            let mut file = a.makefile(W);
            file.write("x").unwrap();
            drop(file); // unheard, and alive
            // From a file, at once and after a part, and what is not to be sent that way.
            for file in [
                file_with(b"x"),
                std::fs::File::open("/proc/self/comm").unwrap(),
            ] {
                epipe(a.sendfile(&file, 0, None).unwrap_err());
                a.settimeout(None).unwrap();
                epipe(a.sendfile(&file, 0, Some(1)).unwrap_err());
                a.settimeout(Duration::from_secs(1)).unwrap();
            }
            epipe(a.sendmsg(&[std::io::IoSlice::new(b"x")], &[]).unwrap_err());
        }
        let (a, b) = tcp_pair();
        drop(b);
        a.shutdown(SHUT_WR).unwrap();
        for error in [
            a.sendto(b"x", LOCAL).unwrap_err(),
            a.sendto_with_flags(b"x", MSG_DONTWAIT, LOCAL).unwrap_err(),
            a.sendto_with_flags(b"x", MSG_NOSIGNAL, LOCAL).unwrap_err(),
        ] {
            assert_eq!(error.errno(), Some(EPIPE), "{error}");
        }
    });
}

/// sendfile has no flag for it, and may raise it after a part, with which it then succeeds.
#[test]
fn sigpipe_at_its_default_kills_no_one_half_way_through_a_file() {
    let test = "sigpipe_at_its_default_kills_no_one_half_way_through_a_file";
    in_child(test, || {
        crate::support::signals::sigpipe_kills();
        let file = file_with(&pattern(0, 8 << 20));
        for timeout in [None, Some(Duration::from_secs(60))] {
            for (a, b) in [tcp_pair(), socketpair().unwrap()] {
                a.settimeout(timeout).unwrap();
                let gone = once_blocked(|| a.sendfile(&file, 0, None), || b.close());
                let error = gone.unwrap_err();
                assert!(error.is_disconnect() && error.sent() > 0, "{error}");
                let error = a.sendfile(&file, 0, None).unwrap_err();
                assert_eq!((error.errno(), error.sent()), (Some(EPIPE), 0));
            }
        }
        // The signal is neither blocked nor waiting.
        let blocked = SigSet::thread_get_mask().unwrap();
        assert!(!blocked.contains(Signal::SIGPIPE));
    });
}

/// One that was blocked before stays so.
#[test]
fn the_programs_own_mask_of_signals_stays() {
    in_child("the_programs_own_mask_of_signals_stays", || {
        crate::support::signals::sigpipe_kills();
        let mut own = SigSet::empty();
        own.add(Signal::SIGPIPE);
        own.add(Signal::SIGUSR1);
        own.thread_set_mask().unwrap();
        let file = file_with(b"x");
        let (a, b) = tcp_pair();
        assert_eq!(a.sendfile(&file, 0, None).unwrap(), 1);
        reset(b);
        until_gone(&a);
        a.sendfile(&file, 0, None).unwrap_err();
        assert_eq!(SigSet::thread_get_mask().unwrap(), own);
        // And none waits to kill.
        SigSet::empty().thread_set_mask().unwrap();
    });
}

/// The tests above say something only if SIGPIPE does kill.
#[test]
fn sigpipe_at_its_default_kills_others() {
    let test = "sigpipe_at_its_default_kills_others";
    if is_child(test) {
        crate::support::signals::sigpipe_kills();
        let (a, b) = socketpair().unwrap();
        drop(b);
        let _ = socket2::SockRef::from(&a).send(b"x");
        return;
    }
    let status = child(test).output().unwrap().status;
    assert_eq!(status.signal(), Some(Signal::SIGPIPE as i32));
}

#[test]
fn closing_and_using_race() {
    // The last of two owners goes while the other side sends: the end or an error, and no third.
    for _ in 0..200 {
        let (a, b) = tcp_pair();
        let (tell, told) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                told.recv().unwrap();
                drop(b);
            });
            tell.send(()).unwrap();
            let outcome = a.sendall(b"x").and_then(|()| a.recv(1));
            assert!(match &outcome {
                Ok(data) => data.is_empty(),
                Err(error) => error.is_disconnect(),
            });
        });
    }
}

#[test]
fn a_program_that_is_started_inherits_nothing() {
    let (a, b) = tcp_pair();
    let (c, _) = (a.dup().unwrap(), fromfd(&b, AF_INET, SOCK_STREAM).unwrap());
    let (pair, _) = socketpair().unwrap();
    for socket in [&a, &b, &c, &pair] {
        let link = format!("/proc/self/fd/{}", socket.fileno());
        let own = std::fs::read_link(&link).unwrap();
        let output = std::process::Command::new("readlink")
            .arg(&link)
            .output()
            .unwrap();
        let theirs = String::from_utf8(output.stdout).unwrap();
        assert_ne!(theirs.trim(), own.to_str().unwrap());
    }
}

/// The kernel gives a connection up: it is gone, and no timeout of the socket's.
#[test]
fn a_connection_that_the_kernel_gives_up_is_gone() {
    let test = "a_connection_that_the_kernel_gives_up_is_gone";
    in_a_network(&["true"], test, || {
        let (a, b) = tcp_pair();
        a.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 100_u32)
            .unwrap();
        a.settimeout(Duration::from_secs(20)).unwrap();
        ip("link set lo down");
        a.sendall(b"is anybody there?").unwrap();
        let error = a.recv(1).unwrap_err();
        assert_eq!(error.errno(), Some(ETIMEDOUT), "{error}");
        assert!(error.is_disconnect() && !error.is_timeout());
        assert!(!error.is_transient() && !error.is_would_block());
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        drop(b);
        // Where there was no connection yet, none is gone.
        ip("link set lo up");
        let (full, _waiting) = full_backlog();
        let number = full.getsockname().unwrap();
        let client = Socket::tcp().unwrap();
        client
            .setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 100_u32)
            .unwrap();
        let error = client.connect(&number).unwrap_err();
        assert_eq!(error.errno(), Some(ETIMEDOUT), "{error}");
        assert!(!error.is_disconnect() && !error.is_timeout());
    });
}
