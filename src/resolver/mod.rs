//! # Names: getaddrinfo and its relatives
//!
//! A host is a name, a socket wants a number. [`getaddrinfo`] finds the addresses of a name,
//! [`getnameinfo`] the name of an address; both ask the files of this machine (`/etc/hosts`) and its
//! name server, in the order that `/etc/nsswitch.conf` has. The calls around them are older or
//! smaller: [`gethostbyname`], [`gethostbyname_ex`], [`gethostbyaddr`], [`getfqdn`],
//! [`gethostname`], [`getservbyname`], [`getservbyport`], [`getprotobyname`].
//!
//! `bind`, `connect` and `create_connection` look names up by themselves.
//!
//! No timeout of a socket bounds a look-up. [`look_up_within`] does.
//!
//! ```
//! use std::time::Duration;
//! use socketbook::*;
//!
//! let server = create_server(("127.0.0.1", 0))?;
//! let port = server.getsockname()?.port().unwrap();
//!
//! let options = AddrInfoOptions::new().kind(SOCK_STREAM);
//! let all = look_up_within(Duration::from_secs(5), move || {
//!     getaddrinfo_with("localhost", port, &options)
//! })?;
//! for info in all {
//!     let client = Socket::with_proto(info.family, info.kind, info.proto)?;
//!     if client.connect(&info.address).is_ok() {
//!         client.sendall(b"hello")?;
//!         break;
//!     }
//! }
//! let (conn, _) = server.accept()?;
//! assert_eq!(conn.recv(1024)?, b"hello");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! The chapter to read: 16, IPv6 and names.

mod flags;
mod hosts;
mod services;

pub use flags::*;
pub use hosts::*;
pub use services::*;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::address::{Address, ToAddress};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::kinds::{AddressFamily, Protocol, SocketKind};
use crate::lookup::{self, Found, Query};
use crate::timeout::Timeout;

/// One answer of [`getaddrinfo`]: what to make a socket of, and where to connect it to or bind it
/// to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AddrInfo {
    /// The family of the address.
    pub family: AddressFamily,
    /// The kind of the socket.
    pub kind: SocketKind,
    /// The protocol of the socket.
    pub proto: Protocol,
    /// With [`AI_CANONNAME`], and in the first answer only: the name that the host goes by.
    pub canonname: Option<String>,
    /// The address and port.
    pub address: Address,
}

impl From<Found> for AddrInfo {
    fn from(found: Found) -> AddrInfo {
        AddrInfo {
            family: AddressFamily(found.family),
            kind: SocketKind(found.kind),
            proto: Protocol(found.proto),
            canonname: found.canonname,
            address: found.address.into(),
        }
    }
}

/// What [`getaddrinfo`] takes as a port: a number, the name of a service, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service<'a> {
    /// None in particular: port 0.
    Any,
    /// A port.
    Port(u16),
    /// The name of a service, such as `"http"`, or a port in digits.
    Name(&'a str),
}

impl From<u16> for Service<'_> {
    fn from(port: u16) -> Self {
        Service::Port(port)
    }
}

impl<'a> From<&'a str> for Service<'a> {
    fn from(name: &'a str) -> Self {
        Service::Name(name)
    }
}

impl<'a> From<Option<&'a str>> for Service<'a> {
    fn from(name: Option<&'a str>) -> Self {
        name.map_or(Service::Any, Service::Name)
    }
}

/// What to look up with [`getaddrinfo_with`]: Python's arguments `family`, `type`, `proto` and
/// `flags`.
#[derive(Clone, Copy, Debug)]
pub struct AddrInfoOptions {
    family: AddressFamily,
    kind: SocketKind,
    proto: Protocol,
    flags: AddrInfoFlags,
}

impl Default for AddrInfoOptions {
    fn default() -> Self {
        AddrInfoOptions {
            family: crate::kinds::AF_UNSPEC,
            kind: SocketKind(0),
            proto: Protocol(0),
            flags: AddrInfoFlags::NONE,
        }
    }
}

impl AddrInfoOptions {
    /// Python's defaults: IPv4 and IPv6, every kind of socket, no flags.
    pub fn new() -> AddrInfoOptions {
        AddrInfoOptions::default()
    }

    /// AF_INET, AF_INET6, or AF_UNSPEC for both.
    pub fn family(mut self, family: AddressFamily) -> AddrInfoOptions {
        self.family = family;
        self
    }

    /// The kind of socket. Without it each address comes once for each kind.
    pub fn kind(mut self, kind: SocketKind) -> AddrInfoOptions {
        self.kind = kind;
        self
    }

    /// The protocol, if the kind has several.
    pub fn proto(mut self, proto: impl Into<Protocol>) -> AddrInfoOptions {
        self.proto = proto.into();
        self
    }

    /// How to look up: [`AI_PASSIVE`] and its like, joined with `|`.
    pub fn flags(mut self, flags: AddrInfoFlags) -> AddrInfoOptions {
        self.flags = flags;
        self
    }
}

/// The addresses of a host and a service: Python's `socket.getaddrinfo(host, port)`.
///
/// `host` is a name or a number, or `None` for this machine's loopback. `service` is a port, the
/// name of a service, or `None`. The addresses come in the order in which a client tries them
/// ([RFC 6724](https://www.rfc-editor.org/rfc/rfc6724)), once for each kind of socket: ask for one
/// with [`getaddrinfo_with`].
///
/// It makes as many system calls, and takes as long, as the look-up takes;
/// [getaddrinfo(3)](https://man7.org/linux/man-pages/man3/getaddrinfo.3.html) is a function of the C
/// library. To bound it: [`look_up_within`].
///
/// A name goes to it in UTF-8. Python writes letters beyond ASCII in the IDNA encoding first
/// (`bücher.example` becomes `xn--bcher-kva.example`); do so with the crate `idna` where you need
/// it.
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved), with an [`eai`](Error::eai): [`EAI_NONAME`] for a name that
/// does not exist or if there is neither host nor service, [`EAI_AGAIN`] if the name server does
/// not answer, [`EAI_NODATA`] for a name without an address, [`EAI_SERVICE`] for an unknown
/// service. [Bad input](Error::is_bad_input) for a NUL byte.
///
/// [`EAI_NONAME`]: crate::EAI_NONAME
/// [`EAI_AGAIN`]: crate::EAI_AGAIN
/// [`EAI_NODATA`]: crate::EAI_NODATA
/// [`EAI_SERVICE`]: crate::EAI_SERVICE
///
/// # Examples
///
/// ```ignore-windows
/// use socketbook::{AF_INET, SOCK_STREAM, getaddrinfo};
///
/// let all = getaddrinfo("127.0.0.1", 80)?;
/// assert_eq!(all[0].family, AF_INET);
/// assert_eq!(all[0].kind, SOCK_STREAM);
/// assert_eq!(all[0].address.to_string(), "127.0.0.1:80");
/// assert!(all.len() > 1, "the same address for datagrams");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn getaddrinfo<'a>(
    host: impl Into<Option<&'a str>>,
    service: impl Into<Service<'a>>,
) -> Result<Vec<AddrInfo>> {
    getaddrinfo_with(host, service, &AddrInfoOptions::new())
}

/// As [`getaddrinfo`], with Python's arguments `family`, `type`, `proto` and `flags`.
///
/// # Errors
///
/// As for [`getaddrinfo`]; [`EAI_BADFLAGS`] for flags that do not go together, [`EAI_FAMILY`] for a
/// family without look-ups, [`EAI_SOCKTYPE`] for a kind that does not exist or not with this
/// protocol, [`EAI_ADDRFAMILY`] for a host that has no address of the family.
///
/// [`EAI_BADFLAGS`]: crate::EAI_BADFLAGS
/// [`EAI_FAMILY`]: crate::EAI_FAMILY
/// [`EAI_SOCKTYPE`]: crate::EAI_SOCKTYPE
/// [`EAI_ADDRFAMILY`]: crate::EAI_ADDRFAMILY
///
/// # Examples
///
/// What a server binds to, and a look-up that asks no one:
///
/// ```
/// use socketbook::*;
///
/// let any = AddrInfoOptions::new().family(AF_INET).kind(SOCK_STREAM).flags(AI_PASSIVE);
/// let found = getaddrinfo_with(None, 0, &any)?;
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].address.to_string(), "0.0.0.0:0");
///
/// let numbers = AddrInfoOptions::new().flags(AI_NUMERICHOST | AI_NUMERICSERV);
/// let error = getaddrinfo_with("localhost", "80", &numbers).unwrap_err();
/// assert_eq!(error.eai(), Some(EAI_NONAME));
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn getaddrinfo_with<'a>(
    host: impl Into<Option<&'a str>>,
    service: impl Into<Service<'a>>,
    options: &AddrInfoOptions,
) -> Result<Vec<AddrInfo>> {
    let (host, service) = (host.into(), service.into());
    let digits;
    let query = Query {
        host,
        service: match service {
            Service::Any => None,
            Service::Port(port) => {
                digits = port.to_string();
                Some(&digits)
            }
            Service::Name(name) => Some(name),
        },
        family: options.family.0,
        kind: options.kind.0,
        proto: options.proto.0,
        flags: options.flags.bits(),
    };
    match lookup::getaddrinfo(&query) {
        Ok(found) => Ok(found.into_iter().map(AddrInfo::from).collect()),
        Err(cause) => {
            let service = query.service.unwrap_or("None");
            Err(match host {
                Some(host) => {
                    Error::new(Call::Getaddrinfo, cause).about(format_args!("{host:?}, {service}"))
                }
                None => Error::new(Call::Getaddrinfo, cause).about(format_args!("None, {service}")),
            })
        }
    }
}

/// The name of an address and the name of its port: Python's
/// `socket.getnameinfo(sockaddr, flags)`.
///
/// The address is a number, as in `("127.0.0.1", 80)`, or an [`Address`]. Without a name the host
/// is given in digits; so is the port, if no service is known for it.
///
/// The name is what the owner of the address wrote into the reverse zone, which may be any name: it
/// proves nothing. [getnameinfo(3)](https://man7.org/linux/man-pages/man3/getnameinfo.3.html).
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved), with an [`eai`](Error::eai): [`EAI_NONAME`](crate::EAI_NONAME)
/// with [`NI_NAMEREQD`] for an address without a name, or for a host that is not a number;
/// [`EAI_AGAIN`](crate::EAI_AGAIN) if the name server does not answer;
/// [`EAI_BADFLAGS`](crate::EAI_BADFLAGS). [Bad input](Error::is_bad_input) for a Unix address.
///
/// # Examples
///
/// ```
/// use socketbook::{NI_NUMERICHOST, NI_NUMERICSERV, getnameinfo};
///
/// let flags = NI_NUMERICHOST | NI_NUMERICSERV;
/// let (host, service) = getnameinfo(("127.0.0.1", 80), flags)?;
/// assert_eq!((&*host, &*service), ("127.0.0.1", "80"));
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn getnameinfo(address: impl ToAddress, flags: NameInfoFlags) -> Result<(String, String)> {
    let target = address.target();
    target
        .numeric()
        .and_then(|address| lookup::getnameinfo(&address, flags.bits()))
        .map_err(|cause| Error::new(Call::Getnameinfo, cause).about(&target))
}

/// Makes a look-up, and gives it up after a time. Python has nothing like it.
///
/// A look-up in the C library cannot be interrupted: with a name server that is silent it takes
/// 5 seconds for each server and attempt
/// ([resolv.conf(5)](https://man7.org/linux/man-pages/man5/resolv.conf.5.html)), and no timeout of a
/// socket bounds it. So it runs in a thread of its own here. When the time is over, the caller goes
/// on, and that thread ends by itself when the resolver has given up; what it found is dropped. At
/// most 64 look-ups that were given up may be under way: then this fails at once with
/// [`EAI_AGAIN`](crate::EAI_AGAIN), so that a dead name server cannot fill the process with threads.
///
/// What the closure needs moves into it, since the thread may outlive the caller. It may make
/// several look-ups, and should do nothing else.
///
/// # Errors
///
/// The look-up's own; [timeout](Error::is_timeout) when the time was over first;
/// [unresolved](Error::is_unresolved) with `EAI_AGAIN` if no thread can be had.
///
/// # Panics
///
/// If the closure does.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use socketbook::{getfqdn, look_up_within};
///
/// let name = String::from("localhost");
/// match look_up_within(Duration::from_secs(5), move || Ok(getfqdn(&name))) {
///     Ok(full) => println!("{full}"),
///     Err(error) if error.is_timeout() => println!("the name server is slow"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn look_up_within<T: Send + 'static>(
    timeout: Duration,
    look_up: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |cause| Error::new(Call::LookUpWithin, cause);
    Timeout::checked(Some(timeout)).map_err(failed)?;
    let answer = lookup::within(Instant::now() + timeout, look_up).map_err(failed)?;
    answer.unwrap_or_else(|| Err(failed(Cause::TimedOut(timeout))))
}

/// The first address of a host, by name or number, for the calls that look both ways.
fn first_address(host: &str, family: AddressFamily) -> Result<SocketAddr, Cause> {
    let addresses = lookup::addresses(host, family)?;
    Ok(*addresses.first().ok_or(crate::eai::EAI_NODATA)?)
}
