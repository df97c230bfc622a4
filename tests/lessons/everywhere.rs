//! What holds on every platform: all six lessons over TCP and UDP. Where platforms answer with
//! different errnos, both stand here.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(60);

/// The errno of this platform.
fn either(unix: Errno, windows: Errno) -> Errno {
    if cfg!(windows) { windows } else { unix }
}

#[test]
fn lesson_1_sockets_go_out_and_come_back_as_they_are() {
    fn round<S: TryFrom<Socket, Error = ConvertError<Socket>> + Into<Socket>>(socket: Socket) {
        let (family, kind) = (socket.family(), socket.kind());
        socket.settimeout(LONG).unwrap();
        let socket: Socket = S::try_from(socket).unwrap().into();
        assert_eq!((socket.family(), socket.kind()), (family, kind));
        // Of the descriptor itself, bound to nothing.
        let socket = Socket::try_from(socket.detach()).unwrap();
        assert_eq!((socket.family(), socket.kind()), (family, kind));
        let again = fromfd(&socket, family, kind).unwrap();
        assert_eq!((again.family(), again.kind()), (family, kind));
        let other = if kind == SOCK_STREAM {
            SOCK_DGRAM
        } else {
            SOCK_STREAM
        };
        assert!(fromfd(&socket, family, other).unwrap_err().is_bad_input());
    }
    for family in [AF_INET, AF_INET6] {
        if family == AF_INET6 && !have_ipv6() {
            continue;
        }
        round::<TcpStream>(Socket::new(family, SOCK_STREAM).unwrap());
        round::<TcpListener>(Socket::new(family, SOCK_STREAM).unwrap());
        round::<UdpSocket>(Socket::new(family, SOCK_DGRAM).unwrap());
    }
    let refused = UdpSocket::try_from(Socket::tcp().unwrap()).unwrap_err();
    assert!(refused.error().is_bad_input());
    let error = Socket::new(AddressFamily::from(12345), SOCK_STREAM).unwrap_err();
    assert_eq!(error.errno(), Some(EAFNOSUPPORT));
}

#[test]
fn lesson_1_a_pair_is_connected_and_blocks() {
    let (a, b) = socketpair().unwrap();
    assert_eq!((a.kind(), a.gettimeout()), (SOCK_STREAM, None));
    a.sendall(b"hello").unwrap();
    assert_eq!(b.recv(100).unwrap(), b"hello");
    let dup = a.dup().unwrap();
    a.close();
    dup.sendall(b"still").unwrap();
    assert_eq!(b.recv(100).unwrap(), b"still");
    dup.close();
    assert_eq!(b.recv(100).unwrap(), b"");
    // Many at once: no one gets another's end.
    thread::scope(|scope| {
        for number in 0..8u8 {
            scope.spawn(move || {
                for _ in 0..8 {
                    let (a, b) = socketpair().unwrap();
                    a.sendall(&[number]).unwrap();
                    assert_eq!(b.recv(9).unwrap(), [number]);
                }
            });
        }
    });
}

#[test]
fn lesson_2_an_address_in_use_and_a_server_that_starts_again() {
    let server = create_server(LOCAL).unwrap();
    let address = server.getsockname().unwrap();
    for error in [
        Socket::tcp().unwrap().bind(&address).unwrap_err(),
        create_server(&address).unwrap_err(),
    ] {
        assert_eq!(error.errno(), Some(EADDRINUSE), "{error}");
        assert!(error.to_string().contains(&address.to_string()));
    }
    let client = create_connection(&address).unwrap();
    let (conn, from) = server.accept().unwrap();
    assert_eq!(from, client.getsockname().unwrap());
    assert_eq!(conn.getpeername().unwrap(), from);
    server.close();
    conn.close(); // the server hangs up first, and has the TIME_WAIT
    assert_eq!(client.recv(1).unwrap(), b"");
    client.close();
    create_server(&address).unwrap();

    let error = Socket::tcp().unwrap().accept().unwrap_err();
    assert_eq!(error.errno(), Some(EINVAL));
    let error = Socket::tcp().unwrap().bind(("192.0.2.1", 0)).unwrap_err();
    assert_eq!(error.errno(), Some(EADDRNOTAVAIL));
    let error = udp().listen(5).unwrap_err();
    assert_eq!(error.call(), "listen");
    assert_eq!(error.errno(), Some(EOPNOTSUPP));
}

#[test]
fn lesson_2_accept_under_a_timeout() {
    let server = create_server(LOCAL).unwrap();
    server.settimeout(SOON).unwrap();
    must_time_out(SOON, || server.accept().map(drop));
    server.setblocking(false).unwrap();
    assert!(server.accept().unwrap_err().is_would_block());
    // What is accepted waits all the same.
    let client = create_connection(server.getsockname().unwrap()).unwrap();
    select([&server], [], LONG).unwrap();
    let (conn, _) = server.accept().unwrap();
    assert_eq!(conn.gettimeout(), None);
    thread::scope(|scope| {
        let reader = scope.spawn(|| conn.recv(16).unwrap());
        client.sendall(b"late").unwrap();
        assert_eq!(reader.join().unwrap(), b"late");
    });
}

#[test]
fn lesson_3_connect_and_connect_ex() {
    let server = create_server(LOCAL).unwrap();
    let address = server.getsockname().unwrap();
    for timeout in [None, Some(LONG)] {
        let client = Socket::tcp().unwrap();
        client.settimeout(timeout).unwrap();
        assert_eq!(client.connect_ex(&address).unwrap(), 0);
        assert_eq!(client.getpeername().unwrap(), address);

        let client = Socket::tcp().unwrap();
        client.settimeout(timeout).unwrap();
        let nobody = nobody();
        let error = client.connect(&nobody).unwrap_err();
        assert_eq!(error.errno(), Some(ECONNREFUSED), "{error}");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
        let client = Socket::tcp().unwrap();
        client.settimeout(timeout).unwrap();
        assert_eq!(client.connect_ex(&nobody).unwrap(), ECONNREFUSED);
    }
    // Python's number for a connect under way, and for one that timed out.
    let client = Socket::tcp().unwrap();
    client.setblocking(false).unwrap();
    let under_way = client.connect_ex(&address).unwrap();
    assert_eq!(under_way, either(EINPROGRESS, EAGAIN));
    let ready = select([], [&client], LONG).unwrap();
    assert!(ready.is_writable(&client));
    assert_eq!(client.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(), 0);
    assert_eq!(client.getpeername().unwrap(), address);
    let client = Socket::tcp().unwrap();
    client.setblocking(false).unwrap();
    let error = client.connect(&address).unwrap_err();
    assert!(error.is_would_block(), "{error}");
    assert!(error.to_string().contains("being made"), "{error}");
}

#[test]
fn lesson_4_a_cut_datagram_is_told_by_every_call() {
    let (a, b) = udp_pair();
    for _ in 0..7 {
        a.sendall(b"0123456789").unwrap();
    }
    let mut small = [0; 4];
    let error = b.recv(4).unwrap_err();
    assert!(error.is_truncated());
    assert_eq!(error.received(), b"0123");
    assert!(b.recv_into(&mut small).unwrap_err().is_truncated());
    assert_eq!(&small, b"0123");
    let (data, from) = b.recvfrom(4).unwrap();
    assert_eq!((&*data, data.full_len()), (&b"0123"[..], 10));
    assert_eq!(from, a.getsockname().unwrap());
    let (data, _) = b.recvfrom_into(&mut small).unwrap();
    assert_eq!((data.is_truncated(), data.full_len()), (true, 10));
    let (data, _) = b.recvfrom(0).unwrap();
    assert_eq!((data.len(), data.full_len()), (0, 10));
    // Looked at, it stays.
    assert_eq!(b.recv_with_flags(4, MSG_PEEK).unwrap(), b"0123");
    assert_eq!(b.recv(10).unwrap(), b"0123456789");
    let mut file = b.makefile(RB.buffer_size(4));
    assert!(file.read1(4).unwrap_err().is_truncated());
    drop(file);
    b.settimeout(SOON).unwrap();
    must_time_out(SOON, || b.recvfrom(1).map(drop));
}

#[test]
fn lesson_4_the_end_and_the_reset() {
    let (a, b) = tcp_pair();
    a.sendall(b"all").unwrap();
    a.shutdown(SHUT_WR).unwrap();
    assert_eq!(b.recv(16).unwrap(), b"all");
    assert_eq!(b.recv(16).unwrap(), b"");
    b.sendall(b"back").unwrap();
    assert_eq!(a.recv(16).unwrap(), b"back");
    let error = a.send(b"x").unwrap_err();
    assert_eq!(error.errno(), Some(either(EPIPE, ESHUTDOWN)));
    assert!(error.is_disconnect());

    let (a, b) = tcp_pair();
    reset(a);
    let error = b.recv(1).unwrap_err();
    assert_eq!(error.errno(), Some(ECONNRESET));
    assert!(error.is_disconnect());
    let error = Socket::tcp().unwrap().getpeername().unwrap_err();
    assert_eq!(error.errno(), Some(ENOTCONN));
}

#[test]
fn lesson_4_urgent_data_is_waited_for() {
    let (a, b) = tcp_pair();
    b.settimeout(LONG).unwrap();
    thread::scope(|scope| {
        let urgent = scope.spawn(|| b.recv_with_flags(1, MSG_OOB));
        a.send_with_flags(b"ab!", MSG_OOB).unwrap();
        // EINVAL if it asked before it came, as without a timeout.
        match urgent.join().unwrap() {
            Ok(byte) => assert_eq!(byte, b"!"),
            Err(error) => assert_eq!(error.errno(), Some(EINVAL), "{error}"),
        }
    });
    assert_eq!(b.recv(2).unwrap(), b"ab");
}

#[test]
fn lesson_5_one_deadline_and_never_early() {
    let (a, b) = tcp_pair();
    for timeout in [1, 20, 50].map(Duration::from_millis) {
        b.settimeout(timeout).unwrap();
        must_time_out(timeout, || b.recv(1));
        must_time_out(timeout, || b.recv_into(&mut [0; 4]));
        must_time_out(timeout, || b.recvfrom(1).map(drop));
        must_time_out(timeout, || b.makefile(RB).readline().map(drop));
    }
    b.settimeout(Duration::ZERO).unwrap();
    let error = b.recv(1).unwrap_err();
    assert!(error.is_would_block() && !error.is_timeout());
    b.settimeout(None).unwrap();
    thread::scope(|scope| {
        let reader = scope.spawn(|| b.recv(16).unwrap());
        a.sendall(b"now").unwrap();
        assert_eq!(reader.join().unwrap(), b"now");
    });
    // No one reads: sendall ends at its deadline, and counts what went out.
    a.settimeout(SOON).unwrap();
    let data = vec![b'x'; 64 << 20];
    let error = must_time_out(SOON, || a.sendall(&data));
    assert!(error.sent() < data.len());
    a.close();
    assert_eq!(drain(&b).len(), error.sent());
}

#[test]
fn lesson_5_readiness() {
    let server = create_server(LOCAL).unwrap();
    let (a, b) = tcp_pair();
    assert!(select([&server, &b], [], SOON).unwrap().is_empty());
    a.sendall(b"x").unwrap();
    let ready = select([&server, &b], [&a], LONG).unwrap();
    assert!(ready.is_writable(&a) && !ready.is_readable(&server));
    let ready = select([&server, &b], [], LONG).unwrap();
    assert!(ready.is_readable(&b));
    let start = std::time::Instant::now();
    assert!(select([], [], SOON).unwrap().is_empty());
    assert!(start.elapsed() >= SOON);
    let client = Socket::tcp().unwrap();
    client.setblocking(false).unwrap();
    client.connect_ex(nobody()).unwrap();
    let ready = select([], [&client], LONG).unwrap();
    assert!(ready.is_writable(&client));
    assert_eq!(
        client.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(),
        ECONNREFUSED
    );
}

#[test]
fn lesson_6_lines() {
    let (a, b) = socketpair().unwrap();
    let mut out = a.makefile(W.newline(Newline::CrLf));
    out.write("喂\nbye\n").unwrap();
    out.close().unwrap();
    a.close();
    let mut lines = b.makefile(R);
    assert_eq!(lines.readline().unwrap(), "喂\n");
    assert_eq!(lines.readline().unwrap(), "bye\n");
    assert_eq!(lines.readline().unwrap(), "");
}

/// `EADDRINUSE` 98 / 10048: the number here, and that on Windows.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn the_errors_page_has_the_numbers_of_errnos() {
    let page = include_str!("../../book/en/src/errors.md");
    let mut compared = 0;
    for row in page.lines().filter(|line| line.starts_with("| `E")) {
        let cell = row.split('|').nth(1).unwrap();
        let parts: Vec<&str> = cell.split('`').collect();
        for (name, numbers) in parts[1..].chunks(2).map(|pair| (pair[0], pair[1])) {
            let numbers = numbers.split([',', '(', ')']).next().unwrap();
            let (linux, windows) = match numbers.split_once(" / ") {
                Some((linux, windows)) => (linux, windows),
                None => (numbers, ""),
            };
            let number = if cfg!(windows) { windows } else { linux };
            // Another name of the same number, or an error that this system does not have.
            let Ok(number) = number.trim().parse() else {
                assert!(number.trim().is_empty(), "{row}");
                continue;
            };
            let errno = Errno::from_raw(number);
            assert_eq!(errno.name(), name, "{row}");
            assert_eq!(errno.to_string(), format!("{name} ({number})"));
            compared += 1;
        }
    }
    assert!(compared >= 28, "{compared}");
}

#[cfg(windows)]
#[test]
fn errnos_speak_of_windows() {
    assert_eq!((ESHUTDOWN.name(), ESHUTDOWN.raw()), ("ESHUTDOWN", 10058));
    // Texts that speak of Windows, not of descriptors and TIME_WAIT.
    assert!(!EADDRINUSE.meaning().contains("TIME_WAIT"));
    assert!(EACCES.meaning().contains("SO_EXCLUSIVEADDRUSE"));
    assert!(EAGAIN.meaning().contains("WSAEWOULDBLOCK"));
    let error = create_server_with(LOCAL, &ServerOptions::new().reuse_port(true)).unwrap_err();
    assert!(error.to_string().contains("SO_REUSEPORT"), "{error}");
}

/// What is said of the platforms is the same wherever it stands.
#[test]
fn the_platforms_are_claimed_alike() {
    for (file, text) in [
        ("README.md", include_str!("../../README.md")),
        ("ARCHITECTURE.md", include_str!("../../ARCHITECTURE.md")),
        ("src/lib.rs", include_str!("../../src/lib.rs")),
    ] {
        let words: Vec<&str> = text
            .split_whitespace()
            .filter(|word| *word != "//!")
            .collect();
        let text = words.join(" ");
        for claim in [
            "Linux is tested",
            "Windows (TCP, UDP) is tested under Wine",
            "macOS and FreeBSD are built",
        ] {
            assert!(text.contains(claim), "{file} does not say: {claim}");
        }
    }
}
