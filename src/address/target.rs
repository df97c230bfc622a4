//! What a caller gave as an address, and how it is looked up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::Path;
use std::time::Instant;

use super::Address;
#[cfg(unix)]
use super::UnixAddress;
use crate::cause::Cause;
use crate::eai::EAI_ADDRFAMILY;
use crate::kinds::{AF_INET, AF_INET6, AF_UNSPEC, AddressFamily};
use crate::language::{Words, both, say};
use crate::lookup;

/// What the caller wrote, before it is looked up.
#[derive(Debug)]
pub enum Target<'a> {
    Borrowed(&'a Address),
    Owned(Address),
    Host {
        host: &'a str,
        port: u16,
        flowinfo: u32,
        scope_id: u32,
    },
    Text(&'a str),
    Path(&'a Path),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Borrowed(address) => address.fmt(f),
            Target::Owned(address) => address.fmt(f),
            Target::Host { host, port, .. } => write!(f, "{host:?}, {port}"),
            Target::Text(text) => write!(f, "{text:?}"),
            Target::Path(path) => write!(f, "{path:?}"),
        }
    }
}

impl<'a> Target<'a> {
    pub(super) fn host(host: &'a str, port: u16, flowinfo: u32, scope_id: u32) -> Target<'a> {
        Target::Host {
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
            Target::Borrowed(address) if fits(address, family) => Some(address),
            Target::Owned(address) if fits(address, family) => Some(address),
            _ => None,
        }
    }

    /// The one address that it stands for, on a socket of this family.
    #[cold]
    pub(crate) fn resolve(&self, family: AddressFamily) -> Result<Address, Cause> {
        // Without a deadline there is always an answer.
        let answer = self.resolve_until(family, None)?;
        Ok(answer.ok_or(EAI_ADDRFAMILY)?)
    }

    /// The same, or `None` if `until` came before the answer.
    pub(crate) fn resolve_until(
        &self,
        family: AddressFamily,
        until: Option<Instant>,
    ) -> Result<Option<Address>, Cause> {
        if let Some(known) = self.known(family) {
            return Ok(Some(known.clone()));
        }
        match (self, family) {
            (Target::Borrowed(known), _) => Err(misfit(known, family)),
            (Target::Owned(known), _) => Err(misfit(known, family)),
            #[cfg(unix)]
            (Target::Text(""), AddressFamily::UNIX) => Ok(Some(Address::Unnamed)),
            #[cfg(unix)]
            (Target::Text(path), AddressFamily::UNIX) => {
                Ok(Some(Address::Unix(UnixAddress::new(path.as_bytes())?)))
            }
            #[cfg(unix)]
            (Target::Path(path), AddressFamily::UNIX) => {
                Ok(Some(Address::Unix(UnixAddress::of_path(path)?)))
            }
            (Target::Path(_), _) => Err(bad(say!(
                "a path is the address of an AF_UNIX socket, and this one is {family:?}",
                "路径是 AF_UNIX 套接字的地址，而这个套接字是 {family:?}"
            ))),
            (Target::Host { .. }, AddressFamily::UNIX) => Err(bad(say!(
                "a host and port are the address of an AF_INET or AF_INET6 socket, and this one is AF_UNIX: give it a path",
                "主机和端口是 AF_INET 或 AF_INET6 套接字的地址，而这个套接字是 AF_UNIX：给它一个路径"
            ))),
            (target, AF_INET | AF_INET6) => {
                let Some(found) = target.host_and_port()?.addresses(family, until)? else {
                    return Ok(None);
                };
                let first = found.into_iter().find(|address| fits(address, family));
                Ok(Some(first.ok_or(EAI_ADDRFAMILY)?))
            }
            _ => Err(bad(say!(
                "this crate makes addresses of AF_INET, AF_INET6 and AF_UNIX, and the socket is {family:?}",
                "这个 crate 会做 AF_INET、AF_INET6 和 AF_UNIX 的地址，而这个套接字是 {family:?}"
            ))),
        }
    }

    /// All addresses that it stands for, for a client without a socket yet; `None` if `until` came
    /// before the answer.
    pub(crate) fn resolve_all(
        &self,
        until: Option<Instant>,
    ) -> Result<Option<Vec<Address>>, Cause> {
        match self {
            Target::Owned(known) if known.as_std().is_some() => Ok(Some(vec![known.clone()])),
            Target::Borrowed(known) if known.as_std().is_some() => Ok(Some(vec![(*known).clone()])),
            Target::Owned(_) | Target::Borrowed(_) | Target::Path(_) => Err(bad(say!(
                "create_connection takes a host and port; for a Unix socket use Socket::new(AF_UNIX, SOCK_STREAM) and connect",
                "create_connection 要主机和端口；Unix 域套接字用 Socket::new 创建（AF_UNIX 和 SOCK_STREAM），再 connect"
            ))),
            target => target.host_and_port()?.addresses(AF_UNSPEC, until),
        }
    }

    /// An IP address that is given as a number, for the look-up backwards.
    pub(crate) fn numeric(&self) -> Result<SocketAddr, Cause> {
        let known = match self {
            Target::Borrowed(known) => known.as_std(),
            Target::Owned(known) => known.as_std(),
            target => {
                let host = target.host_and_port()?;
                let number = lookup::number(host.host)?;
                host.of(number).as_std()
            }
        };
        known.ok_or_else(|| {
            bad(say!(
                "only an IP address has a name to look up",
                "只有 IP 地址才能反查名字"
            ))
        })
    }

    fn host_and_port(&self) -> Result<Host<'a>, Cause> {
        let (host, port, flowinfo, scope_id) = match *self {
            Target::Host {
                host,
                port,
                flowinfo,
                scope_id,
            } => (host, port, flowinfo, scope_id),
            Target::Text(text) => {
                let (host, port) = split_host_port(text)?;
                (host, port, 0, 0)
            }
            Target::Borrowed(_) | Target::Owned(_) | Target::Path(_) => {
                return Err(bad(say!("not a host and port", "不是主机和端口")));
            }
        };
        if flowinfo > 0xf_ffff {
            return Err(bad(say!(
                "flow information {flowinfo} is not in 0 to 0xfffff",
                "流信息 {flowinfo} 不在 0 到 0xfffff 之间"
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
    /// The addresses of the host: within a family, or all (`UNSPEC`). `None` if `until` came before
    /// the answer.
    fn addresses(
        &self,
        family: AddressFamily,
        until: Option<Instant>,
    ) -> Result<Option<Vec<Address>>, Cause> {
        if family == AF_INET && (self.flowinfo, self.scope_id) != (0, 0) {
            return Err(bad(say!(
                "flow information and scope are of IPv6, and the socket is AF_INET",
                "流信息和作用域是 IPv6 的，而套接字是 AF_INET"
            )));
        }
        let known = match (self.host, family) {
            ("", AF_INET6) => Some(Ipv6Addr::UNSPECIFIED.into()),
            ("", AF_INET) => Some(Ipv4Addr::UNSPECIFIED.into()),
            ("", _) => {
                return Err(bad(say!(
                    "which host? \"\" means any address of this machine, and a client calls one",
                    "哪台主机？\"\" 的意思是本机的任何地址，而客户端要连的是一个地址"
                )));
            }
            ("<broadcast>", AF_INET) => Some(Ipv4Addr::BROADCAST.into()),
            ("<broadcast>", _) => {
                return Err(bad(say!("only IPv4 has broadcast", "只有 IPv4 才有广播")));
            }
            (host, _) => host.parse::<IpAddr>().ok(),
        };
        match (known, family) {
            (Some(ip @ IpAddr::V4(_)), AF_INET6) => Err(bad(say!(
                "{ip} is an IPv4 address, and the socket is AF_INET6: for both families in one socket write ::ffff:{ip}",
                "{ip} 是 IPv4 地址，而套接字是 AF_INET6：想用一个套接字兼顾两个地址族，就写 ::ffff:{ip}"
            ))),
            (Some(ip @ IpAddr::V6(_)), AF_INET) => Err(bad(say!(
                "{ip} is an IPv6 address, and the socket is AF_INET",
                "{ip} 是 IPv6 地址，而套接字是 AF_INET"
            ))),
            (Some(ip), _) => Ok(Some(vec![self.with(ip, 0)])),
            (None, _) => {
                let found = match until {
                    Some(until) => {
                        let host = self.host.to_owned();
                        match lookup::within(until, move || lookup::addresses(&host, family))? {
                            Some(found) => found?,
                            None => return Ok(None),
                        }
                    }
                    None => lookup::addresses(self.host, family)?,
                };
                Ok(Some(found.into_iter().map(|one| self.of(one)).collect()))
            }
        }
    }

    fn of(&self, found: SocketAddr) -> Address {
        match found {
            SocketAddr::V4(v4) => self.with((*v4.ip()).into(), 0),
            SocketAddr::V6(v6) => self.with((*v6.ip()).into(), v6.scope_id()),
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
pub(super) fn split_host_port(text: &str) -> Result<(&str, u16), Cause> {
    let no_port = |host: &str| {
        let whole = match is_ipv6(host) {
            true => format!("[{host}]:8002"),
            false => format!("{host}:8002"),
        };
        Err(bad(say!(
            "the port is missing: write {whole:?}",
            "缺端口：写成 {whole:?}"
        )))
    };
    let Some((host, port)) = text.rsplit_once(':') else {
        return no_port(text);
    };
    // A whole IPv6 address, unless it may be one and a port.
    let has_port = is_ipv6(host) && port.parse::<u16>().is_ok();
    if (is_ipv6(text) && !has_port) || (text.starts_with('[') && text.ends_with(']')) {
        return no_port(text);
    }
    if port.is_empty() {
        return no_port(host);
    }
    let port = match port.parse() {
        // u16's parser takes a leading plus, which is not how a port is written.
        Ok(number) if !port.starts_with('+') => number,
        _ => {
            return Err(bad(say!(
                "{port:?} is not a port, which is a number from 0 to 65535",
                "{port:?} 不是端口：端口是 0 到 65535 的数"
            )));
        }
    };
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inside) => Ok((inside, port)),
        None if is_ipv6(host) => {
            let whole = format!("[{host}]:{port}");
            Err(bad(say!(
                "an IPv6 address is written in brackets before its port: {whole:?}",
                "带端口的时候，IPv6 地址要写在方括号里：{whole:?}"
            )))
        }
        None if host.contains(':') => Err(bad(say!(
            "it has too many colons: write \"localhost:8002\", or \"[::1]:8002\" for an IPv6 address",
            "冒号太多了：写成 \"localhost:8002\"，IPv6 地址写成 \"[::1]:8002\""
        ))),
        None => Ok((host, port)),
    }
}

/// Whether it is an IPv6 address, perhaps with a scope: `fe80::1%eth0`.
pub(super) fn is_ipv6(text: &str) -> bool {
    let number = text.split_once('%').map_or(text, |(number, _)| number);
    number.parse::<Ipv6Addr>().is_ok()
}

pub(super) fn bad(why: Words<String>) -> Cause {
    Cause::bad_input(why)
}

#[inline]
fn fits(address: &Address, family: AddressFamily) -> bool {
    match address {
        Address::V4(_) => family == AF_INET,
        Address::V6(_) => family == AF_INET6,
        _ => family == AddressFamily::UNIX,
    }
}

fn misfit(address: &Address, family: AddressFamily) -> Cause {
    let kind = match address {
        Address::V4(_) => both("an IPv4 address", "一个 IPv4 地址"),
        Address::V6(_) => both("an IPv6 address", "一个 IPv6 地址"),
        #[cfg(unix)]
        Address::Unix(_) => both("a Unix address", "一个 Unix 地址"),
        Address::Unnamed => both("no address", "空地址"),
    };
    let Words { english, chinese } = kind;
    bad(say!(
        "this is {english}, and the socket is {family:?}",
        "这是{chinese}，而套接字是 {family:?}"
    ))
}
