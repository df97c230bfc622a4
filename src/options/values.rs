//! The values of options that are types of their own, and numbers with names.

use std::io;

use rustix::net::sockopt as rx;
use socket2::SockRef;

use crate::socket::Socket;

/// `IP_MTU_DISCOVER`: never sets Don't Fragment.
pub const IP_PMTUDISC_DONT: i32 = rx::Ipv4PathMtuDiscovery::DONT.as_raw();
/// `IP_MTU_DISCOVER`: follows the setting of the route.
pub const IP_PMTUDISC_WANT: i32 = rx::Ipv4PathMtuDiscovery::WANT.as_raw();
/// `IP_MTU_DISCOVER`: always sets Don't Fragment; a datagram that is too long is EMSGSIZE.
pub const IP_PMTUDISC_DO: i32 = rx::Ipv4PathMtuDiscovery::DO.as_raw();
/// `IP_MTU_DISCOVER`: sets Don't Fragment and ignores the path's MTU.
pub const IP_PMTUDISC_PROBE: i32 = rx::Ipv4PathMtuDiscovery::PROBE.as_raw();

/// What [`IP_MULTICAST_LOOP`](super::IP_MULTICAST_LOOP) is in a new socket.
pub const IP_DEFAULT_MULTICAST_LOOP: bool = true;
/// What [`IP_MULTICAST_TTL`](super::IP_MULTICAST_TTL) is in a new socket.
pub const IP_DEFAULT_MULTICAST_TTL: u32 = 1;
/// How many groups a socket may join with [`IP_ADD_MEMBERSHIP`](super::IP_ADD_MEMBERSHIP), unless
/// `/proc/sys/net/ipv4/igmp_max_memberships` has been changed.
pub const IP_MAX_MEMBERSHIPS: usize = 20;

/// The process at the other end of a Unix connection: what [`SO_PEERCRED`](super::SO_PEERCRED)
/// reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PeerCred {
    /// The process, or 0.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// One instruction of classic BPF, for [`SO_ATTACH_FILTER`](super::SO_ATTACH_FILTER), as
/// [the kernel documents it](https://docs.kernel.org/networking/filter.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SockFilter {
    /// What it does.
    pub code: u16,
    /// How many instructions a jump skips if its condition holds.
    pub jt: u8,
    /// How many instructions a jump skips if its condition does not hold.
    pub jf: u8,
    /// The number it works with.
    pub k: u32,
}

/// BPF_MAXINSNS: what the kernel takes.
const MAX_INSTRUCTIONS: usize = 4096;

pub(super) fn attach_filter(socket: &Socket, filter: &[SockFilter]) -> io::Result<()> {
    // The kernel gets the length in 16 bits: a longer program would be cut.
    if filter.len() > MAX_INSTRUCTIONS {
        return Err(rustix::io::Errno::INVAL.into());
    }
    let filter: Vec<_> = filter
        .iter()
        .map(|one| socket2::SockFilter::new(one.code, one.jt, one.jf, one.k))
        .collect();
    SockRef::from(socket).attach_filter(&filter)
}
