//! How a call waits: it ends when nothing can come, and it keeps no core busy until then.

use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use nix::libc;

use crate::support::*;
use socketbook::*;

const ASKED: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(60);

/// Much more than a wait should need, and much less than one that spins for as long as it waits.
const LITTLE: Duration = Duration::from_millis(25);

/// The call must time out, and not have kept a core busy until then.
#[cfg(target_os = "linux")]
fn must_time_out_at_rest<T: std::fmt::Debug>(call: impl FnOnce() -> Result<T>) {
    let (error, used) = processor_time(|| must_time_out(ASKED, call));
    assert!(used < LITTLE, "{used:?} of the processor: {error}");
}

type Receives = (&'static str, fn(&Socket) -> Result<Vec<u8>>);

const RECEIVES: [Receives; 7] = [
    ("recv", |s| s.recv(16)),
    ("recv_into", |s| {
        let mut buffer = [0; 16];
        let len = s.recv_into(&mut buffer)?;
        Ok(buffer[..len].to_vec())
    }),
    ("recvfrom", |s| Ok(s.recvfrom(16)?.0.into_vec())),
    ("recvfrom_into", |s| {
        Ok(s.recvfrom_into(&mut [0; 16])?.0.to_vec())
    }),
    ("peek", |s| s.recv_with_flags(16, MSG_PEEK)),
    ("readline", |s| {
        s.makefile(RB).readline().map(<[u8]>::to_vec)
    }),
    ("read", |s| s.makefile(RB).read(16)),
];

#[cfg(target_os = "linux")]
#[test]
fn shutdown_ends_a_receive_of_datagrams() {
    type Pairs = fn() -> (Socket, Socket);
    let pairs: [Pairs; 3] = [
        udp_pair,
        || socketpair_with(AF_UNIX, SOCK_DGRAM, 0).unwrap(),
        || socketpair_with(AF_UNIX, SOCK_SEQPACKET, 0).unwrap(),
    ];
    for timeout in [None, Some(LONG)] {
        for pair in pairs {
            for (name, receive) in RECEIVES {
                let (_a, b) = pair();
                b.settimeout(timeout).unwrap();
                let (data, used) = once_blocked(
                    || processor_time(|| receive(&b)),
                    || b.shutdown(SHUT_RD).unwrap(),
                );
                assert_eq!(data.unwrap(), b"", "{name}, {timeout:?}");
                assert!(used < LITTLE, "{name}: {used:?} of the processor");
                // And from now on at once.
                assert_eq!(receive(&b).unwrap(), b"", "{name}, {timeout:?}");
            }
        }
    }
    // Without a peer shutdown is an error, and does the same.
    let alone = udp();
    alone.settimeout(LONG).unwrap();
    let data = once_blocked(
        || alone.recvfrom(16),
        || assert_eq!(alone.shutdown(SHUT_RD).unwrap_err().errno(), Some(ENOTCONN)),
    );
    let (data, from) = data.unwrap();
    assert_eq!(
        (data.len(), data.full_len(), from),
        (0, 0, Address::Unnamed)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_arrived_before_shutdown_is_received_first() {
    let (a, b) = udp_pair();
    b.settimeout(LONG).unwrap();
    a.sendall(b"one").unwrap();
    a.sendall(b"").unwrap();
    a.sendall(b"two").unwrap();
    b.shutdown(SHUT_RD).unwrap();
    for expected in [&b"one"[..], b"", b"two", b"", b""] {
        assert_eq!(b.recv(16).unwrap(), expected);
    }
    // One that never waits is told that there is nothing yet, as by Python.
    b.setblocking(false).unwrap();
    assert!(b.recv(16).unwrap_err().is_would_block());
}

/// With IP_RECVERR an error waits in a queue of its own, and poll reports it all the while.
#[cfg(target_os = "linux")]
#[test]
fn an_error_in_the_queue_keeps_no_core_busy() {
    for (name, receive) in RECEIVES {
        if name == "peek" {
            continue; // it takes the error like the others
        }
        let socket = udp();
        set_foreign_option(&socket, libc::IPPROTO_IP, libc::IP_RECVERR, 1);
        socket.sendto(b"x", nobody_on_udp()).unwrap();
        until_gone(&socket);
        socket.settimeout(ASKED).unwrap();
        assert_eq!(
            receive(&socket).unwrap_err().errno(),
            Some(ECONNREFUSED),
            "{name}"
        );
        must_time_out_at_rest(|| receive(&socket));
        // select says what poll says, once.
        let failed = select([&socket], [], LONG).unwrap();
        assert!(failed.is_failed(&socket) && failed.is_readable(&socket));
    }
}

/// poll says writable, and sendto says not yet, without end.
#[cfg(target_os = "linux")]
#[test]
fn a_full_letter_box_keeps_no_core_busy() {
    let (_letter_box, address, sender) = full_letter_box();
    sender.settimeout(ASKED).unwrap();
    must_time_out_at_rest(|| sender.sendto(b"x", &address));
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_for_others_keeps_no_core_busy() {
    let (a, b) = tcp_pair();
    let (full, _waiting) = full_backlog();
    let number = full.getsockname().unwrap();
    let caller = || {
        let caller = Socket::tcp().unwrap();
        caller.settimeout(ASKED).unwrap();
        caller
    };
    a.settimeout(ASKED).unwrap();
    must_time_out_at_rest(|| a.recv(1));
    must_time_out_at_rest(|| caller().connect(&number));
    // The peer has closed, so no urgent data will come.
    b.shutdown(SHUT_WR).unwrap();
    let (outcome, used) = processor_time(|| a.recv_with_flags(1, MSG_OOB));
    assert_eq!(outcome.unwrap_err().errno(), Some(EINVAL));
    assert!(used < LITTLE);

    let (server, address, _callers) = full_unix_backlog();
    let unix = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    unix.settimeout(ASKED).unwrap();
    must_time_out_at_rest(|| unix.connect(&address));
    drop(server);
}

/// A Unix server with a full queue: poll does not tell of room in it.
#[cfg(target_os = "linux")]
#[test]
fn a_unix_connect_waits_for_room_in_the_queue() {
    for timeout in [None, Some(LONG)] {
        let (server, address, _callers) = full_unix_backlog();
        let client = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
        client.settimeout(timeout).unwrap();
        let connected = once_blocked(
            || client.connect(&address),
            || drop(server.accept().unwrap()),
        );
        connected.unwrap();
        assert_eq!(client.getpeername().unwrap(), address);
    }
    let (_server, address, _callers) = full_unix_backlog();
    let client = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    client.setblocking(false).unwrap();
    assert_eq!(client.connect_ex(&address).unwrap(), EAGAIN);
    client.settimeout(Duration::from_millis(20)).unwrap();
    must_time_out(Duration::from_millis(20), || client.connect(&address));
    assert_eq!(
        client.connect_ex(&address).unwrap(),
        EAGAIN,
        "as Python says timeout"
    );
}

/// SO_SNDTIMEO and SO_RCVTIMEO are the kernel's: each call that waits in it obeys.
#[cfg(target_os = "linux")]
#[test]
fn the_kernels_timeouts_hold_for_each_call() {
    let soon = Some(Duration::from_millis(20));
    let (full, _waiting) = full_backlog();
    let number = full.getsockname().unwrap();
    let (server, address, _callers) = full_unix_backlog();
    must_end(move || {
        let client = Socket::tcp().unwrap();
        client.setsockopt(SOL_SOCKET, SO_SNDTIMEO, soon).unwrap();
        let error = client.connect(&number).unwrap_err();
        assert_eq!(error.errno(), Some(EINPROGRESS), "{error}");
        assert!(error.is_would_block() && !error.is_timeout());

        let client = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
        client.setsockopt(SOL_SOCKET, SO_SNDTIMEO, soon).unwrap();
        assert_eq!(client.connect_ex(&address).unwrap(), EAGAIN);
        // A timeout of the socket's own goes before.
        client.settimeout(Duration::from_millis(50)).unwrap();
        must_time_out(Duration::from_millis(50), || client.connect(&address));
        drop(server);

        let quiet = create_server(LOCAL).unwrap();
        quiet.setsockopt(SOL_SOCKET, SO_RCVTIMEO, soon).unwrap();
        assert_eq!(quiet.accept().unwrap_err().errno(), Some(EAGAIN));
        let (a, _b) = tcp_pair();
        a.setsockopt(SOL_SOCKET, SO_RCVTIMEO, soon).unwrap();
        assert_eq!(a.makefile(RB).readline().unwrap_err().errno(), Some(EAGAIN));
        drop(full);
    });
}

/// Many threads at one socket: all but one wake up in vain each time.
#[cfg(target_os = "linux")]
#[test]
fn a_pool_of_threads_accepts_each_connection_once() {
    const THREADS: usize = 8;
    const CONNECTIONS: usize = 200;
    let server = create_server(LOCAL).unwrap();
    let address = server.getsockname().unwrap();
    server.settimeout(LONG).unwrap();
    thread::scope(|scope| {
        let pool: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut served = 0;
                    loop {
                        match server.accept() {
                            Ok((conn, _)) => {
                                conn.sendall(b"x").unwrap();
                                served += 1;
                            }
                            Err(error) => {
                                assert_eq!(error.errno(), Some(EINVAL), "{error}");
                                return served;
                            }
                        }
                    }
                })
            })
            .collect();
        for _ in 0..CONNECTIONS {
            let client = create_connection(&address).unwrap();
            assert_eq!(client.recv(1).unwrap(), b"x");
        }
        server.shutdown(SHUT_RD).unwrap();
        let served: usize = pool.into_iter().map(|one| one.join().unwrap()).sum();
        assert_eq!(served, CONNECTIONS);
    });
}
