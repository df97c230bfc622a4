//! Family and protocol of a socket where no option says them.

use rustix::io::Result;
use rustix::net::sockopt::{ip_ttl, ipv6_v6only, socket_type};
use rustix::net::{AddressFamily, SocketType};

use super::AsFd;

/// Family, kind and protocol of an open socket.
pub(crate) fn identity(fd: impl AsFd) -> Result<(u16, i32, i32)> {
    let kind = socket_type(&fd)?;
    let family = match rustix::net::getsockname(&fd) {
        Ok(own) => own.address_family(),
        // On Windows a socket that is not bound has no name, but options of its family.
        Err(_) if ipv6_v6only(&fd).is_ok() => AddressFamily::INET6,
        Err(_) if ip_ttl(&fd).is_ok() => AddressFamily::INET,
        Err(errno) => return Err(errno),
    };
    let proto = match (family, kind) {
        (AddressFamily::INET | AddressFamily::INET6, SocketType::STREAM) => 6, // TCP
        (AddressFamily::INET | AddressFamily::INET6, SocketType::DGRAM) => 17, // UDP
        _ => 0,
    };
    Ok((family.as_raw() as u16, kind.as_raw() as i32, proto))
}
