//! The one struct: a descriptor and its timeout.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags};

use crate::blocking::Nanos;
use crate::creation::{
    AF_INET, AF_INET6, AF_UNIX, AddressFamily, Protocol, SOCK_DGRAM, SOCK_STREAM, SocketKind,
};
use crate::error::Error;

/// A socket: Python's `socket.socket`, the lesson's telephone.
///
/// One type for TCP, UDP and Unix sockets, for the one that listens and the one that talks. Every
/// call takes `&self`, so one socket serves several threads at once (`Arc<Socket>` or scoped
/// threads), one receiving while another sends. Dropping it closes it.
///
/// | lesson | calls |
/// |---|---|
/// | 1 creation | [`new`](Socket::new), [`tcp`](Socket::tcp), [`udp`](Socket::udp), [`dup`](Socket::dup), [`family`](Socket::family), [`kind`](Socket::kind), [`proto`](Socket::proto) |
/// | 2 server | [`bind`](Socket::bind), [`listen`](Socket::listen), [`accept`](Socket::accept) |
/// | 3 client | [`connect`](Socket::connect), [`connect_ex`](Socket::connect_ex) |
/// | 4 common | [`recv`](Socket::recv), [`recv_into`](Socket::recv_into), [`send`](Socket::send), [`sendall`](Socket::sendall), [`recvfrom`](Socket::recvfrom), [`recvfrom_into`](Socket::recvfrom_into), [`sendto`](Socket::sendto), [`getpeername`](Socket::getpeername), [`getsockname`](Socket::getsockname), [`getsockopt`](Socket::getsockopt), [`setsockopt`](Socket::setsockopt), [`shutdown`](Socket::shutdown), [`close`](Socket::close), [`detach`](Socket::detach) |
/// | 5 blocking | [`setblocking`](Socket::setblocking), [`getblocking`](Socket::getblocking), [`settimeout`](Socket::settimeout), [`gettimeout`](Socket::gettimeout) |
/// | 6 files | [`fileno`](Socket::fileno), [`makefile`](Socket::makefile) |
///
/// It reads and writes as [`std::io::Read`] and [`std::io::Write`] too, by itself and by
/// reference, one `recv` or `send` a call.
///
/// # Examples
///
/// A whole conversation:
///
/// ```
/// use socketbook::Socket;
///
/// let phone = Socket::tcp()?;
/// phone.bind(("127.0.0.1", 0))?;
/// phone.listen(5)?;
///
/// let caller = Socket::tcp()?;
/// caller.connect(phone.getsockname()?)?;
/// let (conn, addr) = phone.accept()?;
/// assert_eq!(addr, caller.getsockname()?);
///
/// caller.sendall("喂?".as_bytes())?;
/// assert_eq!(conn.recv(1024)?, "喂?".as_bytes());
/// caller.close();
/// assert_eq!(conn.recv(1024)?, b"", "the caller hung up");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub struct Socket {
    fd: OwnedFd,
    family: AddressFamily,
    kind: SocketKind,
    proto: Protocol,
    /// As [`Nanos`].
    timeout: AtomicU64,
    /// The flags that every receive and every send of this socket carries, ready for use.
    ///
    /// MSG_DONTWAIT while a timeout is set: O_NONBLOCK says the same, but belongs to all duplicates
    /// of the descriptor, and any of them may take it away.
    recv_flags: AtomicU32,
    send_flags: AtomicU32,
}

impl Socket {
    /// Around a descriptor whose O_NONBLOCK already fits the timeout.
    #[inline]
    pub(crate) fn around(
        fd: OwnedFd,
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        timeout: Nanos,
    ) -> Socket {
        let (recv_flags, send_flags) = standing_flags(kind, timeout);
        Socket {
            fd,
            family,
            kind,
            proto,
            timeout: AtomicU64::new(timeout.0),
            recv_flags: AtomicU32::new(recv_flags),
            send_flags: AtomicU32::new(send_flags),
        }
    }

    /// Notes the timeout, and the flags that go with it.
    pub(crate) fn keep_timeout(&self, timeout: Nanos) {
        let (recv_flags, send_flags) = standing_flags(self.kind, timeout);
        self.timeout.store(timeout.0, Relaxed);
        self.recv_flags.store(recv_flags, Relaxed);
        self.send_flags.store(send_flags, Relaxed);
    }

    #[inline]
    pub(crate) fn kept_timeout(&self) -> Option<Duration> {
        Nanos(self.timeout.load(Relaxed)).timeout()
    }

    /// The timeout, if it is one to wait for: neither for ever nor not at all.
    pub(crate) fn positive_timeout(&self) -> Option<Duration> {
        self.kept_timeout().filter(|timeout| !timeout.is_zero())
    }

    #[inline]
    pub(crate) fn recv_flags(&self) -> RecvFlags {
        RecvFlags::from_bits_retain(self.recv_flags.load(Relaxed))
    }

    #[inline]
    pub(crate) fn send_flags(&self) -> SendFlags {
        SendFlags::from_bits_retain(self.send_flags.load(Relaxed))
    }

    /// The address family: Python's attribute `family`.
    ///
    /// ```
    /// use socketbook::{AF_INET, Socket};
    ///
    /// assert_eq!(Socket::tcp()?.family(), AF_INET);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn family(&self) -> AddressFamily {
        self.family
    }

    /// The kind, without SOCK_NONBLOCK and SOCK_CLOEXEC: Python's attribute `type`, a name that
    /// Rust keeps for itself.
    ///
    /// ```
    /// use socketbook::{SOCK_DGRAM, Socket};
    ///
    /// assert_eq!(Socket::udp()?.kind(), SOCK_DGRAM);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn kind(&self) -> SocketKind {
        self.kind
    }

    /// The protocol as it was given when the socket was made, mostly 0; for an adopted socket the
    /// kernel's answer, 6 for TCP. Python's attribute `proto`.
    ///
    /// ```
    /// use socketbook::{IPPROTO_TCP, Protocol, Socket};
    ///
    /// let phone = Socket::tcp()?;
    /// assert_eq!(phone.proto(), Protocol::from(0));
    /// let adopted = Socket::try_from(phone.detach())?;
    /// assert_eq!(adopted.proto(), Protocol::from(IPPROTO_TCP));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn proto(&self) -> Protocol {
        self.proto
    }

    pub(crate) fn into_fd(self) -> OwnedFd {
        self.fd
    }
}

/// The flags of every receive and every send.
#[inline]
fn standing_flags(kind: SocketKind, timeout: Nanos) -> (u32, u32) {
    // Without MSG_NOSIGNAL a send to a peer that is gone may kill the process.
    let (mut recv, mut send) = (RecvFlags::empty(), SendFlags::NOSIGNAL);
    if timeout.is_set() {
        recv |= RecvFlags::DONTWAIT;
        send |= SendFlags::DONTWAIT;
    }
    // Makes the kernel tell how long a message really was. On a TCP stream it would mean
    // "throw the bytes away" (tcp(7)).
    if kind != SOCK_STREAM {
        recv |= RecvFlags::TRUNC;
    }
    (recv.bits(), send.bits())
}

/// Like Python's `repr`: descriptor, family, kind, and the addresses where there are any.
impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<Socket fd={} family={:?} type={:?} proto={:?}",
            self.fd.as_raw_fd(),
            self.family,
            self.kind,
            self.proto
        )?;
        if let Ok(own) = self.getsockname() {
            write!(f, " laddr={own:?}")?;
        }
        if let Ok(peer) = self.getpeername() {
            write!(f, " raddr={peer:?}")?;
        }
        f.write_str(">")
    }
}

impl AsFd for Socket {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// One [`recv_into`](Socket::recv_into) a call; 0 bytes mean the end.
impl io::Read for &Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_into(buf)?)
    }
}

/// One [`send`](Socket::send) a call. There is nothing to flush.
impl io::Write for &Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.send(buf)?)
    }

    /// One [`sendall`](Socket::sendall): its deadline is for all of the bytes.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        Ok(self.sendall(buf)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As for `&Socket`.
impl io::Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }
}

/// As for `&Socket`.
impl io::Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        (&*self).write_all(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<Socket> for OwnedFd {
    /// The same as [`detach`](Socket::detach).
    fn from(socket: Socket) -> OwnedFd {
        socket.detach()
    }
}

impl From<Socket> for socket2::Socket {
    /// For what only socket2 offers. The descriptor stays non-blocking if a timeout was set.
    fn from(socket: Socket) -> socket2::Socket {
        socket.detach().into()
    }
}

/// Sockets of std come in with [`Socket::from`], and go out with `try_from`, which looks whether
/// the family and kind are right.
///
/// std's types know no deadline: a socket with a timeout goes out blocking, and one with
/// `Duration::ZERO` non-blocking.
macro_rules! std_types {
    ($($std:ty: $family:pat, $kind:pat,)*) => {
        $(
            impl From<$std> for Socket {
                /// Takes it over as [`TryFrom<OwnedFd>`] does.
                fn from(socket: $std) -> Socket {
                    Socket::adopt_known(socket.into())
                }
            }

            impl TryFrom<Socket> for $std {
                type Error = Error;

                /// The socket must be of the right family and kind. One with a timeout goes out
                /// blocking, since std's type does not know the deadline.
                fn try_from(socket: Socket) -> Result<$std, Error> {
                    match (socket.family, socket.kind) {
                        ($family, $kind) => Ok(socket.plain()?.detach().into()),
                        (family, kind) => Err(Error::bad_input(
                            "try_from",
                            concat!("not the family and kind of a ", stringify!($std)),
                        )
                        .about(format_args!("{family:?}, {kind:?}"))),
                    }
                }
            }
        )*
    };
}

std_types! {
    std::net::TcpStream: AF_INET | AF_INET6, SOCK_STREAM,
    std::net::TcpListener: AF_INET | AF_INET6, SOCK_STREAM,
    std::net::UdpSocket: AF_INET | AF_INET6, SOCK_DGRAM,
    std::os::unix::net::UnixStream: AF_UNIX, SOCK_STREAM,
    std::os::unix::net::UnixListener: AF_UNIX, SOCK_STREAM,
    std::os::unix::net::UnixDatagram: AF_UNIX, SOCK_DGRAM,
}
