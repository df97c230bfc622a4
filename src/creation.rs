//! # Lesson 1: creation
//!
//! Before anything else you make a socket: the lesson buys a telephone. A family says which addresses
//! it has, a kind says whether it transfers a stream or datagrams.
//!
//! | call | what it makes |
//! |---|---|
//! | [`Socket::tcp`], [`Socket::udp`] | a TCP or UDP socket over IPv4 |
//! | [`Socket::new`], [`Socket::with_proto`] | a socket of any family, kind and protocol |
//! | [`socketpair`], [`socketpair_with`] | two sockets that are connected already |
//! | [`Socket::dup`], [`fromfd`] | a second socket on an open one, or on a descriptor |
//! | `Socket::try_from(owned_fd)`, `Socket::from(tcp_stream)` | a socket out of a descriptor or of std's types |
//!
//! [`Socket::family`], [`Socket::kind`] and [`Socket::proto`] say what a socket is, and
//! [`has_ipv6`] and [`has_dualstack_ipv6`] what the machine can do.
//!
//! ```
//! use socketbook::{AF_INET6, SOCK_DGRAM, SOCK_STREAM, Socket, socketpair};
//!
//! let tcp_sock = Socket::tcp()?;
//! let udp_sock = Socket::udp()?;
//! assert_eq!((tcp_sock.kind(), udp_sock.kind()), (SOCK_STREAM, SOCK_DGRAM));
//!
//! if let Ok(six) = Socket::new(AF_INET6, SOCK_STREAM) {
//!     assert_eq!(six.family(), AF_INET6);
//! }
//!
//! let (a, b) = socketpair()?;
//! a.sendall(b"hello")?;
//! assert_eq!(b.recv(1024)?, b"hello");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 1 of the book, *Creation*, teaches these calls.

use crate::call::Call;
use crate::cause::Cause;
use crate::convert::identity;
use crate::error::{Error, Result};
pub use crate::kinds::*;
use crate::language::say;
use crate::socket::Socket;
use crate::sys::{self, AsFd};
use crate::timeout::Timeout;
use crate::trace::{self, Facts};

/// # Lesson 1: creation
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
        let proto = proto.into();
        let (kind, nonblocking) = kind.split_flags();
        let timeout = timeout_of_new(nonblocking);
        let socket = Socket::create(family, kind, proto, timeout)
            .map_err(|cause| not_made(Call::Socket, cause, family, kind, proto))?;
        if trace::ON {
            trace::event(Call::Socket, Some(socket.number()), &Facts::default(), None);
        }
        Ok(socket)
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
    #[doc(alias = "try_clone")]
    pub fn dup(&self) -> Result<Socket> {
        let fd = self.finish(Call::Dup, sys::dup(self).map_err(Cause::from))?;
        // Each of the two can set options for both.
        self.not_rights_alone();
        Ok(self.sibling(fd, self.timeout()))
    }
}

/// # Lesson 1: creation
impl Socket {
    /// Whether a program that this one starts has the descriptor, too: Python's
    /// `s.get_inheritable()`. False for every socket of this crate, unless
    /// [`set_inheritable`](Socket::set_inheritable) changed it.
    ///
    /// System calls: one `fcntl(F_GETFD)`.
    ///
    /// # Errors
    ///
    /// None that an open socket has.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let socket = Socket::tcp()?;
    /// assert!(!socket.get_inheritable()?);
    /// socket.set_inheritable(true)?;
    /// assert!(socket.get_inheritable()?);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[cfg(unix)]
    pub fn get_inheritable(&self) -> Result<bool> {
        let outcome = sys::is_inheritable(self).map_err(Cause::from);
        self.finish(Call::GetInheritable, outcome)
    }

    /// Has exec leave the descriptor open, or close it: Python's
    /// `s.set_inheritable(inheritable)`.
    ///
    /// Every program that any thread starts from then on gets it, under the same number, and a
    /// connection ends only when all have closed it. To hand a socket to one child, give it as the
    /// child's standard input: `Stdio::from(OwnedFd::from(socket))`.
    ///
    /// System calls: `fcntl(F_GETFD)` and `fcntl(F_SETFD)`.
    ///
    /// # Errors
    ///
    /// None that an open socket has.
    #[cfg(unix)]
    pub fn set_inheritable(&self, inheritable: bool) -> Result<()> {
        let outcome = sys::set_inheritable(self, inheritable).map_err(Cause::from);
        self.finish(Call::SetInheritable, outcome)
    }
}

/// Whether this machine has IPv6: Python's `socket.has_ipv6`, which only says whether Python was
/// built with it.
///
/// A machine may have it and no IPv6 address; `bind` says so with EADDRNOTAVAIL.
///
/// System calls: a socket is made and closed.
///
/// ```
/// if !socketbook::has_ipv6() {
///     println!("only IPv4 here");
/// }
/// ```
pub fn has_ipv6() -> bool {
    sys::socket(AF_INET6.0, SOCK_DGRAM.0, 0, false).is_ok()
}

/// Two connected sockets: Python's `socket.socketpair()`.
///
/// They are Unix stream sockets, no one else can reach them, and both have the default timeout.
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
#[doc(alias = "pair")]
pub fn socketpair() -> Result<(Socket, Socket)> {
    socketpair_with(AddressFamily(sys::PAIRS), SOCK_STREAM, 0)
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
/// ```ignore-windows
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
    let (kind, nonblocking) = kind.split_flags();
    let timeout = timeout_of_new(nonblocking);
    match sys::socketpair(family.0, kind.0, proto.0, timeout.is_set()) {
        Ok((a, b)) => {
            let socket = |fd| Socket::new_here(fd, family, kind, proto, timeout);
            Ok((socket(a), socket(b)))
        }
        Err(errno) => Err(not_made(
            Call::Socketpair,
            errno.into(),
            family,
            kind,
            proto,
        )),
    }
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
/// socket is of another family or kind (Python believes its caller, and reads wrongly).
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
    let failed = |cause: Cause| Error::new(Call::Fromfd, cause);
    let identity = identity(&fd).map_err(failed)?;
    let (true_family, true_kind, _) = identity;
    if (true_family, true_kind) != (family, kind) {
        return Err(Error::bad_input(
            Call::Fromfd,
            say!(
                "the descriptor is a socket of {true_family:?}, {true_kind:?}",
                "这个文件描述符是 {true_family:?}、{true_kind:?} 的套接字"
            ),
        )
        .about(format_args!("{family:?}, {kind:?}")));
    }
    let own = sys::dup(fd).map_err(|errno| failed(errno.into()))?;
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
        .is_ok_and(|socket| rustix::net::sockopt::set_ipv6_v6only(&socket, false).is_ok())
}

#[cold]
fn not_made(
    call: Call,
    cause: Cause,
    family: AddressFamily,
    kind: SocketKind,
    proto: Protocol,
) -> Error {
    Error::new(call, cause).about(format_args!("{family:?}, {kind:?}, {proto:?}"))
}

/// SOCK_NONBLOCK among the kind's flags goes before the default.
#[inline]
fn timeout_of_new(nonblocking: bool) -> Timeout {
    if nonblocking {
        Timeout::ZERO
    } else {
        Timeout::default_now()
    }
}
