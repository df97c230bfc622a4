//! What `bind`, `connect` and `sendto` take as an address, and how it is looked up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs};
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::{Path, PathBuf};

use super::{Address, UnixAddress};
use crate::creation::{AF_INET, AF_INET6, AF_UNIX, AddressFamily};
use crate::error::{Cause, Error, Result};

/// What a call takes as an address: a host and port, or a Unix path.
///
/// | given | means |
/// |---|---|
/// | `("127.0.0.1", 8002)`, `("localhost", 8002)` | Python's tuple; a name is looked up within the socket's family, and the first address found is taken |
/// | `("", 8002)`, `("<broadcast>", 8002)` | any address of this machine; 255.255.255.255 |
/// | `("fe80::1", 8002, 0, 2)` | Python's IPv6 tuple, with flow information and scope |
/// | `"127.0.0.1:8002"`, `"localhost:8002"`, `"[::1]:8002"`, `":8002"` | the same in one string |
/// | `(Ipv4Addr::LOCALHOST, 8002)`, `SocketAddr` … | std's types |
/// | `&address` | what `accept`, `recvfrom` and `getsockname` gave |
/// | `"/tmp/phone"`, `"\0phone"`, `""`, `Path` | on an `AF_UNIX` socket: a path, an abstract name, a name that the kernel chooses |
///
/// An address that does not fit the socket's family, a port that is none, a path too long, is an
/// error before any system call. Looking up a name may take long, and the socket's timeout does not
/// bound it, as in Python.
///
/// The trait is sealed: to make a type of your own an address, convert it into one of these.
///
/// # Examples
///
/// ```
/// use std::net::Ipv4Addr;
/// use socketbook::Socket;
///
/// let phone = Socket::udp()?;
/// phone.bind((Ipv4Addr::LOCALHOST, 0))?;
/// let port = phone.getsockname()?.port().unwrap();
/// Socket::udp()?.sendto(b"a", ("127.0.0.1", port))?;
/// Socket::udp()?.sendto(b"b", format!("localhost:{port}"))?;
/// Socket::udp()?.sendto(b"c", phone.getsockname()?)?;
/// # Ok::<(), socketbook::Error>(())
/// ```
pub trait ToAddress: sealed::Asks {}

impl<A: sealed::Asks + ?Sized> ToAddress for A {}

mod sealed {
    pub trait Asks {
        fn asked(&self) -> super::Asked<'_>;
    }
}

/// What the caller wrote, before it is looked up.
#[derive(Debug)]
pub enum Asked<'a> {
    Lent(&'a Address),
    Made(Address),
    Host {
        host: &'a str,
        port: u16,
        flowinfo: u32,
        scope_id: u32,
    },
    Text(&'a str),
    Path(&'a Path),
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Lent(address) => address.fmt(f),
            Asked::Made(address) => address.fmt(f),
            Asked::Host { host, port, .. } => write!(f, "{host:?}, {port}"),
            Asked::Text(text) => write!(f, "{text:?}"),
            Asked::Path(path) => write!(f, "{path:?}"),
        }
    }
}

macro_rules! asks {
    ($($given:ty, $self:ident => $asked:expr;)*) => {
        $(impl sealed::Asks for $given {
            #[inline]
            fn asked(&$self) -> Asked<'_> {
                $asked
            }
        })*
    };
}

asks! {
    Address, self => Asked::Lent(self);
    SocketAddr, self => Asked::Made(Address::from(*self));
    SocketAddrV4, self => Asked::Made(Address::V4(*self));
    SocketAddrV6, self => Asked::Made(Address::V6(*self));
    StdUnixAddr, self => Asked::Made(Address::from(self.clone()));
    (IpAddr, u16), self => Asked::Made(SocketAddr::from(*self).into());
    (Ipv4Addr, u16), self => Asked::Made(SocketAddr::from(*self).into());
    (Ipv6Addr, u16), self => Asked::Made(SocketAddr::from(*self).into());
    str, self => Asked::Text(self);
    String, self => Asked::Text(self);
    Path, self => Asked::Path(self);
    PathBuf, self => Asked::Path(self);
    (&str, u16), self => Asked::host(self.0, self.1, 0, 0);
    (&String, u16), self => Asked::host(self.0, self.1, 0, 0);
    (String, u16), self => Asked::host(&self.0, self.1, 0, 0);
    (&str, u16, u32, u32), self => Asked::host(self.0, self.1, self.2, self.3);
}

impl<A: sealed::Asks + ?Sized> sealed::Asks for &A {
    #[inline]
    fn asked(&self) -> Asked<'_> {
        (**self).asked()
    }
}

impl<'a> Asked<'a> {
    fn host(host: &'a str, port: u16, flowinfo: u32, scope_id: u32) -> Asked<'a> {
        Asked::Host {
            host,
            port,
            flowinfo,
            scope_id,
        }
    }

    /// The address itself, where there is nothing to look up or to complain about.
    #[inline]
    pub(crate) fn known(&self, family: AddressFamily) -> Option<&Address> {
        match self {
            Asked::Lent(address) if fits(address, family) => Some(address),
            Asked::Made(address) if fits(address, family) => Some(address),
            _ => None,
        }
    }

    /// Makes the call with the one address for a socket of this family; errors get its name.
    #[inline]
    pub(crate) fn within<T>(
        &self,
        family: AddressFamily,
        call: &'static str,
        make: impl FnOnce(&Address) -> Result<T>,
    ) -> Result<T> {
        match self.known(family) {
            Some(address) => make(address),
            None => make(&self.look_up(family).map_err(|error| error.in_call(call))?),
        }
    }

    #[cold]
    fn look_up(&self, family: AddressFamily) -> Result<Address> {
        self.look_up_first(family)
            .map_err(|error| error.about(self))
    }

    fn look_up_first(&self, family: AddressFamily) -> Result<Address> {
        match (self, family) {
            (Asked::Lent(known), _) => Err(misfit(known, family)),
            (Asked::Made(known), _) => Err(misfit(known, family)),
            (Asked::Text(""), AF_UNIX) => Ok(Address::Unnamed),
            (Asked::Text(path), AF_UNIX) => UnixAddress::new(path.as_bytes()).map(Address::Unix),
            (Asked::Path(path), AF_UNIX) => Address::unix(path),
            (Asked::Path(_), _) => Err(bad(format!(
                "a path is the address of an AF_UNIX socket, and this one is {family:?}"
            ))),
            (Asked::Host { .. }, AF_UNIX) => Err(bad(
                "a host and port are the address of an AF_INET or AF_INET6 socket, and this one is AF_UNIX: give it a path"
                    .to_owned(),
            )),
            (asked, AF_INET | AF_INET6) => {
                let found = asked.host_and_port()?.addresses(family)?;
                let mut of_family = found.into_iter().filter(|address| fits(address, family));
                of_family.next().ok_or_else(|| {
                    Error::new("", Cause::Unresolved(format!("it has none in {family:?}")))
                })
            }
            _ => Err(bad(format!(
                "this crate makes addresses of AF_INET, AF_INET6 and AF_UNIX, and the socket is {family:?}"
            ))),
        }
    }

    /// All addresses that it stands for, for a client without a socket yet.
    pub(crate) fn all(&self) -> Result<Vec<Address>> {
        match self {
            Asked::Made(known) if known.as_std().is_some() => Ok(vec![known.clone()]),
            Asked::Lent(known) if known.as_std().is_some() => Ok(vec![(*known).clone()]),
            Asked::Made(_) | Asked::Lent(_) | Asked::Path(_) => Err(bad(
                "a host and port are wanted; for a Unix socket use Socket::new(AF_UNIX, SOCK_STREAM) and connect"
                    .to_owned(),
            )),
            asked => asked.host_and_port().and_then(|host| host.addresses(AddressFamily::UNSPEC)),
        }
        .map_err(|error| error.about(self))
    }

    fn host_and_port(&self) -> Result<Host<'a>> {
        let (host, port, flowinfo, scope_id) = match *self {
            Asked::Host {
                host,
                port,
                flowinfo,
                scope_id,
            } => (host, port, flowinfo, scope_id),
            Asked::Text(text) => {
                let (host, port) = split_host_port(text)?;
                (host, port, 0, 0)
            }
            Asked::Lent(_) | Asked::Made(_) | Asked::Path(_) => {
                return Err(bad("not a host and port".to_owned()));
            }
        };
        if flowinfo > 0xf_ffff {
            return Err(bad(format!(
                "flow information {flowinfo} is not in 0 to 0xfffff"
            )));
        }
        Ok(Host {
            host,
            port,
            flowinfo,
            scope_id,
        })
    }
}

/// A host, by name or number, and what goes with it.
struct Host<'a> {
    host: &'a str,
    port: u16,
    flowinfo: u32,
    scope_id: u32,
}

impl Host<'_> {
    /// The addresses of the host: within a family, or all (`UNSPEC`).
    fn addresses(&self, family: AddressFamily) -> Result<Vec<Address>> {
        if family == AF_INET && (self.flowinfo, self.scope_id) != (0, 0) {
            return Err(bad(
                "flow information and scope are of IPv6, and the socket is AF_INET".to_owned(),
            ));
        }
        let known = match (self.host, family) {
            ("", AF_INET6) => Some(Ipv6Addr::UNSPECIFIED.into()),
            ("", AF_INET) => Some(Ipv4Addr::UNSPECIFIED.into()),
            ("", _) => {
                return Err(bad(
                    "which host? \"\" means any address of this machine, and a client calls one"
                        .to_owned(),
                ));
            }
            ("<broadcast>", AF_INET) => Some(Ipv4Addr::BROADCAST.into()),
            ("<broadcast>", _) => return Err(bad("only IPv4 has broadcast".to_owned())),
            (host, _) => host.parse::<IpAddr>().ok(),
        };
        match (known, family) {
            (Some(ip @ IpAddr::V4(_)), AF_INET6) => Err(bad(format!(
                "{ip} is an IPv4 address, and the socket is AF_INET6: for both families in one socket write ::ffff:{ip}"
            ))),
            (Some(ip @ IpAddr::V6(_)), AF_INET) => Err(bad(format!(
                "{ip} is an IPv6 address, and the socket is AF_INET"
            ))),
            (Some(ip), _) => Ok(vec![self.with(ip, 0)]),
            (None, _) => {
                let found = (self.host, self.port)
                    .to_socket_addrs()
                    .map_err(|error| Error::new("", Cause::Unresolved(error.to_string())))?;
                let found = found.map(|address| match address {
                    SocketAddr::V4(v4) => self.with((*v4.ip()).into(), 0),
                    SocketAddr::V6(v6) => self.with((*v6.ip()).into(), v6.scope_id()),
                });
                Ok(found.collect())
            }
        }
    }

    fn with(&self, ip: IpAddr, scope_id: u32) -> Address {
        match ip {
            IpAddr::V4(ip) => Address::V4(SocketAddrV4::new(ip, self.port)),
            IpAddr::V6(ip) => Address::V6(SocketAddrV6::new(
                ip,
                self.port,
                self.flowinfo,
                // The caller's scope; else the one that the name brought along, as fe80::1%eth0 does.
                if self.scope_id == 0 {
                    scope_id
                } else {
                    self.scope_id
                },
            )),
        }
    }
}

/// `"host:port"`, `"[::1]:port"`, `":port"`.
fn split_host_port(text: &str) -> Result<(&str, u16)> {
    let Some((host, port)) = text.rsplit_once(':') else {
        let whole = format!("{text}:8002");
        return Err(bad(format!("the port is missing: write {whole:?}")));
    };
    let port = match port.parse() {
        // u16's parser takes a leading plus, which is not how a port is written.
        Ok(number) if !port.starts_with('+') => number,
        _ => {
            return Err(bad(format!(
                "{port:?} is not a port, which is a number from 0 to 65535"
            )));
        }
    };
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inside) => Ok((inside, port)),
        None if host.contains(':') => {
            let whole = format!("[{host}]:{port}");
            Err(bad(format!(
                "an IPv6 address is written in brackets before its port: {whole:?}"
            )))
        }
        None => Ok((host, port)),
    }
}

/// Without a call's name: the call that was given the address adds it.
pub(super) fn bad(why: String) -> Error {
    Error::bad_input("", why)
}

#[inline]
fn fits(address: &Address, family: AddressFamily) -> bool {
    match address {
        Address::V4(_) => family == AF_INET,
        Address::V6(_) => family == AF_INET6,
        Address::Unix(_) | Address::Unnamed => family == AF_UNIX,
    }
}

fn misfit(address: &Address, family: AddressFamily) -> Error {
    let kind = match address {
        Address::V4(_) => "an IPv4 address",
        Address::V6(_) => "an IPv6 address",
        Address::Unix(_) => "a Unix address",
        Address::Unnamed => "no address",
    };
    bad(format!("this is {kind}, and the socket is {family:?}"))
}
