//! An address that a program keeps before it is looked up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
#[cfg(unix)]
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::PathBuf;
use std::str::FromStr;

#[cfg(unix)]
use super::UnixAddress;
use super::target::{Target, is_ipv6, split_host_port};
use super::to_address::{ToAddress, sealed};
use super::{Address, text};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};

/// Where to connect to, known at run time and perhaps not looked up yet: a host and port, or an
/// [`Address`].
///
/// It is what a program keeps of its command line or its configuration. Every call takes it
/// ([`ToAddress`]); a host name in it is looked up then, each time.
///
/// It is written and [parsed](str::parse) as `localhost:8002`, `127.0.0.1:8002`, `[::1]:8002`,
/// `:8002`; a text with a slash is a Unix path, and `@` starts an abstract name. What is not
/// printable is escaped as in an [`Address`].
///
/// # Examples
///
/// ```ignore-windows
/// use socketbook::{AF_INET, AF_UNIX, Address, Endpoint, Result, SOCK_STREAM, Socket};
///
/// fn call(endpoint: &Endpoint) -> Result<Socket> {
///     let family = match endpoint.as_address() {
///         Some(Address::Unix(_)) => AF_UNIX,
///         _ => AF_INET,
///     };
///     let socket = Socket::new(family, SOCK_STREAM)?;
///     socket.connect(endpoint)?;
///     Ok(socket)
/// }
///
/// let server = Socket::new(AF_UNIX, SOCK_STREAM)?;
/// let name = format!("@socketbook-endpoint-{}", std::process::id());
/// server.bind(name.parse::<Endpoint>()?)?;
/// server.listen(5)?;
/// assert_eq!(call(&name.parse()?)?.getpeername()?.to_string(), name);
///
/// let server = socketbook::create_server(("127.0.0.1", 0))?;
/// let endpoint = Endpoint::from(("localhost", server.getsockname()?.port().unwrap()));
/// assert_eq!(endpoint.host(), Some("localhost"));
/// call(&endpoint)?;
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint(Inner);

/// A [`Target`] that is owned.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Inner {
    Known(Address),
    /// By name, or `""`.
    Host {
        host: String,
        port: u16,
        flowinfo: u32,
        scope_id: u32,
    },
    /// What the socket's family decides about.
    Text(String),
    Path(PathBuf),
}

impl Endpoint {
    /// A host, by name or number, and a port. `""` is any address of this machine.
    pub fn new(host: impl Into<String>, port: u16) -> Endpoint {
        let host = host.into();
        Endpoint(match host.parse::<IpAddr>() {
            Ok(ip) => Inner::Known((ip, port).into()),
            Err(_) => Inner::Host {
                host,
                port,
                flowinfo: 0,
                scope_id: 0,
            },
        })
    }

    /// What a call was given, to be used later.
    pub(crate) fn of(target: &Target<'_>) -> Endpoint {
        Endpoint(match *target {
            Target::Borrowed(address) => Inner::Known(address.clone()),
            Target::Owned(ref address) => Inner::Known(address.clone()),
            Target::Host {
                host,
                port,
                flowinfo,
                scope_id,
            } => Inner::Host {
                host: host.to_owned(),
                port,
                flowinfo,
                scope_id,
            },
            Target::Text(text) => Inner::Text(text.to_owned()),
            Target::Path(path) => Inner::Path(path.to_owned()),
        })
    }

    /// The address, or `None` for a host name, which has to be looked up.
    pub fn as_address(&self) -> Option<&Address> {
        match &self.0 {
            Inner::Known(address) => Some(address),
            _ => None,
        }
    }

    /// The host name, or `None` for an address.
    pub fn host(&self) -> Option<&str> {
        match &self.0 {
            Inner::Host { host, .. } => Some(host),
            _ => None,
        }
    }

    /// The port, if it has one.
    pub fn port(&self) -> Option<u16> {
        match &self.0 {
            Inner::Known(address) => address.port(),
            Inner::Host { port, .. } => Some(*port),
            Inner::Text(_) | Inner::Path(_) => None,
        }
    }

    fn parse(text: &str) -> Result<Endpoint, Cause> {
        if let Ok(ip) = text.parse::<SocketAddr>() {
            return Ok(ip.into());
        }
        #[cfg(unix)]
        if let Some(unix) = UnixAddress::parse(text)? {
            return Ok(Address::Unix(unix).into());
        }
        let (host, port) = split_host_port(text)?;
        let host = text::unescape(host)?;
        let host = String::from_utf8(host).map_err(|error| Cause::not_utf8(error.as_bytes()))?;
        Ok(Endpoint::new(host, port))
    }
}

impl ToAddress for Endpoint {
    fn to_target(&self, _: sealed::Token) -> Target<'_> {
        match &self.0 {
            Inner::Known(address) => Target::Borrowed(address),
            Inner::Host {
                host,
                port,
                flowinfo,
                scope_id,
            } => Target::host(host, *port, *flowinfo, *scope_id),
            Inner::Text(text) => Target::Text(text),
            Inner::Path(path) => Target::Path(path),
        }
    }
}

/// As [`parse`](str::parse) reads it.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Known(address) => address.fmt(f),
            Inner::Host { host, port, .. } => {
                // An IPv6 address with its scope by name: [fe80::1%eth0]:80.
                let ipv6 = is_ipv6(host);
                let (open, close) = if ipv6 { ("[", "]") } else { ("", "") };
                f.write_str(open)?;
                for c in host.chars() {
                    let mut utf8 = [0; 4];
                    let c_bytes = c.encode_utf8(&mut utf8).as_bytes();
                    // Would not be read back as part of a host.
                    if matches!(c, '/' | '@' | '[' | ']') || (c == ':' && !ipv6) {
                        text::write_bytes(f, c_bytes)?;
                    } else {
                        text::write_escaped(f, c_bytes)?;
                    }
                }
                write!(f, "{close}:{port}")
            }
            Inner::Text(text) => text::write_escaped(f, text.as_bytes()),
            Inner::Path(path) => text::write_escaped(f, path.as_os_str().as_encoded_bytes()),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// `host:port`, `[::1]:port`, `:port`, a Unix path with a slash, or `@` and an abstract name.
///
/// # Errors
///
/// [Bad input](crate::Error::is_bad_input). A host that does not exist is found out later.
impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Endpoint> {
        Endpoint::parse(text)
            .map_err(|cause| Error::new(Call::EndpointParse, cause).about(format_args!("{text:?}")))
    }
}

impl From<(&str, u16)> for Endpoint {
    fn from((host, port): (&str, u16)) -> Endpoint {
        Endpoint::new(host, port)
    }
}

impl From<(String, u16)> for Endpoint {
    fn from((host, port): (String, u16)) -> Endpoint {
        Endpoint::new(host, port)
    }
}

impl From<Address> for Endpoint {
    fn from(address: Address) -> Endpoint {
        Endpoint(Inner::Known(address))
    }
}

macro_rules! from_std {
    ($($std:ty,)*) => {
        $(impl From<$std> for Endpoint {
            fn from(address: $std) -> Endpoint {
                Address::from(address).into()
            }
        })*
    };
}

from_std! {
    SocketAddr, SocketAddrV4, SocketAddrV6,
    (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16),
}

#[cfg(unix)]
from_std! { StdUnixAddr, }
