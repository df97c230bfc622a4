//! # Addresses
//!
//! What calls take, and what they give. A call takes anything that is [`ToAddress`]: Python's tuple
//! `("127.0.0.1", 8002)`, a text `"localhost:8002"`, std's types, or what another call returned. Calls
//! return an [`Address`]. An [`Endpoint`] keeps an address, or a host and port to be looked up, for
//! later.
//!
//! ```
//! use socketbook::{Address, Endpoint, Socket};
//!
//! let server = Socket::udp()?;
//! server.bind(("127.0.0.1", 0))?;
//! let own: Address = server.getsockname()?;
//!
//! let later: Endpoint = format!("localhost:{}", own.port().unwrap()).parse()?;
//! Socket::udp()?.sendto(b"hello", &later)?;
//! let (data, from) = server.recvfrom(1024)?;
//! assert_eq!(data, b"hello");
//! assert_eq!(from.python(), format!("('127.0.0.1', {})", from.port().unwrap()));
//! # Ok::<(), socketbook::Error>(())
//! ```

mod endpoint;
mod inet;
mod target;
mod text;
mod to_address;
#[cfg(unix)]
mod unix;

pub use endpoint::Endpoint;
pub use inet::*;
pub(crate) use target::Target;
pub use to_address::ToAddress;
#[cfg(unix)]
pub use unix::UnixAddress;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use rustix::net::{AddressFamily, SocketAddrAny};

use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::language::say;
use target::bad;

/// The address of one end of a conversation, as [`accept`](crate::Socket::accept),
/// [`recvfrom`](crate::Socket::recvfrom) and [`getsockname`](crate::Socket::getsockname) give it.
///
/// It is written as people write it: `127.0.0.1:8002`, `[::1]:8002`, `/tmp/phone`, `@phone` for an
/// abstract name, and nothing for an address that is not there. A peer chooses its own Unix path,
/// so what a terminal or a log must not see is escaped in it: control characters, characters that
/// are not printable and bytes that are not UTF-8 as `\xNN`, and a backslash as `\\`. A path that
/// could be taken for something else (it has no slash, or starts with `@` or `./`) is written with
/// `./` before it. [`python`](Address::python) writes an address as Python
/// prints it.
///
/// [`parse`](str::parse) reads all of that back. It looks nothing up: a host name is an
/// [`Endpoint`].
///
/// # Examples
///
/// ```ignore-windows
/// use socketbook::{Address, Socket};
///
/// let server = Socket::udp()?;
/// server.bind(("127.0.0.1", 0))?;
/// let own = server.getsockname()?;
/// assert_eq!(own.ip(), Some("127.0.0.1".parse().unwrap()));
/// assert_ne!(own.port(), Some(0), "the kernel chose a port");
/// assert_eq!(own.to_string().parse::<Address>()?, own);
///
/// let rude = Address::unix("/tmp/x\nroot logged in")?;
/// assert_eq!(rude.to_string(), r"/tmp/x\x0aroot logged in");
/// assert_eq!(rude.to_string().parse::<Address>()?, rude);
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
    /// `('127.0.0.1', 8002)`, `('::1', 8002, 0, 0)`, `'/tmp/phone'`, `b'\x00phone'`, `None`. It is
    /// quoted as Python's `repr` quotes it.
    ///
    /// ```ignore-windows,ignore-apple,ignore-freebsd
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
                text::written(|f| text::write_ipv6(f, *v6.ip())),
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
            Some(any) if any.address_family() == AddressFamily::UNIX => {
                UnixAddress::from_kernel(any)
            }
            address => Address::from_ip(address),
        }
    }

    /// The same where it is no Unix address, for the calls that have to be quick: to look for one
    /// would have the compiler copy the kernel's 128 bytes about.
    #[inline]
    pub(crate) fn from_ip(address: Option<SocketAddrAny>) -> Address {
        let Some(any) = address else {
            return Address::Unnamed;
        };
        // Not by way of std's SocketAddr, which would be taken apart again.
        match any.address_family() {
            AddressFamily::INET => {
                SocketAddrV4::try_from(any).map_or(Address::Unnamed, Address::V4)
            }
            AddressFamily::INET6 => {
                SocketAddrV6::try_from(any).map_or(Address::Unnamed, Address::V6)
            }
            _ => Address::Unnamed,
        }
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

impl From<SocketAddrV4> for Address {
    fn from(address: SocketAddrV4) -> Address {
        Address::V4(address)
    }
}

impl From<SocketAddrV6> for Address {
    fn from(address: SocketAddrV6) -> Address {
        Address::V6(address)
    }
}

/// An IP address and a port.
macro_rules! from_ip {
    ($($ip:ty)*) => {
        $(impl From<($ip, u16)> for Address {
            fn from(address: ($ip, u16)) -> Address {
                SocketAddr::from(address).into()
            }
        })*
    };
}

from_ip! { IpAddr Ipv4Addr Ipv6Addr }

/// What [`Display`](fmt::Display) writes, but for the empty text: `127.0.0.1:8002`, `[::1]:8002`,
/// `[fe80::1%2]:8002`, a Unix path, which has a slash, or `@` and an abstract name.
///
/// # Errors
///
/// [Bad input](crate::Error::is_bad_input) for anything else. A host name has to be looked up:
/// parse it as an [`Endpoint`].
///
/// ```ignore-windows,ignore-apple,ignore-freebsd
/// use socketbook::Address;
///
/// let phone: Address = "@phone".parse()?;
/// assert_eq!(phone, Address::unix_abstract("phone")?);
/// assert_eq!("./phone".parse::<Address>()?, Address::unix("phone")?);
/// assert!("localhost:8002".parse::<Address>().unwrap_err().is_bad_input());
/// # Ok::<(), socketbook::Error>(())
/// ```
impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Address> {
        Address::parse(text)
            .map_err(|cause| Error::new(Call::AddressParse, cause).about(format_args!("{text:?}")))
    }
}

impl Address {
    fn parse(text: &str) -> Result<Address, Cause> {
        if let Ok(ip) = text.parse::<SocketAddr>() {
            return Ok(ip.into());
        }
        #[cfg(unix)]
        if let Some(unix) = UnixAddress::parse(text)? {
            return Ok(Address::Unix(unix));
        }
        target::split_host_port(text)?;
        Err(bad(say!(
            "an address has its host as a number; parse a host name as an Endpoint",
            "地址里的主机是数字；主机名要解析成 Endpoint"
        )))
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
