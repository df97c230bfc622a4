//! IP addresses as text and as bytes, numbers in network order, and the numbers that have names.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::text;
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::kinds::{AF_INET, AF_INET6, AddressFamily};
use crate::language::say;

/// Any address of this machine, to bind to.
pub const INADDR_ANY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
/// Every host of this network.
pub const INADDR_BROADCAST: Ipv4Addr = Ipv4Addr::BROADCAST;
/// This machine. Python's number is `u32::from(INADDR_LOOPBACK)`, and so with the others.
pub const INADDR_LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// No address: what C's `inet_addr` returns for an error.
pub const INADDR_NONE: Ipv4Addr = Ipv4Addr::BROADCAST;
/// The first multicast address, which is no group.
pub const INADDR_UNSPEC_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 0);
/// The group of all hosts of this network.
pub const INADDR_ALLHOSTS_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// The last group that no router passes on.
pub const INADDR_MAX_LOCAL_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 255);

/// Ports below it need CAP_NET_BIND_SERVICE.
pub const IPPORT_RESERVED: u16 = 1024;
/// Ports from it on were once for servers of users. Linux chooses ports of its own from
/// `/proc/sys/net/ipv4/ip_local_port_range`.
pub const IPPORT_USERRESERVED: u16 = 5000;

/// 16 bits from this machine's order to the network's, which is big-endian: Python's
/// `socket.htons(x)`. Ports in this crate are plain numbers and need none of it.
///
/// ```
/// assert_eq!(socketbook::htons(0x1f42).to_ne_bytes(), [0x1f, 0x42]);
/// ```
pub const fn htons(host: u16) -> u16 {
    host.to_be()
}

/// 32 bits from this machine's order to the network's: Python's `socket.htonl(x)`.
///
/// ```
/// assert_eq!(socketbook::htonl(0x7f00_0001).to_ne_bytes(), [127, 0, 0, 1]);
/// ```
pub const fn htonl(host: u32) -> u32 {
    host.to_be()
}

/// 16 bits from the network's order to this machine's: Python's `socket.ntohs(x)`.
///
/// ```
/// assert_eq!(socketbook::ntohs(u16::from_ne_bytes([0x1f, 0x42])), 8002);
/// ```
pub const fn ntohs(network: u16) -> u16 {
    u16::from_be(network)
}

/// 32 bits from the network's order to this machine's: Python's `socket.ntohl(x)`.
///
/// ```
/// assert_eq!(socketbook::ntohl(u32::from_ne_bytes([127, 0, 0, 1])), 0x7f00_0001);
/// ```
pub const fn ntohl(network: u32) -> u32 {
    u32::from_be(network)
}

/// The four bytes of an IPv4 address in any form that C takes: Python's `socket.inet_aton(text)`.
///
/// Beside `127.0.0.1` these are numbers of one to four parts, of which the last fills what is left:
/// `127.1`, `1`; each may be hexadecimal (`0x7f.1`) or octal (`017700000001`). So `010.0.0.1` is
/// 8.0.0.1: a check of what a user wrote should take [`inet_pton`], or std's parser, which refuse
/// such.
///
/// C takes any text after a space, too (`"127.0.0.1 or else"`). That is an error here.
/// [inet(3)](https://man7.org/linux/man-pages/man3/inet.3.html).
///
/// # Errors
///
/// [Bad input](Error::is_bad_input).
///
/// # Examples
///
/// ```
/// use socketbook::inet_aton;
///
/// for text in ["127.0.0.1", "127.1", "0x7f.1", "017700000001", "2130706433"] {
///     assert_eq!(inet_aton(text)?, [127, 0, 0, 1]);
/// }
/// assert!(inet_aton("127.0.0.256").unwrap_err().is_bad_input());
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn inet_aton(text: &str) -> Result<[u8; 4]> {
    match aton(text) {
        Some(number) => Ok(number.to_be_bytes()),
        None => Err(Error::bad_input(
            Call::InetAton,
            say!(
                "not an IPv4 address: one to four numbers, decimal, 0x and hexadecimal, or 0 and octal",
                "不是 IPv4 地址：要一到四个数，写成十进制、0x 加十六进制，或者 0 加八进制"
            ),
        )
        .about(format_args!("{text:?}"))),
    }
}

fn aton(text: &str) -> Option<u32> {
    let parts: Vec<u32> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 0xff) {
        return None;
    }
    let bits_left = 32 - 8 * first.len() as u32;
    if u64::from(*last) >= 1 << bits_left {
        return None;
    }
    let first = first
        .iter()
        .zip([24, 16, 8])
        .fold(0, |all, (part, shift)| all | part << shift);
    Some(first | last)
}

fn part(text: &str) -> Option<u32> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        (hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    // The parser would take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

/// The text of the four bytes of an IPv4 address: Python's `socket.inet_ntoa(packed)`.
///
/// ```
/// assert_eq!(socketbook::inet_ntoa([127, 0, 0, 1]), "127.0.0.1");
/// ```
pub fn inet_ntoa(packed: [u8; 4]) -> String {
    Ipv4Addr::from(packed).to_string()
}

/// The bytes of an address, 4 for AF_INET and 16 for AF_INET6: Python's
/// `socket.inet_pton(family, text)`.
///
/// It takes what std's parsers take, which is what C takes: no odd forms, and no scope.
/// [inet_pton(3)](https://man7.org/linux/man-pages/man3/inet_pton.3.html).
///
/// # Errors
///
/// [Bad input](Error::is_bad_input) for a text that isn't an address of this family; EAFNOSUPPORT for another
/// family.
///
/// # Examples
///
/// ```
/// use socketbook::{AF_INET, AF_INET6, inet_pton};
///
/// assert_eq!(inet_pton(AF_INET, "127.0.0.1")?, [127, 0, 0, 1]);
/// assert_eq!(inet_pton(AF_INET6, "::1")?[15], 1);
/// assert!(inet_pton(AF_INET, "127.1").unwrap_err().is_bad_input());
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn inet_pton(family: AddressFamily, text: &str) -> Result<Vec<u8>> {
    let packed = match family {
        AF_INET => text.parse().ok().map(|ip: Ipv4Addr| ip.octets().to_vec()),
        AF_INET6 => text.parse().ok().map(|ip: Ipv6Addr| ip.octets().to_vec()),
        _ => return Err(unsupported(Call::InetPton, family)),
    };
    packed.ok_or_else(|| {
        let why = say!("not an address of this family", "不是这个地址族的地址");
        Error::bad_input(Call::InetPton, why).about(format_args!("{family:?}, {text:?}"))
    })
}

/// The text of the bytes of an address: Python's `socket.inet_ntop(family, packed)`.
///
/// As C writes it; std's `Display` writes `::1:0` where C has `::0.1.0.0`.
/// [inet_ntop(3)](https://man7.org/linux/man-pages/man3/inet_ntop.3.html).
///
/// # Errors
///
/// [Bad input](Error::is_bad_input) unless there are 4 bytes for AF_INET, 16 for AF_INET6;
/// EAFNOSUPPORT for another family.
///
/// # Examples
///
/// ```
/// use socketbook::{AF_INET, AF_INET6, inet_ntop};
///
/// assert_eq!(inet_ntop(AF_INET, &[127, 0, 0, 1])?, "127.0.0.1");
/// assert_eq!(inet_ntop(AF_INET6, &[0; 16])?, "::");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn inet_ntop(family: AddressFamily, packed: &[u8]) -> Result<String> {
    let text = match family {
        AF_INET => <[u8; 4]>::try_from(packed).map(inet_ntoa),
        AF_INET6 => <[u8; 16]>::try_from(packed)
            .map(|octets| text::written(|f| text::write_ipv6(f, octets.into()))),
        _ => return Err(unsupported(Call::InetNtop, family)),
    };
    text.map_err(|_| {
        let why = say!(
            "an address has 4 bytes in AF_INET, 16 in AF_INET6",
            "AF_INET 的地址有 4 个字节，AF_INET6 的有 16 个"
        );
        Error::bad_input(Call::InetNtop, why)
            .about(format_args!("{family:?}, {} bytes", packed.len()))
    })
}

fn unsupported(call: Call, family: AddressFamily) -> Error {
    let cause = Cause::Os(crate::errno::EAFNOSUPPORT);
    Error::new(call, cause).about(format_args!("{family:?}"))
}
