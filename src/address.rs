//! Addresses: what `bind`, `connect` and `sendto` take, what `accept` and `recvfrom` give.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::{Path, PathBuf};

use rustix::net::{SocketAddrAny, SocketAddrUnix};

use crate::creation::{AF_INET, AF_INET6, AF_UNIX, AddressFamily};
use crate::error::{Cause, Error, Result};

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
    /// [bad input](Error::is_bad_input) if it is empty, has 108 bytes or more, or holds a NUL byte.
    pub fn unix(path: impl AsRef<Path>) -> Result<Address> {
        UnixAddress::new(path.as_ref().as_os_str().as_bytes())
            .map(Address::Unix)
            .map_err(|error| {
                error
                    .in_call("Address::unix")
                    .about(path.as_ref().display())
            })
    }

    /// A name in Linux's abstract namespace: no file stands for it, and it is gone with its socket.
    /// Any bytes will do, without the leading NUL that Python wants.
    ///
    /// # Errors
    ///
    /// [bad input](Error::is_bad_input) if it has more than 107 bytes.
    pub fn unix_abstract(name: impl AsRef<[u8]>) -> Result<Address> {
        let mut bytes = vec![0];
        bytes.extend_from_slice(name.as_ref());
        UnixAddress::new(&bytes)
            .map(Address::Unix)
            .map_err(|error| error.in_call("Address::unix_abstract"))
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
            Address::Unix(unix) => match unix.as_path() {
                Some(path) => format!("'{}'", path.display()),
                None => format!("b'{}'", unix.0.escape_ascii()),
            },
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

    fn try_from(address: Address) -> Result<SocketAddr, Address> {
        address.as_std().ok_or(address)
    }
}

/// The name of a Unix socket: a path, or a name in Linux's abstract namespace.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixAddress(Box<[u8]>);

impl UnixAddress {
    /// A path, or a NUL byte and an abstract name: what Python takes.
    fn new(bytes: &[u8]) -> Result<UnixAddress> {
        // sun_path has 108 bytes; a path is ended by a NUL, an abstract name is not.
        let (room, what) = match bytes {
            [] => return Err(bad("a Unix socket's path cannot be empty here".to_owned())),
            [0, ..] => (108, "abstract name"),
            _ if bytes.contains(&0) => return Err(bad("a path holds no NUL byte".to_owned())),
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

/// The path as it is; `@` and the name for an abstract one, as `ss` and `netstat` show it.
impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [0, name @ ..] => write!(f, "@{}", name.escape_ascii()),
            path => write!(f, "{}", String::from_utf8_lossy(path)),
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
        return Err(bad(format!("the port is missing: write \"{text}:8002\"")));
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
        None if host.contains(':') => Err(bad(format!(
            "an IPv6 address is written in brackets before its port: \"[{host}]:{port}\""
        ))),
        None => Ok((host, port)),
    }
}

/// Without a call's name: the call that was given the address adds it.
fn bad(why: String) -> Error {
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
