//! Addresses: what `accept` and `recvfrom` give. What `bind` and `connect` take is in `target.rs`.

mod target;
#[cfg(unix)]
mod unix;

pub(crate) use target::Target;
pub use target::ToAddress;
#[cfg(unix)]
pub use unix::UnixAddress;

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use rustix::net::SocketAddrAny;

use crate::error::Result;

/// The address of one end of a conversation, as [`accept`](crate::Socket::accept),
/// [`recvfrom`](crate::Socket::recvfrom) and [`getsockname`](crate::Socket::getsockname) give it.
///
/// It is written as people write it: `127.0.0.1:8002`, `[::1]:8002`, `/tmp/phone`, `@phone` for an
/// abstract name, and nothing for an address that is not there. [`python`](Address::python) writes
/// it as Python prints it.
///
/// # Examples
///
/// ```
/// use socketbook::Socket;
///
/// let phone = Socket::udp()?;
/// phone.bind(("127.0.0.1", 0))?;
/// let own = phone.getsockname()?;
/// assert_eq!(own.ip(), Some("127.0.0.1".parse().unwrap()));
/// assert_ne!(own.port(), Some(0), "the kernel chose a port");
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// An IPv4 address and port.
    V4(SocketAddrV4),
    /// An IPv6 address and port, with flow information and scope.
    V6(SocketAddrV6),
    /// A Unix path or abstract name.
    #[cfg(unix)]
    Unix(UnixAddress),
    /// No address: the sender on a TCP connection (Python's `None`), a Unix socket without a name
    /// (Python's `''`), or one of a family that this crate does not know.
    Unnamed,
}

impl Address {
    /// The IP address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.as_std().map(|address| address.ip())
    }

    /// The port, if it has one.
    pub fn port(&self) -> Option<u16> {
        self.as_std().map(|address| address.port())
    }

    /// The same address in std's type, if it is an IP address.
    #[inline]
    pub fn as_std(&self) -> Option<SocketAddr> {
        match self {
            Address::V4(v4) => Some(SocketAddr::V4(*v4)),
            Address::V6(v6) => Some(SocketAddr::V6(*v6)),
            _ => None,
        }
    }

    /// The address as Python prints it, for programs that speak like the lesson's:
    /// `('127.0.0.1', 8002)`, `('::1', 8002, 0, 0)`, `'/tmp/phone'`, `b'\x00phone'`, `None`.
    ///
    /// ```
    /// use socketbook::Address;
    ///
    /// let address = Address::from(std::net::SocketAddr::from(([127, 0, 0, 1], 8002)));
    /// assert_eq!(address.python(), "('127.0.0.1', 8002)");
    /// assert_eq!(Address::unix_abstract("phone")?.python(), r"b'\x00phone'");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn python(&self) -> String {
        match self {
            Address::V4(v4) => format!("('{}', {})", v4.ip(), v4.port()),
            Address::V6(v6) => format!(
                "('{}', {}, {}, {})",
                v6.ip(),
                v6.port(),
                v6.flowinfo(),
                v6.scope_id()
            ),
            #[cfg(unix)]
            Address::Unix(unix) => unix.python(),
            Address::Unnamed => "None".to_owned(),
        }
    }

    /// What the kernel wrote; an address of an unknown family, or none, is `Unnamed`.
    pub(crate) fn from_kernel(address: Option<SocketAddrAny>) -> Address {
        match address {
            #[cfg(unix)]
            Some(any) if any.address_family() == rustix::net::AddressFamily::UNIX => {
                UnixAddress::from_kernel(any)
            }
            address => Address::from_ip(address),
        }
    }

    /// The same where it is no Unix address, for the calls that have to be quick: to look for one
    /// would have the compiler copy the kernel's 128 bytes about.
    #[inline]
    pub(crate) fn from_ip(address: Option<SocketAddrAny>) -> Address {
        address
            .and_then(|any| SocketAddr::try_from(any).ok())
            .map_or(Address::Unnamed, Address::from)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::V4(v4) => v4.fmt(f),
            Address::V6(v6) => v6.fmt(f),
            #[cfg(unix)]
            Address::Unix(unix) => unix.fmt(f),
            Address::Unnamed => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.python())
    }
}

impl From<SocketAddr> for Address {
    #[inline]
    fn from(address: SocketAddr) -> Address {
        match address {
            SocketAddr::V4(v4) => Address::V4(v4),
            SocketAddr::V6(v6) => Address::V6(v6),
        }
    }
}

/// Gives the address back if it is not an IP address.
impl TryFrom<Address> for SocketAddr {
    type Error = Address;

    #[inline]
    fn try_from(address: Address) -> Result<SocketAddr, Address> {
        match address {
            Address::V4(v4) => Ok(SocketAddr::V4(v4)),
            Address::V6(v6) => Ok(SocketAddr::V6(v6)),
            other => Err(other),
        }
    }
}

/// Evaluates a call of rustix with the address in the form that it wants.
macro_rules! with_sockaddr {
    ($address:expr, $sockaddr:ident => $call:expr) => {
        match $address {
            $crate::address::Address::V4($sockaddr) => $call,
            $crate::address::Address::V6($sockaddr) => $call,
            #[cfg(unix)]
            unix => match &unix.unix_sockaddr() {
                Ok($sockaddr) => $call,
                Err(errno) => Err(*errno),
            },
            #[cfg(not(unix))]
            _ => Err(rustix::io::Errno::AFNOSUPPORT),
        }
    };
}
pub(crate) use with_sockaddr;
