//! Readiness: what select tells of each socket.

use std::time::{Duration, Instant};

use crate::support::*;
use socketbook::*;

const LONG: Duration = Duration::from_secs(60);

/// What select tells of one socket: readable, writable, hung up, failed.
fn told(socket: &Socket) -> [bool; 4] {
    let ready = select([socket], [socket], Duration::ZERO).unwrap();
    [
        ready.is_readable(socket),
        ready.is_writable(socket),
        ready.is_hung_up(socket),
        ready.is_failed(socket),
    ]
}

#[test]
fn readable_writable_hung_up_and_failed_are_told_apart() {
    let (a, b) = socketpair().unwrap();
    assert_eq!(
        told(&b),
        [false, true, false, false],
        "there is room to send"
    );
    fill(&b);
    assert_eq!(told(&b), [false; 4], "there is none");
    a.sendall(b"x").unwrap();
    assert_eq!(told(&b), [true, false, false, false]);
    b.recv(16).unwrap();
    drain_now(&a);
    assert_eq!(told(&b), [false, true, false, false]);

    // The peer sends no more; what it has sent is still there.
    let (a, b) = tcp_pair();
    a.sendall(b"last").unwrap();
    a.shutdown(SHUT_WR).unwrap();
    let ready = select([&b], [], LONG).unwrap();
    assert!(ready.is_readable(&b));
    until_hung_up(&b);
    assert_eq!(told(&b), [true, true, true, false]);
    assert_eq!(b.recv(16).unwrap(), b"last");
    assert_eq!(
        told(&b),
        [true, true, true, false],
        "the end is read at once"
    );
    assert_eq!(
        told(&a),
        [false, true, false, false],
        "this side may hear on"
    );

    // A reset.
    let (a, b) = tcp_pair();
    reset(a);
    until_gone(&b);
    assert_eq!(told(&b), [true, true, true, true]);
    assert_eq!(b.recv(1).unwrap_err().errno(), Some(ECONNRESET));
    assert_eq!(told(&b), [true, true, true, false], "an error is told once");

    // A datagram that met no one.
    let client = udp();
    client.connect(nobody_on_udp()).unwrap();
    client.sendall(b"x").unwrap();
    until_gone(&client);
    assert_eq!(told(&client), [true, true, false, true]);
    assert_eq!(client.recv(1).unwrap_err().errno(), Some(ECONNREFUSED));
    assert_eq!(told(&client), [false, true, false, false]);
}

fn until_hung_up(socket: &Socket) {
    while !select([socket], [], LONG).unwrap().is_hung_up(socket) {}
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_and_a_connect_that_has_ended() {
    let server = create_server(LOCAL).unwrap();
    assert_eq!(told(&server), [false; 4]);
    let client = Socket::new(AF_INET, SOCK_STREAM | SOCK_NONBLOCK).unwrap();
    assert_eq!(
        client.connect_ex(server.getsockname().unwrap()).unwrap(),
        EINPROGRESS
    );
    let ready = select([&server], [&client], LONG).unwrap();
    assert!(!ready.is_empty());
    assert!(select([], [&client], LONG).unwrap().is_writable(&client));
    assert_eq!(client.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(), 0);
    assert!(select([&server], [], LONG).unwrap().is_readable(&server));
    server.accept().unwrap();

    let client = Socket::new(AF_INET, SOCK_STREAM | SOCK_NONBLOCK).unwrap();
    client.connect_ex(nobody()).unwrap();
    let ready = select([], [&client], LONG).unwrap();
    assert!(ready.is_writable(&client) && ready.is_failed(&client) && ready.is_hung_up(&client));
    assert!(!ready.is_readable(&client), "no one asked");
    assert_eq!(
        client.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(),
        ECONNREFUSED
    );
}

/// Compares sockets by their descriptors.
#[cfg(target_os = "linux")]
fn fds<'s>(sockets: impl Iterator<Item = &'s Socket>) -> Vec<i32> {
    sockets.map(Socket::fileno).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_lists_are_in_the_order_given_and_name_each_once() {
    let (a, b) = socketpair().unwrap();
    let (c, d) = socketpair().unwrap();
    b.sendall(b"x").unwrap();
    d.sendall(b"x").unwrap();
    let ready = select([&c, &a, &c, &b], [&d, &a, &d], LONG).unwrap();
    assert_eq!(fds(ready.readable()), fds([&c, &a].into_iter()));
    let writable = fds(ready.writable());
    assert_eq!(
        writable,
        fds([&a, &d].into_iter()),
        "a was given before, as a reader"
    );
    assert!(ready.is_readable(&a) && ready.is_writable(&a));
    assert!(!ready.is_readable(&d), "it was given as a writer");
    assert!(!ready.is_writable(&c), "it was given as a reader");
    // What was not given is not ready.
    let dup = a.dup().unwrap();
    let (e, _f) = socketpair().unwrap();
    for other in [&dup, &e] {
        assert!(!ready.is_readable(other) && !ready.is_writable(other));
        assert!(!ready.is_hung_up(other) && !ready.is_failed(other));
    }
    let shown = format!("{ready:?}");
    for socket in [&a, &c] {
        assert!(shown.contains(&socket.fileno().to_string()), "{shown}");
    }
    // The sockets of a list may come from anywhere.
    let all = vec![a, c];
    let none = Vec::<Socket>::new();
    assert_eq!(select(&all, &none, LONG).unwrap().readable().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn after_the_timeout_none_is_ready() {
    let (a, b) = socketpair().unwrap();
    // The sockets' own timeouts do not count.
    a.settimeout(LONG).unwrap();
    b.setblocking(false).unwrap();
    let asked = Duration::from_millis(30);
    for readers in [vec![&a, &b], vec![]] {
        let start = Instant::now();
        let ready = select(readers, [], asked).unwrap();
        assert!(start.elapsed() >= asked);
        assert!(ready.is_empty());
        assert_eq!((ready.readable().count(), ready.writable().count()), (0, 0));
    }
    assert!(select([&a], [], Duration::ZERO).unwrap().is_empty());
    // And without one it waits.
    let ready = once_blocked(
        || fds(select([&a], [], None).unwrap().readable()),
        || b.sendall(b"x").unwrap(),
    );
    assert_eq!(ready, [a.fileno()]);
}

#[test]
fn what_would_wait_for_nothing_is_refused() {
    let error = select([], [], None).unwrap_err();
    assert!(error.is_bad_input());
    assert_eq!(error.call(), Call::Select);
    let error = select([], [], Duration::MAX).unwrap_err();
    assert!(error.is_bad_input());
}
