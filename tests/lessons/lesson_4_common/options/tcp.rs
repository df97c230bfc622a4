//! What TCP's options do: the state of a connection, deferred connections, repair.

use std::time::Duration;

use socketbook::*;

use super::allowed_or_not;
use super::rows::read_by_number;
use crate::support::*;

fn info(socket: &Socket) -> TcpInfo {
    socket.getsockopt(IPPROTO_TCP, TCP_INFO).unwrap()
}

/// Waits until the connection is in the state: the other side is the kernel's.
fn until_state(socket: &Socket, state: TcpState) {
    while info(socket).state != state {
        std::thread::yield_now();
    }
}

#[test]
fn tcp_info_follows_a_connection() {
    let server = Socket::tcp().unwrap();
    assert_eq!(info(&server).state, TcpState::Close);
    server.bind(LOCAL).unwrap();
    server.listen(7).unwrap();
    let client = create_connection(server.getsockname().unwrap()).unwrap();
    let listening = info(&server);
    assert_eq!(listening.state, TcpState::Listen);
    assert_eq!((listening.unacked, listening.sacked), (1, 7));

    let (conn, _) = server.accept().unwrap();
    for side in [&client, &conn] {
        let info = info(side);
        assert_eq!(info.state, TcpState::Established);
        assert_eq!(info.ca_state, TcpCaState::Open);
        assert_eq!(info.snd_ssthresh, None);
        assert!(info.snd_cwnd > 0 && info.snd_mss > 0 && info.rto > Duration::ZERO);
        assert!(info.pmtu >= info.snd_mss && info.rcv_space > 0);
    }
    // The SYN was acknowledged: that is a round trip. Less than a minute, and not a second, which
    // the wrong unit would make of it.
    let rtt = info(&client).rtt;
    assert!(
        rtt > Duration::ZERO && rtt < Duration::from_secs(60),
        "{rtt:?}"
    );

    client.shutdown(SHUT_WR).unwrap();
    until_state(&client, TcpState::FinWait2);
    until_state(&conn, TcpState::CloseWait);
    conn.shutdown(SHUT_WR).unwrap();
    until_state(&client, TcpState::Close);
    until_state(&conn, TcpState::Close);
}

#[test]
fn a_deferred_connection_is_accepted_with_its_first_data() {
    let server = Socket::tcp().unwrap();
    server
        .setsockopt(IPPROTO_TCP, TCP_DEFER_ACCEPT, Duration::from_secs(60))
        .unwrap();
    server.bind(LOCAL).unwrap();
    server.listen(5).unwrap();
    let client = create_connection(server.getsockname().unwrap()).unwrap();
    server.setblocking(false).unwrap();
    assert_eq!(server.accept().unwrap_err().errno(), Some(EAGAIN));
    client.sendall(b"first").unwrap();
    server.settimeout(Duration::from_secs(20)).unwrap();
    let (conn, _) = server.accept().unwrap();
    assert_eq!(conn.recv(10).unwrap(), b"first");
}

#[test]
fn a_port_is_chosen_when_connecting() {
    let server = create_server(LOCAL).unwrap();
    let client = Socket::tcp().unwrap();
    client
        .setsockopt(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, true)
        .unwrap();
    client.bind(LOCAL).unwrap();
    assert_eq!(client.getsockname().unwrap().port(), Some(0));
    client.connect(server.getsockname().unwrap()).unwrap();
    assert_ne!(client.getsockname().unwrap().port(), Some(0));
}

#[test]
fn a_stream_is_readable_from_its_low_water_mark_on() {
    let (a, b) = tcp_pair();
    b.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 10).unwrap();
    a.sendall(b"12345").unwrap();
    // They are there, and can be had.
    b.settimeout(Duration::from_secs(20)).unwrap();
    assert_eq!(b.recv_with_flags(99, MSG_PEEK).unwrap(), b"12345");
    let ready = |b: &Socket, timeout: Duration| !select([b], [], timeout).unwrap().is_empty();
    assert!(!ready(&b, Duration::ZERO));
    a.sendall(b"67890").unwrap();
    assert!(ready(&b, Duration::from_secs(20)));
    assert_eq!(b.recv(99).unwrap(), b"1234567890");
}

#[test]
fn fast_open_is_set_before_the_connection_is_made() {
    let refused = |outcome: Result<()>| {
        assert_eq!(outcome.unwrap_err().errno(), Some(EINVAL));
    };
    let (client, _conn) = tcp_pair();
    refused(client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN, 5));
    refused(client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, true));
    refused(client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, true));

    let server = create_server(LOCAL).unwrap();
    server
        .setsockopt(IPPROTO_TCP, TCP_FASTOPEN_KEY, *b"0123456789abcdef")
        .unwrap();
    let mut key = [0; 16];
    read_by_number(&server, 6, 33, &mut key);
    assert_eq!(&key, b"0123456789abcdef");
}

#[test]
fn a_connection_under_repair_shows_its_numbers() {
    let (client, conn) = tcp_pair();
    let errno = |outcome: Result<()>| outcome.unwrap_err().errno();
    assert!(!client.getsockopt(IPPROTO_TCP, TCP_REPAIR).unwrap());
    assert_eq!(
        errno(client.setsockopt(IPPROTO_TCP, TCP_REPAIR_QUEUE, 1)),
        Some(EPERM)
    );
    assert_eq!(
        errno(client.setsockopt(IPPROTO_TCP, TCP_QUEUE_SEQ, 1)),
        Some(EPERM)
    );
    assert_eq!(
        errno(client.setsockopt(IPPROTO_TCP, TCP_TIMESTAMP, 1)),
        Some(EPERM)
    );
    let none = client.getsockopt(IPPROTO_TCP, TCP_QUEUE_SEQ).unwrap_err();
    assert_eq!(none.errno(), Some(EINVAL));
    let clock = || client.getsockopt(IPPROTO_TCP, TCP_TIMESTAMP).unwrap();
    let by_number = |number| {
        let mut value = [0; 4];
        read_by_number(&client, 6, number, &mut value);
        u32::from_ne_bytes(value)
    };
    // It goes on: between two equal readings there was no other.
    while {
        let (before, now, after) = (by_number(24), clock(), by_number(24));
        assert!(before <= now && now <= after, "{before} {now} {after}");
        before != after
    } {}

    if !allowed_or_not(client.setsockopt(IPPROTO_TCP, TCP_REPAIR, true)) {
        return;
    }
    assert!(client.getsockopt(IPPROTO_TCP, TCP_REPAIR).unwrap());
    // Read within the millisecond, it is what it was set to.
    let at_once = |_| {
        client.setsockopt(IPPROTO_TCP, TCP_TIMESTAMP, 7).unwrap();
        clock() == 7
    };
    assert!((0..10_000).any(at_once));
    let number = |queue| {
        client
            .setsockopt(IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
            .unwrap();
        assert_eq!(
            client.getsockopt(IPPROTO_TCP, TCP_REPAIR_QUEUE).unwrap(),
            queue
        );
        client.getsockopt(IPPROTO_TCP, TCP_QUEUE_SEQ).unwrap()
    };
    let (received, sent) = (number(1), number(2));
    assert_ne!(received, sent);
    assert_eq!(by_number(21), sent);
    client.setsockopt(IPPROTO_TCP, TCP_REPAIR, false).unwrap();
    assert!(!client.getsockopt(IPPROTO_TCP, TCP_REPAIR).unwrap());
    conn.sendall(b"12345").unwrap();
    assert_eq!(client.recv(10).unwrap(), b"12345");
    if allowed_or_not(client.setsockopt(IPPROTO_TCP, TCP_REPAIR, true)) {
        assert_eq!(number(1), received.wrapping_add(5));
        // So `close` does not wait for a peer that it tells nothing.
        client.setsockopt(IPPROTO_TCP, TCP_REPAIR, false).unwrap();
    }
}

#[test]
fn a_connection_under_repair_begins_where_it_is_told() {
    let socket = Socket::tcp().unwrap();
    if !allowed_or_not(socket.setsockopt(IPPROTO_TCP, TCP_REPAIR, true)) {
        return;
    }
    for (queue, begin) in [(1, 1000), (2, 2000)] {
        socket
            .setsockopt(IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
            .unwrap();
        socket
            .setsockopt(IPPROTO_TCP, TCP_QUEUE_SEQ, begin)
            .unwrap();
        let mut value = [0; 4];
        read_by_number(&socket, 6, 21, &mut value);
        assert_eq!(u32::from_ne_bytes(value), begin);
        let read = socket.getsockopt(IPPROTO_TCP, TCP_QUEUE_SEQ).unwrap();
        assert_eq!(read, begin);
    }
}

#[test]
fn an_upper_protocol_has_a_name() {
    let (client, _conn) = tcp_pair();
    // The second is a congestion control.
    for name in ["no such one", "reno"] {
        let unknown = client.setsockopt(IPPROTO_TCP, TCP_ULP, name);
        assert_eq!(unknown.unwrap_err().errno(), Some(ENOENT));
    }
    // The kernel's module may be missing.
    if let Err(error) = client.setsockopt(IPPROTO_TCP, TCP_ULP, "tls") {
        assert_eq!(error.errno(), Some(ENOENT), "{error}");
    }
}
