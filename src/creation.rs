//! Lesson 1, creation: buying the telephone.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::BitOr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::net::SocketFlags;
use rustix::net::sockopt::{socket_domain, socket_protocol, socket_type};
use socket2::SockRef;

use crate::blocking::{Nanos, default_nanos};
use crate::common::options::{IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP};
use crate::error::{Error, Result};
use crate::socket::Socket;

/// Writes a named number as its name, and one without a name as the number.
macro_rules! named_numbers {
    ($type:ident($number:ty): $($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $(
            $(#[$doc])*
            pub const $name: $type = $type($value as $number);
        )*

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $($name => f.write_str(stringify!($name)),)*
                    $type(number) => write!(f, "{number}"),
                }
            }
        }

        impl From<$number> for $type {
            fn from(number: $number) -> $type {
                $type(number)
            }
        }

        impl From<$type> for $number {
            fn from(value: $type) -> $number {
                value.0
            }
        }
    };
}

/// What sort of addresses a socket has: Python's `socket.AddressFamily`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressFamily(u16);

impl AddressFamily {
    /// None in particular.
    pub(crate) const UNSPEC: AddressFamily = AddressFamily(0);
}

named_numbers! {
    AddressFamily(u16):
    /// IPv4: [ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html).
    AF_INET = rustix::net::AddressFamily::INET.as_raw();
    /// IPv6: [ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html).
    AF_INET6 = rustix::net::AddressFamily::INET6.as_raw();
    /// Sockets within one machine, by path or abstract name:
    /// [unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html).
    AF_UNIX = rustix::net::AddressFamily::UNIX.as_raw();
}

/// How a socket talks: Python's `socket.SocketKind`.
///
/// [`SOCK_NONBLOCK`] may be added with `|`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketKind(i32);

named_numbers! {
    SocketKind(i32):
    /// A stream of bytes without seams, over a connection: TCP.
    SOCK_STREAM = 1;
    /// Datagrams, each by itself: UDP.
    SOCK_DGRAM = 2;
    /// Raw packets; needs CAP_NET_RAW, else EPERM.
    SOCK_RAW = 3;
    /// Messages with bounds over a connection, on Unix sockets.
    SOCK_SEQPACKET = 5;
    /// To be added to a kind: the socket never waits, as after `settimeout(Duration::ZERO)`.
    SOCK_NONBLOCK = SOCK_NONBLOCK_BIT;
    /// To be added to a kind: the descriptor is closed by exec. It always is; named for Python's
    /// sake.
    SOCK_CLOEXEC = SOCK_CLOEXEC_BIT;
}

const SOCK_NONBLOCK_BIT: u32 = SocketFlags::NONBLOCK.bits();
const SOCK_CLOEXEC_BIT: u32 = SocketFlags::CLOEXEC.bits();

impl BitOr for SocketKind {
    type Output = SocketKind;

    fn bitor(self, flag: SocketKind) -> SocketKind {
        SocketKind(self.0 | flag.0)
    }
}

/// The protocol within a family and kind: 0, which leaves the choice to the kernel, or an
/// `IPPROTO_` number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protocol(i32);

named_numbers! {
    Protocol(i32):
    /// ICMP, for raw sockets and for pings over SOCK_DGRAM.
    IPPROTO_ICMP = 1;
    /// UDP.
    IPPROTO_UDP = 17;
    /// ICMP for IPv6.
    IPPROTO_ICMPV6 = 58;
}

/// The names of option levels are protocol numbers too, as in C and Python.
macro_rules! levels_are_protocols {
    ($($level:ident = $number:literal;)*) => {
        $(impl From<$level> for Protocol {
            fn from(_: $level) -> Protocol {
                Protocol($number)
            }
        })*
    };
}

levels_are_protocols! {
    IPPROTO_IP = 0;
    IPPROTO_TCP = 6;
    IPPROTO_IPV6 = 41;
}

impl Socket {
    /// Makes a socket: Python's `socket.socket(family, type)`.
    ///
    /// It has the default timeout ([`setdefaulttimeout`](crate::setdefaulttimeout)). The descriptor
    /// is closed in programs that this one starts.
    ///
    /// System calls: one [socket(2)](https://man7.org/linux/man-pages/man2/socket.2.html).
    ///
    /// # Errors
    ///
    /// EPERM for SOCK_RAW without the privilege; EAFNOSUPPORT, ESOCKTNOSUPPORT or EPROTONOSUPPORT
    /// for what the system does not have; EMFILE and ENFILE when there are too many descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{AF_INET, SOCK_STREAM, Socket};
    ///
    /// let tcp_sock = Socket::new(AF_INET, SOCK_STREAM)?;
    /// assert_eq!(tcp_sock.kind(), SOCK_STREAM);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn new(family: AddressFamily, kind: SocketKind) -> Result<Socket> {
        Socket::with_proto(family, kind, 0)
    }

    /// Makes a socket for one protocol: Python's `socket.socket(family, type, proto)`.
    ///
    /// System calls and errors as for [`new`](Socket::new).
    ///
    /// # Errors
    ///
    /// As for [`new`](Socket::new); EPROTONOSUPPORT where protocol and kind do not go together.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{AF_INET, EPROTONOSUPPORT, IPPROTO_TCP, SOCK_DGRAM, SOCK_STREAM, Socket};
    ///
    /// Socket::with_proto(AF_INET, SOCK_STREAM, IPPROTO_TCP)?;
    ///
    /// let error = Socket::with_proto(AF_INET, SOCK_DGRAM, IPPROTO_TCP).unwrap_err();
    /// assert_eq!(error.errno(), Some(EPROTONOSUPPORT));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn with_proto(
        family: AddressFamily,
        kind: SocketKind,
        proto: impl Into<Protocol>,
    ) -> Result<Socket> {
        let (kind, timeout) = bare(kind);
        Socket::with_timeout(family, kind, proto.into(), timeout)
    }

    /// Makes a socket that has its timeout from the first.
    #[inline]
    pub(crate) fn with_timeout(
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        timeout: Nanos,
    ) -> Result<Socket> {
        let made = rustix::net::socket_with(
            rustix::net::AddressFamily::from_raw(family.0),
            rustix::net::SocketType::from_raw(kind.0 as u32),
            creation_flags(timeout),
            NonZeroU32::new(proto.0 as u32).map(rustix::net::Protocol::from_raw),
        );
        match made {
            Ok(fd) => Ok(Socket::around(fd, family, kind, proto, timeout)),
            Err(errno) => Err(not_made(errno, family, kind, proto)),
        }
    }

    /// A TCP socket over IPv4: Python's `socket.socket()`.
    ///
    /// # Errors
    ///
    /// As for [`new`](Socket::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{AF_INET, SOCK_STREAM, Socket};
    ///
    /// let phone = Socket::tcp()?; // buying a telephone
    /// assert_eq!((phone.family(), phone.kind()), (AF_INET, SOCK_STREAM));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn tcp() -> Result<Socket> {
        Socket::new(AF_INET, SOCK_STREAM)
    }

    /// A UDP socket over IPv4: Python's `socket.socket(AF_INET, SOCK_DGRAM)`.
    ///
    /// # Errors
    ///
    /// As for [`new`](Socket::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SOCK_DGRAM, Socket};
    ///
    /// let udp_sock = Socket::udp()?;
    /// assert_eq!(udp_sock.kind(), SOCK_DGRAM);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn udp() -> Result<Socket> {
        Socket::new(AF_INET, SOCK_DGRAM)
    }

    /// A second socket on the same connection: Python's `s.dup()`.
    ///
    /// It has a descriptor of its own and the same timeout. What belongs to the open socket itself
    /// is shared: options, `shutdown`, and whether the descriptor is non-blocking. The connection
    /// is closed with the last of them.
    ///
    /// System calls: one `fcntl(F_DUPFD_CLOEXEC)`.
    ///
    /// # Errors
    ///
    /// EMFILE when there are too many descriptors.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// let again = a.dup()?;
    /// a.close();
    /// again.sendall(b"still connected")?;
    /// assert_eq!(b.recv(100)?, b"still connected");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn dup(&self) -> Result<Socket> {
        let fd = fcntl_dupfd_cloexec(self, 0).map_err(|errno| Error::os("dup", errno))?;
        Ok(Socket::around(
            fd,
            self.family(),
            self.kind(),
            self.proto(),
            Nanos::of(self.kept_timeout()),
        ))
    }

    /// Adopts what is known to be a socket.
    pub(crate) fn adopt_known(fd: OwnedFd) -> Socket {
        let none = (AddressFamily::UNSPEC, SOCK_STREAM, Protocol(0));
        let identity = identity(&fd).unwrap_or(none);
        Socket::adopt(fd, identity)
    }

    fn adopt(fd: OwnedFd, (family, kind, proto): Identity) -> Socket {
        let nonblocking = SockRef::from(&fd).nonblocking().unwrap_or(false);
        let own = nonblocking.then_some(Duration::ZERO);
        let timeout = default_nanos().timeout().or(own);
        let socket = Socket::around(fd, family, kind, proto, Nanos::of(timeout));
        if timeout.is_some() && !nonblocking {
            // FIONBIO fails on no open socket.
            let _ = socket.apply_timeout("Socket", timeout);
        }
        socket
    }
}

/// Adopts a descriptor: Python's `socket.socket(fileno=fd)`.
///
/// Family, kind and protocol are the kernel's answers. The socket has the default timeout; where
/// there is none, a descriptor that is non-blocking becomes a socket that never waits. (Python
/// does not look, and says `None` of a socket that then does not wait.)
///
/// System calls: three `getsockopt` and one `fcntl(F_GETFL)`.
impl TryFrom<OwnedFd> for Socket {
    type Error = Error;

    /// # Errors
    ///
    /// ENOTSOCK if it is the descriptor of something else. It is closed then.
    ///
    /// ```
    /// use std::os::fd::OwnedFd;
    /// use socketbook::{ENOTSOCK, Socket};
    ///
    /// let fd = OwnedFd::from(std::net::UdpSocket::bind("127.0.0.1:0")?);
    /// assert_eq!(Socket::try_from(fd)?.kind(), socketbook::SOCK_DGRAM);
    ///
    /// let file = std::fs::File::open("/dev/null")?;
    /// assert_eq!(Socket::try_from(OwnedFd::from(file)).unwrap_err().errno(), Some(ENOTSOCK));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn try_from(fd: OwnedFd) -> Result<Socket> {
        let identity = identity(&fd).map_err(|errno| Error::os("Socket", errno))?;
        Ok(Socket::adopt(fd, identity))
    }
}

/// Two connected sockets: Python's `socket.socketpair()`.
///
/// They are Unix stream sockets, nobody else can reach them, and both have the default timeout.
///
/// System calls: one [socketpair(2)](https://man7.org/linux/man-pages/man2/socketpair.2.html).
///
/// # Errors
///
/// EMFILE when there are too many descriptors.
///
/// # Examples
///
/// ```
/// use socketbook::socketpair;
///
/// let (parent, child) = socketpair()?;
/// parent.sendall(b"dinner")?;
/// assert_eq!(child.recv(1024)?, b"dinner");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn socketpair() -> Result<(Socket, Socket)> {
    socketpair_with(AF_UNIX, SOCK_STREAM, 0)
}

/// Two connected sockets of a family, kind and protocol: Python's
/// `socket.socketpair(family, type, proto)`. On Linux the family is AF_UNIX.
///
/// # Errors
///
/// As for [`socketpair`]; EOPNOTSUPP for a family that has no pairs.
///
/// # Examples
///
/// ```
/// use socketbook::{AF_UNIX, SOCK_DGRAM, socketpair_with};
///
/// let (a, b) = socketpair_with(AF_UNIX, SOCK_DGRAM, 0)?;
/// a.send(b"one")?;
/// a.send(b"two")?;
/// assert_eq!(b.recv(1024)?, b"one", "each datagram by itself");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn socketpair_with(
    family: AddressFamily,
    kind: SocketKind,
    proto: impl Into<Protocol>,
) -> Result<(Socket, Socket)> {
    let proto = proto.into();
    let (kind, timeout) = bare(kind);
    let around = |fd| Socket::around(fd, family, kind, proto, timeout);
    rustix::net::socketpair(
        rustix::net::AddressFamily::from_raw(family.0),
        rustix::net::SocketType::from_raw(kind.0 as u32),
        creation_flags(timeout),
        NonZeroU32::new(proto.0 as u32).map(rustix::net::Protocol::from_raw),
    )
    .map(|(a, b)| (around(a), around(b)))
    .map_err(|errno| Error::os("socketpair", errno).about(format_args!("{family:?}, {kind:?}")))
}

/// A socket on a duplicate of a descriptor: Python's `socket.fromfd(fd, family, type)`.
///
/// The descriptor stays its owner's. To take it over instead: `Socket::try_from(owned_fd)`.
///
/// System calls: one `fcntl(F_DUPFD_CLOEXEC)`, and what looks the descriptor over.
///
/// # Errors
///
/// ENOTSOCK for the descriptor of something else; EMFILE; [bad input](Error::is_bad_input) if the
/// socket is of another family or kind (Python believes what it is told, and reads wrongly).
///
/// # Examples
///
/// ```
/// use socketbook::{AF_INET, SOCK_DGRAM, fromfd};
///
/// let std_socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let socket = fromfd(&std_socket, AF_INET, SOCK_DGRAM)?;
/// assert_eq!(socket.getsockname()?.as_std(), Some(std_socket.local_addr()?));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fromfd(fd: impl AsFd, family: AddressFamily, kind: SocketKind) -> Result<Socket> {
    let os = |errno| Error::os("fromfd", errno);
    let identity = identity(&fd).map_err(os)?;
    let (true_family, true_kind, _) = identity;
    if (true_family, true_kind) != (family, kind) {
        return Err(Error::bad_input(
            "fromfd",
            format!("the descriptor is a socket of {true_family:?}, {true_kind:?}"),
        )
        .about(format_args!("{family:?}, {kind:?}")));
    }
    let own = fcntl_dupfd_cloexec(fd, 0).map_err(os)?;
    Ok(Socket::adopt(own, identity))
}

/// Whether this machine can serve IPv4 and IPv6 with one socket: Python's
/// `socket.has_dualstack_ipv6()`.
///
/// It tries it: makes an IPv6 socket and sets IPV6_V6ONLY to false.
///
/// ```
/// println!("IPv4 and IPv6 in one socket: {}", socketbook::has_dualstack_ipv6());
/// ```
pub fn has_dualstack_ipv6() -> bool {
    Socket::new(AF_INET6, SOCK_STREAM)
        .is_ok_and(|socket| SockRef::from(&socket).set_only_v6(false).is_ok())
}

#[cold]
fn not_made(errno: Errno, family: AddressFamily, kind: SocketKind, proto: Protocol) -> Error {
    Error::os("Socket", errno).about(format_args!("{family:?}, {kind:?}, {proto:?}"))
}

/// The kind without its flags, and the timeout that they ask for, or the default one.
#[inline]
fn bare(kind: SocketKind) -> (SocketKind, Nanos) {
    let timeout = if kind.0 & SOCK_NONBLOCK.0 == 0 {
        default_nanos()
    } else {
        Nanos(0)
    };
    (
        SocketKind(kind.0 & !(SOCK_NONBLOCK.0 | SOCK_CLOEXEC.0)),
        timeout,
    )
}

/// The flags that make a socket as it shall be, without a system call more.
#[inline]
pub(crate) fn creation_flags(timeout: Nanos) -> SocketFlags {
    if timeout.is_set() {
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK
    } else {
        SocketFlags::CLOEXEC
    }
}

type Identity = (AddressFamily, SocketKind, Protocol);

/// What the kernel says that a descriptor is.
fn identity(fd: impl AsFd) -> rustix::io::Result<Identity> {
    let family = AddressFamily(socket_domain(&fd)?.as_raw());
    let kind = SocketKind(socket_type(&fd)?.as_raw() as i32);
    let proto = socket_protocol(&fd)?.map_or(0, |proto| proto.as_raw().get() as i32);
    Ok((family, kind, Protocol(proto)))
}
