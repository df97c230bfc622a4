//! Hosts by name and by number, in the older calls.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AI_CANONNAME, NI_NAMEREQD, NI_NUMERICSERV, first_address};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::kinds::{AF_INET, AF_UNSPEC, SOCK_STREAM};
use crate::lookup::{self, Query};
use crate::sys::lookup::{HOSTS, own_name};

/// What [`gethostbyname_ex`] and [`gethostbyaddr`] find: Python's `(name, aliases, addresses)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct HostEntry {
    /// The name that the host goes by.
    pub name: String,
    /// Its other names: those that `/etc/hosts` has for it, and the name that was asked for. Of a
    /// chain of aliases in a name server that is its beginning; C gives what is between, too.
    pub aliases: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// The IPv4 address of a host: Python's `socket.gethostbyname(host)`.
///
/// `""` is any address of this machine, `"<broadcast>"` is 255.255.255.255. The odd forms of
/// [`inet_aton`](crate::inet_aton) are numbers here, too. [`getaddrinfo`](crate::getaddrinfo) knows
/// IPv6, and all addresses of a host.
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved), with an [`eai`](Error::eai).
///
/// # Examples
///
/// ```
/// use socketbook::gethostbyname;
///
/// assert_eq!(gethostbyname("localhost")?.to_string(), "127.0.0.1");
/// assert_eq!(gethostbyname("127.1")?.to_string(), "127.0.0.1");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn gethostbyname(host: &str) -> Result<Ipv4Addr> {
    by_name(host)
        .map_err(|cause| Error::new(Call::Gethostbyname, cause).about(format_args!("{host:?}")))
}

fn by_name(host: &str) -> Result<Ipv4Addr, Cause> {
    match host {
        "" => return Ok(Ipv4Addr::UNSPECIFIED),
        "<broadcast>" => return Ok(Ipv4Addr::BROADCAST),
        _ => {}
    }
    match first_address(host, AF_INET)?.ip() {
        IpAddr::V4(ip) => Ok(ip),
        IpAddr::V6(_) => Err(crate::eai::EAI_ADDRFAMILY.into()),
    }
}

/// The name, the other names and the IPv4 addresses of a host: Python's
/// `socket.gethostbyname_ex(host)`.
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved), with an [`eai`](Error::eai).
///
/// # Examples
///
/// ```
/// use socketbook::gethostbyname_ex;
///
/// let host = gethostbyname_ex("localhost")?;
/// assert!(host.addresses.contains(&"127.0.0.1".parse().unwrap()));
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn gethostbyname_ex(host: &str) -> Result<HostEntry> {
    entry_by_name(host)
        .map_err(|cause| Error::new(Call::GethostbynameEx, cause).about(format_args!("{host:?}")))
}

fn entry_by_name(host: &str) -> Result<HostEntry, Cause> {
    let found = lookup::getaddrinfo(&Query {
        host: Some(host),
        family: AF_INET.0,
        kind: SOCK_STREAM.0,
        flags: AI_CANONNAME.bits(),
        ..Query::default()
    })?;
    let canonname = found.iter().find_map(|one| one.canonname.clone());
    let name = canonname.unwrap_or_else(|| host.to_owned());
    let addresses: Vec<IpAddr> = found.into_iter().map(|one| one.address.ip()).collect();

    let mut aliases: Vec<String> = Vec::new();
    let lines = hosts();
    let its = lines.iter().filter(|(ip, names)| {
        let ip = match *ip {
            // So does C, in a look-up for IPv4.
            IpAddr::V6(Ipv6Addr::LOCALHOST) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip.to_canonical(),
        };
        addresses.contains(&ip) && names.iter().any(|other| same(other, host))
    });
    for other in its.flat_map(|(_, names)| names).chain([&host.to_owned()]) {
        if !same(other, &name) && !aliases.iter().any(|known| same(known, other)) {
            aliases.push(other.clone());
        }
    }
    Ok(HostEntry {
        name,
        aliases,
        addresses,
    })
}

/// The name and the other names of the host that has an address: Python's
/// `socket.gethostbyaddr(ip)`.
///
/// `ip` may also be a name; its first address is taken. The name is what the owner of the address
/// wrote into the reverse zone, which may be any name: it proves nothing.
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved), with an [`eai`](Error::eai):
/// [`EAI_NONAME`](crate::EAI_NONAME) for an address without a name (Python's `herror`).
///
/// # Examples
///
/// ```
/// use socketbook::gethostbyaddr;
///
/// let host = gethostbyaddr("127.0.0.1")?;
/// println!("{}, also {:?}", host.name, host.aliases);
/// assert_eq!(host.addresses, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn gethostbyaddr(ip: &str) -> Result<HostEntry> {
    entry_by_address(ip)
        .map_err(|cause| Error::new(Call::Gethostbyaddr, cause).about(format_args!("{ip:?}")))
}

fn entry_by_address(host: &str) -> Result<HostEntry, Cause> {
    let address = match host {
        "<broadcast>" => (Ipv4Addr::BROADCAST, 0).into(),
        host => first_address(host, AF_UNSPEC)?,
    };
    let flags = NI_NAMEREQD | NI_NUMERICSERV;
    let (name, _) = lookup::getnameinfo(&address, flags.bits())?;
    // The first line with the address is the one that C reads.
    let line = hosts().into_iter().find(|(ip, _)| *ip == address.ip());
    let aliases = match line {
        Some((_, names)) if same(&names[0], &name) => names[1..].to_vec(),
        _ => Vec::new(),
    };
    Ok(HostEntry {
        name,
        aliases,
        addresses: vec![address.ip()],
    })
}

/// The full name of a host, with its domain: Python's `socket.getfqdn(name)`. `""` is this machine.
///
/// It is the first name with a dot among those that [`gethostbyaddr`] finds, or the first of them;
/// if it finds none, what was given.
///
/// ```
/// assert_eq!(socketbook::getfqdn("no.such.host.".repeat(25).as_str()), "no.such.host.".repeat(25));
/// ```
pub fn getfqdn(name: &str) -> String {
    let name = match name.trim() {
        "" | "0.0.0.0" | "::" => own_name(),
        name => name.to_owned(),
    };
    match entry_by_address(&name) {
        Ok(HostEntry { name, aliases, .. }) => {
            let full = [&name]
                .into_iter()
                .chain(&aliases)
                .find(|name| name.contains('.'));
            full.unwrap_or(&name).clone()
        }
        Err(_) => name,
    }
}

/// The name of this machine: Python's `socket.gethostname()`.
///
/// It need not be known to any name server. Bytes that are not UTF-8, which no name server would
/// know, are replacement characters.
///
/// System calls: one [uname(2)](https://man7.org/linux/man-pages/man2/uname.2.html).
///
/// ```
/// assert!(!socketbook::gethostname().contains('\0'));
/// ```
pub fn gethostname() -> String {
    own_name()
}

/// Gives this machine a name: Python's `socket.sethostname(name)`.
///
/// System calls: one
/// [sethostname(2)](https://man7.org/linux/man-pages/man2/sethostname.2.html).
///
/// # Errors
///
/// EPERM without CAP_SYS_ADMIN; EINVAL for a name of more than 64 bytes.
///
/// # Examples
///
/// ```
/// use socketbook::{EINVAL, EPERM, sethostname};
///
/// let error = sethostname(&"x".repeat(65)).unwrap_err();
/// assert!([EINVAL, EPERM].contains(&error.errno().unwrap()));
/// ```
#[cfg(target_os = "linux")]
pub fn sethostname(name: &str) -> Result<()> {
    rustix::system::sethostname(name.as_bytes())
        .map_err(|errno| Error::new(Call::Sethostname, errno).about(format_args!("{name:?}")))
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The lines of /etc/hosts that have a name, in order. A file that cannot be read has none.
fn hosts() -> Vec<(IpAddr, Vec<String>)> {
    let text = fs::read(HOSTS).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter_map(host_line).collect()
}

fn host_line(line: &str) -> Option<(IpAddr, Vec<String>)> {
    let line = line.split_once('#').map_or(line, |(line, _)| line);
    let mut words = line.split_ascii_whitespace();
    let ip = words.next()?.parse().ok()?;
    let names: Vec<String> = words.map(str::to_owned).collect();
    (!names.is_empty()).then_some((ip, names))
}
