//! Addresses: what `accept` and `recvfrom` give. What `bind` and `connect` take is in `target.rs`,
//! and `endpoint.rs` has the one that a program keeps before it is looked up.

mod endpoint;
mod inet;
mod target;
mod text;

pub use endpoint::Endpoint;
pub use inet::*;
pub(crate) use target::Target;
pub use target::ToAddress;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::Path;
use std::str::FromStr;

use rustix::net::{SocketAddrAny, SocketAddrUnix};

use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use target::bad;

/// The address of one end of a conversation, as [`accept`](crate::Socket::accept),
/// [`recvfrom`](crate::Socket::recvfrom) and [`getsockname`](crate::Socket::getsockname) give it.
///
/// It is written as people write it: `127.0.0.1:8002`, `[::1]:8002`, `/tmp/phone`, `@phone` for an
/// abstract name, and nothing for an address that is not there. A peer chooses its own Unix path,
/// so what a terminal or a log must not see is escaped in it: control characters, characters that
/// are not printable and bytes that are not UTF-8 as `\xNN`, and a backslash as `\\`. A path without
/// a slash is written with `./` before it. [`python`](Address::python) writes an address as Python
/// prints it.
///
/// [`parse`](str::parse) reads all of that back. It looks nothing up: a host name is an
/// [`Endpoint`].
///
/// # Examples
///
/// ```
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
    Unix(UnixAddress),
    /// No address: the sender on a TCP connection (Python's `None`), a Unix socket without a name
    /// (Python's `''`), or one of a family that this crate does not know.
    Unnamed,
}

impl Address {
    /// A Unix socket's path, such as `/run/phone`.
    ///
    /// # Errors
    ///
    /// [bad input](crate::Error::is_bad_input) if it is empty, has 108 bytes or more, or holds a NUL byte.
    pub fn unix(path: impl AsRef<Path>) -> Result<Address> {
        UnixAddress::of_path(path.as_ref())
            .map(Address::Unix)
            .map_err(|cause| {
                Error::new(Call::AddressUnix, cause)
                    .about(format_args!("{:?}", path.as_ref()))
                    .about_unix(true)
            })
    }

    /// A name in Linux's abstract namespace: no file stands for it, and it is gone with its socket.
    /// Any bytes will do, without the leading NUL that Python wants.
    ///
    /// # Errors
    ///
    /// [bad input](crate::Error::is_bad_input) if it has more than 107 bytes.
    pub fn unix_abstract(name: impl AsRef<[u8]>) -> Result<Address> {
        let mut bytes = vec![0];
        bytes.extend_from_slice(name.as_ref());
        UnixAddress::new(&bytes)
            .map(Address::Unix)
            .map_err(|cause| {
                Error::new(Call::AddressUnixAbstract, cause)
                    .about(format_args!("@{}", name.as_ref().escape_ascii()))
                    .about_unix(true)
            })
    }

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
            Address::Unix(_) | Address::Unnamed => None,
        }
    }

    /// The Unix path, if it is one.
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Address::Unix(unix) => unix.as_path(),
            _ => None,
        }
    }

    /// The address as Python prints it, for programs that speak like the lesson's:
    /// `('127.0.0.1', 8002)`, `('::1', 8002, 0, 0)`, `'/tmp/phone'`, `b'\x00phone'`, `None`. It is
    /// quoted as Python's `repr` quotes it.
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
                text::written(|f| text::write_ipv6(f, *v6.ip())),
                v6.port(),
                v6.flowinfo(),
                v6.scope_id()
            ),
            Address::Unix(UnixAddress(bytes)) => text::written(|f| match &**bytes {
                [0, ..] => text::write_python_bytes(f, bytes),
                path => text::write_python_str(f, path),
            }),
            Address::Unnamed => "None".to_owned(),
        }
    }

    /// A Unix address, or none, in the form that rustix gives the kernel.
    #[cold]
    #[inline(never)]
    pub(crate) fn unix_sockaddr(&self) -> SocketAddrUnix {
        let Address::Unix(UnixAddress(bytes)) = self else {
            return SocketAddrUnix::new_unnamed();
        };
        match &**bytes {
            [0, name @ ..] => SocketAddrUnix::new_abstract_name(name),
            path => SocketAddrUnix::new(path),
        }
        // The length was checked when it was made, so this is never taken.
        .unwrap_or_else(|_| SocketAddrUnix::new_unnamed())
    }

    /// What the kernel wrote; an address of an unknown family, or none, is `Unnamed`.
    pub(crate) fn from_kernel(address: Option<SocketAddrAny>) -> Address {
        match address {
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
/// ```
/// use socketbook::Address;
///
/// let phone: Address = "@phone".parse()?;
/// assert_eq!(phone, Address::unix_abstract("phone")?);
/// assert!("./phone".parse::<Address>()?.as_path().is_some());
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
        match UnixAddress::parse(text)? {
            Some(unix) => Ok(Address::Unix(unix)),
            None => {
                target::split_host_port(text)?;
                Err(bad(
                    "an address has its host as a number; parse a host name as an Endpoint",
                ))
            }
        }
    }
}

impl From<StdUnixAddr> for Address {
    fn from(address: StdUnixAddr) -> Address {
        use std::os::linux::net::SocketAddrExt;
        let bytes = match (address.as_pathname(), address.as_abstract_name()) {
            (Some(path), _) => path.as_os_str().as_bytes().to_vec(),
            (_, Some(name)) => [&[0], name].concat(),
            _ => return Address::Unnamed,
        };
        Address::Unix(UnixAddress(bytes.into()))
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

/// The name of a Unix socket: a path, or a name in Linux's abstract namespace.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixAddress(Box<[u8]>);

impl UnixAddress {
    /// A path, or a NUL byte and an abstract name: what Python takes.
    fn new(bytes: &[u8]) -> Result<UnixAddress, Cause> {
        // sun_path has 108 bytes; a path is ended by a NUL, an abstract name is not.
        let (room, what) = match bytes {
            [] => return Err(bad("a Unix socket's path cannot be empty here")),
            [0, ..] => (108, "abstract name"),
            _ if bytes.contains(&0) => return Err(bad("a path cannot contain a NUL byte")),
            _ => (107, "path"),
        };
        if bytes.len() > room {
            return Err(bad(format!(
                "this {what} has {} bytes, and sun_path has room for {room}: use a shorter one",
                bytes.len()
            )));
        }
        Ok(UnixAddress(bytes.into()))
    }

    /// What [`Display`](fmt::Display) writes, or `None` for what is no Unix address: a path has a
    /// slash, an abstract name begins with `@`.
    fn parse(text: &str) -> Result<Option<UnixAddress>, Cause> {
        let bytes = match text.strip_prefix('@') {
            Some(name) => [vec![0], text::unescape(name)?].concat(),
            None if text.contains('/') => match text::unescape(text)? {
                // Not the mark of an abstract name.
                bytes if bytes.contains(&0) => return Err(bad("a path cannot contain a NUL byte")),
                bytes => bytes,
            },
            None => return Ok(None),
        };
        UnixAddress::new(&bytes).map(Some)
    }

    fn of_path(path: &Path) -> Result<UnixAddress, Cause> {
        match path.as_os_str().as_bytes() {
            // Not the mark of an abstract name: that has a function of its own.
            [0, ..] => Err(bad("a path cannot contain a NUL byte")),
            path => UnixAddress::new(path),
        }
    }

    /// The path, or `None` for an abstract name.
    pub fn as_path(&self) -> Option<&Path> {
        match &*self.0 {
            [0, ..] => None,
            path => Some(Path::new(std::ffi::OsStr::from_bytes(path))),
        }
    }

    /// The abstract name without its leading NUL, or `None` for a path.
    pub fn as_abstract(&self) -> Option<&[u8]> {
        match &*self.0 {
            [0, name @ ..] => Some(name),
            _ => None,
        }
    }

    fn from_kernel(any: SocketAddrAny) -> Address {
        // 2 bytes: the family alone, no name. 111: a path of all 108 bytes of sun_path, which the
        // kernel takes from a C program and rustix does not read back; it is left out, not a panic.
        if !(3..=110).contains(&any.addr_len()) {
            return Address::Unnamed;
        }
        let Ok(unix) = SocketAddrUnix::try_from(any) else {
            return Address::Unnamed;
        };
        match (unix.path_bytes(), unix.abstract_name()) {
            (Some(path), _) => {
                // Of a path of 107 bytes rustix gives the NUL at its end too.
                let path = path.strip_suffix(&[0]).unwrap_or(path);
                Address::Unix(UnixAddress(path.into()))
            }
            (_, Some(name)) => Address::Unix(UnixAddress([&[0], name].concat().into())),
            _ => Address::Unnamed,
        }
    }
}

/// The path; `@` and the name for an abstract one, as `ss` and `netstat` show it. Escaped, as
/// [`Address`] says.
impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [0, name @ ..] => {
                f.write_str("@")?;
                text::write_escaped(f, name)
            }
            path => {
                // Else it would be read as an abstract name, or as a host.
                if path.first() == Some(&b'@') || !path.contains(&b'/') {
                    f.write_str("./")?;
                }
                text::write_escaped(f, path)
            }
        }
    }
}

impl fmt::Debug for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Evaluates a call of rustix with the address in the form that it wants.
macro_rules! with_sockaddr {
    ($address:expr, $sockaddr:ident => $call:expr) => {
        match $address {
            $crate::address::Address::V4($sockaddr) => $call,
            $crate::address::Address::V6($sockaddr) => $call,
            unix => {
                let $sockaddr = &unix.unix_sockaddr();
                $call
            }
        }
    };
}
pub(crate) use with_sockaddr;
