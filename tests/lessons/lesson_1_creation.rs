//! Lesson 1, creation, and what goes in from and out to other types.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::Duration;

use crate::support::*;
use socketbook::*;

#[test]
fn family_kind_and_protocol() {
    for family in [AF_INET, AF_INET6, AF_UNIX] {
        for kind in [SOCK_STREAM, SOCK_DGRAM] {
            for flags in [kind, kind | SOCK_CLOEXEC, kind | SOCK_NONBLOCK] {
                let socket = Socket::new(family, flags).unwrap();
                assert_eq!((socket.family(), socket.kind()), (family, kind));
                assert_eq!(socket.getsockopt(SOL_SOCKET, SO_DOMAIN).unwrap(), family);
                assert_eq!(socket.getsockopt(SOL_SOCKET, SO_TYPE).unwrap(), kind);
                assert_eq!(socket.getblocking(), flags != (kind | SOCK_NONBLOCK));
                assert_eq!(flags | flags, flags, "a flag may be given twice");
            }
        }
    }
    let icmp = Socket::with_proto(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    assert!(match &icmp {
        Ok(socket) => socket.proto() == IPPROTO_ICMP,
        Err(error) => error.errno() == Some(EPERM),
    });
    let error = Socket::with_proto(AF_INET, SOCK_STREAM, IPPROTO_UDP).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("Socket", Some(EPROTONOSUPPORT))
    );
    let error = Socket::new(AddressFamily::from(12345), SOCK_STREAM).unwrap_err();
    assert_eq!(error.errno(), Some(EAFNOSUPPORT));
    assert!(error.to_string().contains("12345"), "{error}");
    let error = Socket::new(AF_INET, SocketKind::from(9)).unwrap_err();
    assert_eq!(error.errno(), Some(ESOCKTNOSUPPORT));
    assert!(Socket::new(AF_INET, SocketKind::from(-1)).is_err());
}

#[test]
fn pairs_of_each_kind() {
    for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
        let (a, b) = socketpair_with(AF_UNIX, kind, 0).unwrap();
        assert_eq!((a.kind(), b.kind(), a.family()), (kind, kind, AF_UNIX));
        a.sendall(b"hello").unwrap();
        assert_eq!(b.recv(100).unwrap(), b"hello");
        let (a, b) = socketpair_with(AF_UNIX, kind | SOCK_NONBLOCK, 0).unwrap();
        assert_eq!(a.gettimeout(), Some(Duration::ZERO));
        assert!(b.recv(1).unwrap_err().is_would_block());
    }
    let error = socketpair_with(AF_INET, SOCK_STREAM, 0).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("socketpair", Some(EOPNOTSUPP))
    );
}

#[test]
fn a_duplicate_and_an_accepted_socket_are_of_the_same_kind() {
    let server = Socket::with_proto(AF_INET, SOCK_STREAM, IPPROTO_TCP).unwrap();
    server.bind(LOCAL).unwrap();
    server.listen(5).unwrap();
    let client = Socket::tcp().unwrap();
    client.connect(server.getsockname().unwrap()).unwrap();
    let (conn, _) = server.accept().unwrap();
    for socket in [conn, server.dup().unwrap()] {
        assert_eq!(socket.family(), AF_INET);
        assert_eq!(socket.kind(), SOCK_STREAM);
        assert_eq!(socket.proto(), Protocol::from(IPPROTO_TCP));
    }
}

#[test]
fn a_connection_lasts_as_long_as_its_last_duplicate() {
    let (a, b) = tcp_pair();
    let (dup, from) = (a.dup().unwrap(), fromfd(&a, AF_INET, SOCK_STREAM).unwrap());
    assert_eq!(dup.getpeername().unwrap(), b.getsockname().unwrap());
    a.close();
    dup.sendall(b"1").unwrap();
    drop(dup);
    from.sendall(b"2").unwrap();
    let fd = from.detach();
    b.settimeout(Duration::from_millis(20)).unwrap();
    assert_eq!(b.recv(1).unwrap(), b"1");
    assert_eq!(b.recv(2).unwrap(), b"2");
    assert!(
        b.recv(1).unwrap_err().is_timeout(),
        "detached is not closed"
    );
    drop(fd);
    assert_eq!(b.recv(1).unwrap(), b"");
}

#[test]
fn what_is_no_socket_or_another_one_is_refused() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let error = fromfd(&file, AF_INET, SOCK_STREAM).unwrap_err();
    assert_eq!(
        (error.call().name(), error.errno()),
        ("fromfd", Some(ENOTSOCK))
    );
    let error = Socket::try_from(OwnedFd::from(file)).unwrap_err();
    assert_eq!(error.error().errno(), Some(ENOTSOCK));
    let error = fromfd(Socket::udp().unwrap(), AF_INET, SOCK_STREAM).unwrap_err();
    assert!(error.is_bad_input());
    assert!(error.to_string().contains("SOCK_DGRAM"), "{error}");
}

#[test]
fn adopted_sockets_keep_what_they_are() {
    let std = UdpSocket::bind("127.0.0.1:0").unwrap();
    std.set_nonblocking(true).unwrap();
    let number = std.as_raw_fd();
    let socket = Socket::from(std);
    assert_eq!((socket.fileno(), socket.as_raw_fd()), (number, number));
    assert_eq!(socket.as_fd().as_raw_fd(), number);
    assert_eq!((socket.family(), socket.kind()), (AF_INET, SOCK_DGRAM));
    assert_eq!(socket.proto(), IPPROTO_UDP);
    assert_eq!(socket.gettimeout(), Some(Duration::ZERO));
    assert!(socket.recv(1).unwrap_err().is_would_block());
}

#[test]
fn to_std_and_back() {
    fn round<S: TryFrom<Socket, Error = ConvertError<Socket>> + Into<Socket> + AsRawFd>(
        socket: Socket,
    ) {
        let (fd, family, kind) = (socket.fileno(), socket.family(), socket.kind());
        socket.settimeout(Duration::from_secs(1)).unwrap();
        let std = S::try_from(socket).unwrap();
        assert_eq!(std.as_raw_fd(), fd);
        let socket: Socket = std.into();
        assert_eq!((socket.family(), socket.kind()), (family, kind));
        assert_eq!(socket.gettimeout(), None, "it went out blocking");
        socket.setblocking(false).unwrap();
        let socket: Socket = S::try_from(socket).unwrap().into();
        assert_eq!(socket.gettimeout(), Some(Duration::ZERO));
    }
    fn refused<S: TryFrom<Socket, Error = ConvertError<Socket>>>(socket: Socket) {
        let fd = socket.fileno();
        socket.settimeout(Duration::from_secs(1)).unwrap();
        let (error, back) = S::try_from(socket).map(drop).unwrap_err().into_parts();
        assert!(error.is_bad_input());
        assert_eq!(error.call(), "try_from");
        assert_eq!(back.fileno(), fd, "it comes back as it was");
        assert_eq!(back.gettimeout(), Some(Duration::from_secs(1)));
        back.getsockname().unwrap();
    }
    let new = |family, kind| Socket::new(family, kind).unwrap();
    for family in [AF_INET, AF_INET6] {
        round::<TcpStream>(new(family, SOCK_STREAM));
        round::<TcpListener>(new(family, SOCK_STREAM));
        round::<UdpSocket>(new(family, SOCK_DGRAM));
        refused::<UdpSocket>(new(family, SOCK_STREAM));
        refused::<TcpStream>(new(family, SOCK_DGRAM));
        refused::<UnixStream>(new(family, SOCK_STREAM));
    }
    round::<UnixStream>(new(AF_UNIX, SOCK_STREAM));
    round::<UnixListener>(new(AF_UNIX, SOCK_STREAM));
    round::<UnixDatagram>(new(AF_UNIX, SOCK_DGRAM));
    refused::<UnixDatagram>(new(AF_UNIX, SOCK_STREAM));
    refused::<TcpListener>(new(AF_UNIX, SOCK_STREAM));

    let socket2 = socket2::Socket::from(Socket::udp().unwrap().detach());
    assert_eq!(socket2.r#type().unwrap(), socket2::Type::DGRAM);
    let socket = Socket::try_from(OwnedFd::from(socket2)).unwrap();
    let fd: OwnedFd = socket.into();
    assert_eq!(Socket::try_from(fd).unwrap().kind(), SOCK_DGRAM);
}

#[test]
fn debug_says_what_python_says() {
    let (a, b) = tcp_pair();
    let shown = format!("{a:?}");
    for part in [
        format!("fd={}", a.fileno()),
        "family=AF_INET".to_owned(),
        "type=SOCK_STREAM".to_owned(),
        format!("laddr={:?}", a.getsockname().unwrap()),
        format!("raddr={:?}", b.getsockname().unwrap()),
    ] {
        assert!(shown.contains(&part), "{part} in {shown}");
    }
    let unconnected = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    assert!(!format!("{unconnected:?}").contains("raddr"));
}

#[test]
fn a_socket_goes_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Socket>();
    shared::<Error>();
    shared::<Address>();
    shared::<SocketFile<Socket>>();
    shared::<TextFile<std::sync::Arc<Socket>>>();
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

/// What could not be converted comes back as it was, and is closed only when it is dropped.
#[test]
fn a_failed_conversion_gives_back() {
    let (a, b) = socketpair().unwrap();
    let timeout = Some(Duration::from_millis(5));
    a.settimeout(timeout).unwrap();
    let fd = a.as_raw_fd();
    let failed = TcpStream::try_from(a).unwrap_err();
    assert_eq!(failed.error().call(), Call::TryFrom);
    assert_eq!(failed.to_string(), failed.error().to_string());
    assert!(b.recv_with_flags(1, MSG_DONTWAIT).is_err(), "still open");
    let a = failed.into_inner();
    assert_eq!((a.as_raw_fd(), a.gettimeout()), (fd, timeout));
    a.sendall(b"still connected").unwrap();
    assert_eq!(b.recv(100).unwrap(), b"still connected");
    drop(UdpSocket::try_from(a).unwrap_err());
    assert_eq!(b.recv(100).unwrap(), b"", "now it is closed");

    let file = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    let fd = file.as_raw_fd();
    let (error, file) = Socket::try_from(file).unwrap_err().into_parts();
    assert_eq!(error.errno(), Some(ENOTSOCK));
    assert_eq!(file.as_raw_fd(), fd);

    // With `?` it is the error alone: this crate's, std's, any.
    fn ours(fd: OwnedFd) -> Result<Socket> {
        Ok(Socket::try_from(fd)?)
    }
    fn stds(fd: OwnedFd) -> std::io::Result<Socket> {
        Ok(Socket::try_from(fd)?)
    }
    fn any(fd: OwnedFd) -> std::result::Result<Socket, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Socket::try_from(fd)?)
    }
    let another = || file.try_clone().unwrap();
    assert_eq!(ours(another()).unwrap_err().errno(), Some(ENOTSOCK));
    let error = stds(another()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(ENOTSOCK.raw()));
    let error = any(another()).unwrap_err();
    let error = error.downcast::<ConvertError<OwnedFd>>().unwrap();
    assert_eq!(error.error().errno(), Some(ENOTSOCK));
}
