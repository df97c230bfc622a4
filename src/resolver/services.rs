//! Services and protocols, by the files /etc/services and /etc/protocols.

use std::fs;
use std::io::ErrorKind;

use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::kinds::Protocol;
use crate::language::say;
use crate::sys::lookup::{PROTOCOLS, SERVICES};

/// The port of a service: Python's `socket.getservbyname(name, proto)`.
///
/// `proto` is `"tcp"`, `"udp"` or the like, or `None` for the first that the file has. It reads
/// `/etc/services`, the file that C reads; a machine that has it elsewhere, in LDAP for example, is
/// asked by [`getaddrinfo`](crate::getaddrinfo).
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved) for a service that is not in the file, or without the file.
///
/// # Examples
///
/// ```
/// use socketbook::getservbyname;
///
/// match getservbyname("http", "tcp") {
///     Ok(port) => assert_eq!(port, 80),
///     Err(error) => assert!(error.is_unresolved(), "a small container has no /etc/services"),
/// }
/// ```
pub fn getservbyname<'a>(name: &str, proto: impl Into<Option<&'a str>>) -> Result<u16> {
    let proto = proto.into();
    find(SERVICES, |line| {
        let (port, its_proto) = service(line)?;
        (line.has(name) && proto.is_none_or(|proto| proto == its_proto)).then_some(port)
    })
    .map_err(|cause| {
        Error::new(Call::Getservbyname, cause).about(shown(format!("{name:?}"), proto))
    })
}

/// The service of a port: Python's `socket.getservbyport(port, proto)`.
///
/// # Errors
///
/// As for [`getservbyname`].
///
/// # Examples
///
/// ```
/// use socketbook::getservbyport;
///
/// match getservbyport(53, "udp") {
///     Ok(name) => assert_eq!(name, "domain"),
///     Err(error) => assert!(error.is_unresolved(), "a small container has no /etc/services"),
/// }
/// assert!(getservbyport(0, None).unwrap_err().is_unresolved());
/// ```
pub fn getservbyport<'a>(port: u16, proto: impl Into<Option<&'a str>>) -> Result<String> {
    let proto = proto.into();
    find(SERVICES, |line| {
        let (its_port, its_proto) = service(line)?;
        (port == its_port && proto.is_none_or(|proto| proto == its_proto))
            .then(|| line.name.to_owned())
    })
    .map_err(|cause| Error::new(Call::Getservbyport, cause).about(shown(port.to_string(), proto)))
}

/// The number of a protocol: Python's `socket.getprotobyname(name)`. It reads `/etc/protocols`.
///
/// # Errors
///
/// [Unresolved](Error::is_unresolved) for a protocol that is not in the file, or without the file.
///
/// # Examples
///
/// ```
/// use socketbook::{IPPROTO_UDP, getprotobyname};
///
/// match getprotobyname("udp") {
///     Ok(proto) => assert_eq!(proto, IPPROTO_UDP),
///     Err(error) => assert!(error.is_unresolved(), "a small container has no /etc/protocols"),
/// }
/// ```
pub fn getprotobyname(name: &str) -> Result<Protocol> {
    find(PROTOCOLS, |line| {
        let number: i32 = line.value.parse().ok()?;
        line.has(name).then_some(Protocol(number))
    })
    .map_err(|cause| Error::new(Call::Getprotobyname, cause).about(format_args!("{name:?}")))
}

/// `name value alias …`
struct Line<'a> {
    name: &'a str,
    value: &'a str,
    aliases: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Line<'a>> {
        let line = line.split_once('#').map_or(line, |(line, _)| line);
        let mut words = line.split_ascii_whitespace();
        Some(Line {
            name: words.next()?,
            value: words.next()?,
            aliases: words.collect(),
        })
    }

    fn has(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// `80/tcp`
fn service<'a>(line: &Line<'a>) -> Option<(u16, &'a str)> {
    let (port, proto) = line.value.split_once('/')?;
    Some((port.parse().ok()?, proto))
}

/// The first line of a file that has what is looked for.
fn find<T>(file: &str, wanted: impl Fn(&Line<'_>) -> Option<T>) -> Result<T, Cause> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Cause::not_listed(say!(
                "there is no {file} on this machine",
                "这台机器上没有 {file}"
            )));
        }
        Err(error) => return Err(error.into()),
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().filter_map(Line::read);
    lines
        .find_map(|line| wanted(&line))
        .ok_or_else(|| Cause::not_listed(say!("it is not in {file}", "{file} 里没有它")))
}

fn shown(what: String, proto: Option<&str>) -> String {
    match proto {
        Some(proto) => format!("{what}, {proto:?}"),
        None => what,
    }
}
