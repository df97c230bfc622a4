//! Lesson 3, client calls: connect, connect_ex, create_connection.

use std::time::{Duration, Instant};

use crate::support::*;
use socketbook::*;

#[cfg(target_os = "linux")]
#[test]
fn connect_and_its_errors() {
    let phone = create_server(LOCAL).unwrap();
    let number = phone.getsockname().unwrap();
    for timeout in [None, Some(Duration::from_secs(60))] {
        let caller = Socket::tcp().unwrap();
        caller.settimeout(timeout).unwrap();
        caller.connect(&number).unwrap();
        assert_eq!(caller.getpeername().unwrap(), number);
        // Where it had to wait, the kernel tells of the success once more (connect(2)).
        assert_eq!(caller.connect_ex(&number).unwrap() == 0, timeout.is_some());
        assert_eq!(caller.connect(&number).unwrap_err().errno(), Some(EISCONN));
        assert_eq!(caller.connect_ex(&number).unwrap(), EISCONN);
        assert_eq!(caller.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(), 0);

        let caller = Socket::tcp().unwrap();
        caller.settimeout(timeout).unwrap();
        let nobody = nobody();
        let error = caller.connect(&nobody).unwrap_err();
        assert_eq!(
            (error.call().name(), error.errno()),
            ("connect", Some(ECONNREFUSED))
        );
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
        assert!(error.to_string().contains(&nobody.to_string()));
        assert_eq!(
            caller.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(),
            0,
            "taken away"
        );
        // Where it had to wait, the kernel first tells of the failure once more.
        let again = if timeout.is_some() {
            ECONNABORTED
        } else {
            ECONNREFUSED
        };
        assert_eq!(caller.connect_ex(&nobody).unwrap(), again);
        // A socket that was refused may call somebody else.
        caller.connect(&number).unwrap();
    }
    let caller = Socket::tcp().unwrap();
    for error in [
        caller.connect(("::1", 9)).unwrap_err(),
        caller.connect_ex(("::1", 9)).unwrap_err(),
        caller.connect("127.0.0.1:99999").unwrap_err(),
    ] {
        assert!(error.is_bad_input(), "{error}");
        assert!(error.call().name().starts_with("connect"));
    }
    let error = caller.connect_ex(("nobody.invalid", 9)).unwrap_err();
    assert!(error.is_unresolved());
    assert_eq!(error.call(), "connect_ex");
}

/// SO_ERROR is reported once, to the call that asks first. That it says nothing then is no success.
#[cfg(target_os = "linux")]
#[test]
fn connect_does_not_take_a_stolen_error_for_success() {
    let (full, _waiting) = full_backlog();
    let number = full.getsockname().unwrap();
    // Which of the two asks first is for the scheduler to say, so it is tried until the thief does.
    for _ in 0..2000 {
        let caller = Socket::tcp().unwrap();
        caller.settimeout(Duration::from_secs(60)).unwrap();
        let thief = caller.dup().unwrap();
        let (stolen, outcome) = std::thread::scope(|scope| {
            let connecting = scope.spawn(|| {
                // Of this thread. It is woken by what the thief does, and had better not come first.
                rustix::process::nice(19).unwrap();
                caller.connect(&number)
            });
            // Ends the attempt, as soon as there is one. The error for it is ECONNRESET.
            while thief.shutdown(SHUT_RDWR).is_err() {
                std::thread::yield_now();
            }
            let stolen = thief.getsockopt(SOL_SOCKET, SO_ERROR).unwrap();
            (stolen, connecting.join().unwrap())
        });
        let errno = outcome.unwrap_err().errno();
        if stolen == ECONNRESET {
            assert_eq!(errno, Some(ENOTCONN));
            return;
        }
        assert_eq!((stolen.raw(), errno), (0, Some(ECONNRESET)));
    }
    panic!("the error was never stolen");
}

#[cfg(target_os = "linux")]
#[test]
fn connect_without_waiting_is_finished_by_the_caller() {
    let phone = create_server(LOCAL).unwrap();
    let number = phone.getsockname().unwrap();
    let caller = Socket::new(AF_INET, SOCK_STREAM | SOCK_NONBLOCK).unwrap();
    assert_eq!(caller.connect_ex(&number).unwrap(), EINPROGRESS);
    let _conn = phone.accept().unwrap();
    caller.settimeout(Duration::from_secs(60)).unwrap();
    caller.sendall(b"x").unwrap();
    assert_eq!(caller.getsockopt(SOL_SOCKET, SO_ERROR).unwrap(), 0);
}

#[test]
fn udp_connects_without_a_packet_and_can_change_its_mind() {
    let (a, b, caller) = (udp(), udp(), udp());
    for peer in [&a, &b] {
        caller.connect(peer.getsockname().unwrap()).unwrap();
        caller.sendall(b"hello").unwrap();
        assert_eq!(peer.recvfrom(9).unwrap().1, caller.getsockname().unwrap());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn create_connection_tries_each_address() {
    // localhost is often two addresses; this server has one of them.
    let phone = create_server(LOCAL).unwrap();
    let port = phone.getsockname().unwrap().port().unwrap();
    let caller = create_connection(("localhost", port)).unwrap();
    assert_eq!(caller.family(), AF_INET);
    assert_eq!(caller.gettimeout(), None);
    create_connection(format!("localhost:{port}")).unwrap();

    let nobody = nobody();
    let error = create_connection(("localhost", nobody.port().unwrap())).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("create_connection", Some(ECONNREFUSED))
    );
    assert!(!error.attempts().is_empty());
    for attempt in error.attempts() {
        assert_eq!(attempt.errno(), Some(ECONNREFUSED));
        assert!(error.to_string().contains(&attempt.to_string()), "{error}");
    }
    assert!(error.to_string().contains("localhost"));
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    for address in [("", 80), ("<broadcast>", 80)] {
        assert!(create_connection(address).unwrap_err().is_bad_input());
    }
    let unix = std::os::unix::net::SocketAddr::from_pathname("/tmp/phone").unwrap();
    for error in [
        create_connection(std::path::Path::new("/tmp/phone")).unwrap_err(),
        create_connection(Address::unix("/tmp/phone").unwrap()).unwrap_err(),
        create_connection(unix).unwrap_err(),
    ] {
        assert!(error.is_bad_input(), "{error}");
    }
    create_connection(phone.getsockname().unwrap().as_std().unwrap()).unwrap();
    let error = create_connection(("nobody.invalid", 80)).unwrap_err();
    assert!(error.is_unresolved());
}

#[cfg(target_os = "linux")]
#[test]
fn create_connection_and_its_arguments() {
    let phone = create_server(LOCAL).unwrap();
    let number = phone.getsockname().unwrap();
    let source = {
        let probe = Socket::tcp().unwrap();
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, true).unwrap();
        probe.bind(("127.0.0.2", 0)).unwrap();
        probe.getsockname().unwrap()
    };
    let options = ConnectionOptions::new()
        .timeout(Duration::from_secs(60))
        .source_address(source.clone());
    let caller = create_connection_with(&number, &options).unwrap();
    assert_eq!(caller.getsockname().unwrap(), source);
    assert_eq!(phone.accept().unwrap().1, source);
    assert_eq!(caller.gettimeout(), Some(Duration::from_secs(60)));

    // Only the whole has a time: the connection itself waits for ever, and its descriptor too.
    let total = ConnectionOptions::new()
        .timeout(None)
        .total(Duration::from_secs(60));
    let caller = create_connection_with(&number, &total).unwrap();
    assert_eq!(caller.gettimeout(), None);
    #[cfg(unix)] // Winsock does not say
    assert!(!socket2::SockRef::from(&caller).nonblocking().unwrap());

    // The connection keeps its own timeout, though the time for the whole was shorter.
    let both = ConnectionOptions::new()
        .timeout(Duration::from_secs(600))
        .total(Duration::from_secs(60));
    let caller = create_connection_with(&number, &both).unwrap();
    assert_eq!(caller.gettimeout(), Some(Duration::from_secs(600)));

    // A source of another family fits no address.
    let six = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0));
    let options = ConnectionOptions::new().source_address(six);
    let error = create_connection_with(&number, &options).unwrap_err();
    assert_eq!(error.attempts().len(), 1);
    assert!(error.attempts()[0].is_bad_input());

    let none = ConnectionOptions::new().total(Duration::ZERO);
    assert!(
        create_connection_with(&number, &none)
            .unwrap_err()
            .is_timeout()
    );
}

#[test]
fn the_total_is_for_all_addresses_together() {
    let (full, _waiting) = full_backlog();
    let asked = Duration::from_millis(50);
    let options = ConnectionOptions::new()
        .timeout(Duration::from_secs(600))
        .total(asked);
    let start = Instant::now();
    let number = full.getsockname().unwrap();
    let error = must_time_out(asked, || create_connection_with(&number, &options));
    assert!(start.elapsed() < Duration::from_secs(600));
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert_eq!(error.attempts().len(), 1);
}
