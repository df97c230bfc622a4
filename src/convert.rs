//! Sockets from descriptors and from std's types, and back.

use std::fmt;
use std::io;

use crate::call::Call;
use crate::cause::Cause;
use crate::error::Error;
use crate::kinds::{
    AF_INET, AF_INET6, AF_UNSPEC, AddressFamily, Protocol, SOCK_DGRAM, SOCK_STREAM, SocketKind,
};
use crate::language::say;
use crate::socket::Socket;
use crate::sys::{self, AsFd, OwnedFd};
use crate::timeout::Timeout;

/// What could not be converted, and why: the descriptor or socket is not lost, and not closed
/// before this is dropped.
///
/// It becomes the [`Error`] alone with `?`.
///
/// ```ignore-windows
/// use std::os::fd::OwnedFd;
/// use socketbook::{ENOTSOCK, Socket};
///
/// let file = OwnedFd::from(std::fs::File::open("/dev/null")?);
/// let failed = Socket::try_from(file).unwrap_err();
/// assert_eq!(failed.error().errno(), Some(ENOTSOCK));
/// let file: OwnedFd = failed.into_inner();
/// # drop(file);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(thiserror::Error)]
#[error("{error}")]
pub struct ConvertError<T> {
    error: Error,
    value: T,
}

impl<T> ConvertError<T> {
    /// Why.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What was to be converted.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Both.
    pub fn into_parts(self) -> (Error, T) {
        (self.error, self.value)
    }
}

impl<T> fmt::Debug for ConvertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl<T> From<ConvertError<T>> for Error {
    fn from(failed: ConvertError<T>) -> Error {
        failed.error
    }
}

impl<T> From<ConvertError<T>> for io::Error {
    fn from(failed: ConvertError<T>) -> io::Error {
        failed.error.into()
    }
}

pub(crate) type Identity = (AddressFamily, SocketKind, Protocol);

/// What the kernel says that a descriptor is.
pub(crate) fn identity(fd: impl AsFd) -> Result<Identity, Cause> {
    let (family, kind, proto) = sys::identity(fd)?;
    Ok((AddressFamily(family), SocketKind(kind), Protocol(proto)))
}

impl Socket {
    /// Adopts an open socket.
    pub(crate) fn adopt(fd: OwnedFd, (family, kind, proto): Identity) -> Socket {
        let nonblocking = sys::is_nonblocking(&fd);
        let timeout = match Timeout::default_now() {
            Timeout::NONE if nonblocking => Timeout::ZERO,
            timeout => timeout,
        };
        let socket = Socket::from_parts(fd, family, kind, proto, timeout);
        if timeout.is_set() && !nonblocking {
            // FIONBIO fails on no open socket.
            let _ = socket.change_timeout(timeout);
        }
        socket
    }

    /// Adopts what is known to be a socket.
    fn adopt_known(fd: OwnedFd) -> Socket {
        let none = (AF_UNSPEC, SOCK_STREAM, Protocol(0));
        let identity = identity(&fd).unwrap_or(none);
        Socket::adopt(fd, identity)
    }

    /// For someone who does not know timeouts: blocking, unless it never waits.
    fn into_blocking(self) -> Socket {
        if self.timeout().positive().is_some() {
            // FIONBIO fails on no open socket.
            let _ = self.change_timeout(Timeout::NONE);
        }
        self
    }
}

/// Adopts a descriptor: Python's `socket.socket(fileno=fd)`.
///
/// Family, kind and protocol are the kernel's answers. The socket has the default timeout; where
/// there is none, a non-blocking descriptor becomes a non-blocking socket. (Python does not look,
/// and reports the timeout `None` for a socket that then does not wait.)
///
/// System calls: three `getsockopt` and one `fcntl(F_GETFL)`.
impl TryFrom<OwnedFd> for Socket {
    type Error = ConvertError<OwnedFd>;

    /// # Errors
    ///
    /// ENOTSOCK if it is the descriptor of something else. The error gives it back.
    ///
    /// ```ignore-windows
    /// use std::os::fd::OwnedFd;
    /// use socketbook::Socket;
    ///
    /// let fd = OwnedFd::from(std::net::UdpSocket::bind("127.0.0.1:0")?);
    /// assert_eq!(Socket::try_from(fd)?.kind(), socketbook::SOCK_DGRAM);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn try_from(fd: OwnedFd) -> Result<Socket, ConvertError<OwnedFd>> {
        match identity(&fd) {
            Ok(identity) => Ok(Socket::adopt(fd, identity)),
            Err(cause) => Err(ConvertError {
                error: Error::new(Call::Socket, cause),
                value: fd,
            }),
        }
    }
}

impl From<Socket> for OwnedFd {
    /// The same as [`detach`](Socket::detach).
    fn from(socket: Socket) -> OwnedFd {
        socket.into_fd()
    }
}

/// Sockets of std come in with [`Socket::from`], and go out with `try_from`, which checks the
/// family and kind.
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
                type Error = ConvertError<Socket>;

                /// The socket must be of the right family and kind; the error gives it back. One
                /// with a timeout goes out blocking, since std's type does not know the deadline.
                fn try_from(socket: Socket) -> Result<$std, ConvertError<Socket>> {
                    match (socket.family(), socket.kind()) {
                        ($family, $kind) => Ok(socket.into_blocking().into_fd().into()),
                        (family, kind) => Err(ConvertError {
                            error: Error::bad_input(
                                Call::TryFrom,
                                say!(
                                    "not the family and kind of a {name}",
                                    "不是 {name} 的地址族和类型",
                                    name = stringify!($std)
                                ),
                            )
                            .about(format_args!("{family:?}, {kind:?}")),
                            value: socket,
                        }),
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
}

#[cfg(unix)]
std_types! {
    std::os::unix::net::UnixStream: AddressFamily::UNIX, SOCK_STREAM,
    std::os::unix::net::UnixListener: AddressFamily::UNIX, SOCK_STREAM,
    std::os::unix::net::UnixDatagram: AddressFamily::UNIX, SOCK_DGRAM,
}

#[cfg(unix)]
mod descriptor {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use crate::socket::Socket;

    impl AsFd for Socket {
        #[inline]
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.fd().as_fd()
        }
    }

    impl AsRawFd for Socket {
        fn as_raw_fd(&self) -> RawFd {
            self.fd().as_raw_fd()
        }
    }
}

#[cfg(windows)]
mod descriptor {
    use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

    use crate::socket::Socket;

    impl AsSocket for Socket {
        #[inline]
        fn as_socket(&self) -> BorrowedSocket<'_> {
            self.fd().as_socket()
        }
    }

    impl AsRawSocket for Socket {
        fn as_raw_socket(&self) -> RawSocket {
            self.fd().as_raw_socket()
        }
    }
}
