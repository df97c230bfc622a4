//! Lessons 2 and 4: bind, listen, accept; names; Unix paths and abstract names.

use std::path::{Path, PathBuf};

use crate::support::*;
use socketbook::*;

#[test]
fn bind_and_its_errors() {
    let phone = Socket::tcp().unwrap();
    phone.bind(("", 0)).unwrap();
    assert!(phone.getsockname().unwrap().ip().unwrap().is_unspecified());
    let error = phone.bind(LOCAL).unwrap_err();
    assert_eq!((error.call().name(), error.errno()), ("bind", Some(EINVAL)));
    assert!(
        error
            .to_string()
            .starts_with("bind(127.0.0.1:0): EINVAL (22)"),
        "{error}"
    );
    let error = Socket::tcp().unwrap().bind(("192.0.2.1", 0)).unwrap_err();
    assert_eq!(error.errno(), Some(EADDRNOTAVAIL));

    let socket = Socket::tcp().unwrap();
    for (error, value) in [
        (socket.bind(("::1", 0)).unwrap_err(), "::1"),
        (socket.bind("no port").unwrap_err(), "no port"),
        (socket.bind("::1:80").unwrap_err(), "[::1]:80"),
        (socket.bind("127.0.0.1:x").unwrap_err(), "x"),
        (socket.bind(PathBuf::from("/tmp/x")).unwrap_err(), "/tmp/x"),
        (socket.bind(PathBuf::from("x")).unwrap_err(), "AF_UNIX"),
        (socket.bind(("::1", 1, 1 << 20, 0)).unwrap_err(), "1048576"),
        (socket.bind(("nul\0nul", 0)).unwrap_err(), "NUL byte"),
    ] {
        assert!(error.is_bad_input(), "{error}");
        assert_eq!(error.call(), "bind");
        assert!(error.to_string().contains(value), "{error}");
    }
    for host in ["nobody.invalid", &"x".repeat(5000)] {
        let error = socket.bind((host, 0)).unwrap_err();
        assert!(error.is_unresolved(), "{error}");
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
    assert_eq!(
        socket.getsockname().unwrap().port(),
        Some(0),
        "still unbound"
    );
    if have_ipv6() {
        let six = Socket::new(AF_INET6, SOCK_DGRAM).unwrap();
        // A scope is minded where an address needs one: given, or with a name. 1 is the loopback.
        let bind = |address| six.bind(address).unwrap_err().errno();
        assert_eq!(bind(("fe80::1", 0, 0, 0)), Some(EINVAL));
        assert_eq!(bind(("fe80::1", 0, 0, 1)), Some(EADDRNOTAVAIL));
        assert_eq!(bind(("fe80::1%lo", 0, 0, 0)), Some(EADDRNOTAVAIL));
        six.bind(("::1", 0, (1 << 20) - 1, 0)).unwrap();
    }
}

#[test]
fn listen_takes_any_number() {
    for backlog in [Some(i32::MIN), Some(-1), Some(0), Some(i32::MAX), None] {
        let phone = Socket::tcp().unwrap();
        phone.listen(backlog).unwrap();
        assert!(phone.getsockopt(SOL_SOCKET, SO_ACCEPTCONN).unwrap());
        let port = phone.getsockname().unwrap().port().unwrap();
        create_connection(("127.0.0.1", port)).unwrap();
        phone.accept().unwrap();
    }
    let error = Socket::udp().unwrap().listen(5).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("listen", Some(EOPNOTSUPP))
    );
    let error = Socket::tcp().unwrap().accept().unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("accept", Some(EINVAL))
    );
    assert_eq!(
        Socket::udp().unwrap().accept().unwrap_err().errno(),
        Some(EOPNOTSUPP)
    );
}

#[test]
fn create_server_and_its_arguments() {
    let phone = create_server(LOCAL).unwrap();
    assert!(phone.getsockopt(SOL_SOCKET, SO_REUSEADDR).unwrap());
    let error = create_server(phone.getsockname().unwrap()).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("create_server", Some(EADDRINUSE))
    );

    let shared = ServerOptions::new().reuse_port(true).backlog(3);
    let one = create_server_with(LOCAL, &shared).unwrap();
    create_server_with(one.getsockname().unwrap(), &shared).unwrap();
    let error = create_server_with(LOCAL, &ServerOptions::new().dualstack_ipv6(true)).unwrap_err();
    assert!(error.is_bad_input());
    if have_ipv6() {
        let six = create_server_with(("", 0), &ServerOptions::new().family(AF_INET6)).unwrap();
        assert!(six.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY).unwrap());
        let port = six.getsockname().unwrap().port().unwrap();
        let error = Socket::tcp()
            .unwrap()
            .connect(("127.0.0.1", port))
            .unwrap_err();
        assert_eq!(error.errno(), Some(ECONNREFUSED));
        create_connection(("::1", port)).unwrap();
    }
}

/// Only with SO_REUSEADDR does a server start again while its old connections are in TIME_WAIT.
#[test]
fn time_wait_and_reuseaddr() {
    let phone = create_server(LOCAL).unwrap();
    let number = phone.getsockname().unwrap();
    let caller = create_connection(&number).unwrap();
    let (conn, _) = phone.accept().unwrap();
    phone.close();
    conn.close(); // the server hangs up first, and has the TIME_WAIT
    assert_eq!(caller.recv(1).unwrap(), b"");
    caller.close();
    let plain = Socket::tcp().unwrap();
    assert_eq!(plain.bind(&number).unwrap_err().errno(), Some(EADDRINUSE));
    create_server(&number).unwrap();
}

#[test]
fn unix_paths() {
    let folder = Folder::new("paths");
    let path = folder.0.join("phone");
    let phone = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    phone.bind(&path).unwrap();
    phone.listen(None).unwrap();
    let named = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    named.bind(folder.0.join("caller")).unwrap();
    named.connect(&path).unwrap();
    assert_eq!(phone.accept().unwrap().1, named.getsockname().unwrap());
    let caller = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    caller.connect(path.to_str().unwrap()).unwrap();
    let (conn, from) = phone.accept().unwrap();
    assert_eq!(from, Address::Unnamed, "the caller has no name");
    assert_eq!(caller.getpeername().unwrap(), Address::unix(&path).unwrap());
    assert_eq!(conn.getsockname().unwrap().as_path(), Some(&*path));
    let again = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
    assert_eq!(again.bind(&path).unwrap_err().errno(), Some(EADDRINUSE));
    let error = again.connect(folder.0.join("none")).unwrap_err();
    assert_eq!(error.errno(), Some(ENOENT));
    assert_eq!(again.connect_ex(folder.0.join("none")).unwrap(), ENOENT);
    assert!(error.to_string().contains("none"), "{error}");

    // 107 bytes fit, 108 do not.
    let base = folder.0.to_str().unwrap().len() + 1;
    let fits = folder.0.join("x".repeat(107 - base));
    let longest = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    longest.bind(&fits).unwrap();
    assert_eq!(longest.getsockname().unwrap().as_path(), Some(&*fits));
    let other = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    for long in [108, 5000] {
        let name = "x".repeat(long);
        for error in [
            other.bind(&name).unwrap_err(),
            other.connect(&name).unwrap_err(),
            other.sendto(b"x", &name).unwrap_err(),
            other.connect_ex(&name).unwrap_err(),
            other.bind(PathBuf::from(&name)).unwrap_err(),
            Address::unix(&name).unwrap_err(),
        ] {
            assert!(error.is_bad_input(), "{error}");
            assert!(error.to_string().contains(&long.to_string()), "{error}");
        }
    }
    for bad in ["nul\0byte", "/tmp/\0"] {
        assert!(other.bind(bad).unwrap_err().is_bad_input());
    }
    // A path is no abstract name, whatever it begins with.
    for bad in ["", "\0abstract"] {
        for error in [
            Address::unix(bad).unwrap_err(),
            other.bind(Path::new(bad)).unwrap_err(),
        ] {
            assert!(error.is_bad_input(), "{error}");
            assert!(error.to_string().contains(&format!("{bad:?}")), "{error}");
        }
    }
    for error in [
        other.bind(LOCAL).unwrap_err(),
        other.bind(("", 0)).unwrap_err(),
    ] {
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("give it a path"), "{error}");
    }
    let error = other
        .bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))
        .unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    assert!(error.to_string().contains("an IPv4 address"), "{error}");
}

#[test]
fn abstract_names_are_any_bytes() {
    let unique = std::process::id().to_string();
    let full = [unique.as_bytes(), &[b'z'; 107]].concat();
    for name in [
        unique.clone().into_bytes(),
        [unique.as_bytes(), b"\0in\0side\0"].concat(),
        [unique.as_bytes(), b"\xff\xfe\x80"].concat(),
        full[..107].to_vec(),
    ] {
        let address = Address::unix_abstract(&name).unwrap();
        let socket = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
        socket.bind(&address).unwrap();
        let own = socket.getsockname().unwrap();
        assert_eq!(own, address);
        assert!(matches!(&own, Address::Unix(unix) if unix.as_abstract() == Some(&name)));
        assert_eq!(own.as_path(), None);
        let sender = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
        sender.bind("").unwrap();
        let name = sender.getsockname().unwrap(); // of the kernel's choice
        for _ in 0..2 {
            assert_eq!(sender.sendto(b"x", &own).unwrap(), 1);
        }
        assert_eq!(socket.recvfrom(9).unwrap().1, name);
        assert_eq!(socket.recvfrom_into(&mut [0; 9]).unwrap().1, name);
    }
    let error = Address::unix_abstract(&full[..108]).unwrap_err();
    assert!(error.is_bad_input());
    assert!(
        error.to_string().contains(&format!("(@{unique}z")),
        "{error}"
    );
    let error = Socket::new(AF_UNIX, SOCK_DGRAM)
        .unwrap()
        .connect(Address::Unnamed)
        .unwrap_err();
    assert!(error.errno().is_some(), "{error}");
}

#[test]
fn addresses_as_people_and_as_python_write_them() {
    use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr as Unix;
    let v6 = SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 8002, 1, 2));
    let unnamed = std::os::unix::net::UnixDatagram::unbound().unwrap();
    for (address, people, python) in [
        (
            SocketAddr::from(([127, 0, 0, 1], 8002)).into(),
            "127.0.0.1:8002",
            "('127.0.0.1', 8002)",
        ),
        (v6.into(), "[::1%2]:8002", "('::1', 8002, 1, 2)"),
        (
            Unix::from_pathname("/tmp/phone").unwrap().into(),
            "/tmp/phone",
            "'/tmp/phone'",
        ),
        (
            Unix::from_abstract_name(b"phone\0").unwrap().into(),
            r"@phone\x00",
            r"b'\x00phone\x00'",
        ),
        (unnamed.local_addr().unwrap().into(), "", "None"),
    ] {
        let address: Address = address;
        assert_eq!(address.to_string(), people);
        assert_eq!(address.python(), python);
        assert_eq!(format!("{address:?}"), python);
        if let Address::Unix(name) = address {
            assert_eq!(
                (name.to_string(), format!("{name:?}")),
                (people.into(), people.into())
            );
        }
    }
}
