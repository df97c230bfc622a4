//! Lesson 4, ancillary data: what goes with a message beside its bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, SystemTime};

use nix::libc::{
    IP_PKTINFO, IP_TOS, IP_TTL, IPPROTO_IP, IPPROTO_IPV6, IPV6_HOPLIMIT, IPV6_PKTINFO, IPV6_TCLASS,
    SCM_CREDENTIALS, SCM_RIGHTS, SCM_TIMESTAMPNS, SOL_SOCKET, SOL_UDP, UDP_GRO, UDP_SEGMENT,
};

use crate::cause::Cause;
use crate::kinds::{AF_INET6, AddressFamily};
use crate::language::say;
use crate::options::PeerCred;
use crate::sys::control::{Item, item_len, item_space, items, push};
use crate::sys::message::{own, push_rights};

// Of asm-generic/socket.h and linux/socket.h; libc does not have them. Only architectures that
// Rust hardly knows have another SO_TIMESTAMPNS_NEW.
const SO_TIMESTAMPNS_NEW: i32 = 64;
const SCM_PIDFD: i32 = 4;

/// The length of an item of ancillary data with `len` bytes: Python's `socket.CMSG_LEN(len)`.
///
/// It is exactly the room for one such item, and the last, in
/// [`recvmsg`](crate::Socket::recvmsg).
///
/// ```
/// use socketbook::{CMSG_LEN, CMSG_SPACE};
///
/// assert_eq!(CMSG_LEN(4) - CMSG_LEN(0), 4);
/// assert!(CMSG_SPACE(4) >= CMSG_LEN(4));
/// ```
#[allow(non_snake_case)]
pub const fn CMSG_LEN(len: usize) -> usize {
    item_len(len)
}

/// The same with the padding after it, so that the next item starts on a boundary of a machine
/// word: Python's `socket.CMSG_SPACE(len)`.
///
/// The room for several items in [`recvmsg`](crate::Socket::recvmsg) is the sum of theirs. For
/// descriptors it may be more than for the number meant: two fit where one and the free bytes do.
///
/// ```
/// use socketbook::CMSG_SPACE;
///
/// let for_credentials = CMSG_SPACE(12);
/// let for_two_descriptors = CMSG_SPACE(2 * 4);
/// assert!(for_credentials + for_two_descriptors > 20);
/// ```
#[allow(non_snake_case)]
pub const fn CMSG_SPACE(len: usize) -> usize {
    item_space(len)
}

/// Where a datagram arrived: IP_PKTINFO and IPV6_PKTINFO.
///
/// A socket bound to any address, on a machine that has several, learns from it which one the
/// sender meant, and answers from that one by sending it along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacketInfo {
    /// The address in the packet: one of this machine's, or a multicast or broadcast address.
    pub destination: IpAddr,
    /// The address of this machine to answer from.
    pub local: IpAddr,
    /// The number of the network interface; 0 for any, when sending.
    pub interface: u32,
}

/// For sending: from this address of the machine, through any interface.
impl From<IpAddr> for PacketInfo {
    fn from(local: IpAddr) -> PacketInfo {
        PacketInfo {
            destination: local,
            local,
            interface: 0,
        }
    }
}

/// What arrived with a message beside its bytes, of those kinds that
/// [`recvmsg`](crate::Socket::recvmsg) knows; everything else is [`Other`](Ancillary::Other).
///
/// Dropping it closes the descriptors in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ancillary {
    /// Descriptors, over a Unix socket (SCM_RIGHTS). They are closed on exec.
    Rights(Vec<OwnedFd>),
    /// The sender's process, user and group, over a Unix socket with SO_PASSCRED
    /// (SCM_CREDENTIALS). The kernel has checked them. The process is 0 for one of another PID
    /// namespace.
    Credentials(PeerCred),
    /// A descriptor of the sender's process, over a Unix socket with SO_PASSPIDFD (SCM_PIDFD).
    Pidfd(OwnedFd),
    /// Where a datagram arrived, with IP_PKTINFO or IPV6_RECVPKTINFO.
    PacketInfo(PacketInfo),
    /// How many routers a packet might still have passed, with IP_RECVTTL or IPV6_RECVHOPLIMIT
    /// ([RFC 3542](https://www.rfc-editor.org/rfc/rfc3542)).
    HopLimit(u8),
    /// The type of service or traffic class of a packet, with IP_RECVTOS or IPV6_RECVTCLASS: six
    /// bits of class, then two of congestion ([RFC 3168](https://www.rfc-editor.org/rfc/rfc3168)).
    TrafficClass(u8),
    /// When the kernel received the message, with SO_TIMESTAMPNS.
    Timestamp(SystemTime),
    /// Several datagrams of this length, the last perhaps shorter, came as one, with UDP_GRO.
    SegmentSize(u16),
    /// Anything else, as Python has it: level, type and bytes.
    Other {
        /// The level, such as SOL_SOCKET.
        level: i32,
        /// The type at that level.
        kind: i32,
        /// The bytes, as the kernel wrote them. There are fewer than the kind has if they were cut.
        data: Vec<u8>,
    },
}

/// What to send with a message beside its bytes, by [`sendmsg`](crate::Socket::sendmsg).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SendAncillary<'a> {
    /// Descriptors, over a Unix socket (SCM_RIGHTS), at most 253. The receiver gets duplicates.
    Rights(&'a [BorrowedFd<'a>]),
    /// This process, its user and group, over a Unix socket (SCM_CREDENTIALS). Others need a
    /// privilege; else EPERM.
    Credentials {
        /// The process.
        pid: i32,
        /// Its user.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// The address of this machine to send a datagram from, and the interface to send it through.
    PacketInfo(PacketInfo),
    /// How many routers a datagram may pass.
    HopLimit(u8),
    /// The type of service or traffic class of a datagram.
    TrafficClass(u8),
    /// The message is several datagrams of this length each, the last perhaps shorter
    /// (UDP_SEGMENT).
    SegmentSize(u16),
    /// Anything else, as Python has it: level, type and bytes. Descriptors do not go this way,
    /// since a number in bytes need not be one that the caller has.
    Other {
        /// The level, such as SOL_SOCKET.
        level: i32,
        /// The type at that level.
        kind: i32,
        /// The bytes, as the kernel reads them.
        data: &'a [u8],
    },
}

/// The items in the kernel's layout, for a socket of this family.
pub(super) fn encode(given: &[SendAncillary<'_>], family: AddressFamily) -> Result<Vec<u8>, Cause> {
    let mut control = Vec::new();
    for item in given {
        encode_one(&mut control, item, family == AF_INET6)?;
    }
    Ok(control)
}

fn encode_one(control: &mut Vec<u8>, given: &SendAncillary<'_>, v6: bool) -> Result<(), Cause> {
    let mut add = |level, kind, data: &[u8]| push(control, Item { level, kind, data });
    match *given {
        SendAncillary::Rights(fds) => push_rights(control, fds.iter().map(AsRawFd::as_raw_fd)),
        SendAncillary::Credentials { pid, uid, gid } => {
            let fields = [pid as u32, uid, gid].map(u32::to_ne_bytes);
            add(SOL_SOCKET, SCM_CREDENTIALS, fields.as_flattened());
        }
        // struct in_pktinfo: the interface, the address to send from, one that is not looked at.
        // struct in6_pktinfo: the address to send from, the interface.
        SendAncillary::PacketInfo(info) => match (info.local, v6) {
            (IpAddr::V4(ip), false) => {
                let fields = [info.interface.to_ne_bytes(), ip.octets(), [0; 4]];
                add(IPPROTO_IP, IP_PKTINFO, fields.as_flattened());
            }
            (IpAddr::V6(ip), true) => add_v6(add, ip, info.interface),
            (IpAddr::V4(ip), true) => add_v6(add, ip.to_ipv6_mapped(), info.interface),
            (IpAddr::V6(ip), false) => {
                return Err(Cause::bad_input(say!(
                    "{ip} is an IPv6 address, and the socket is not AF_INET6",
                    "{ip} 是 IPv6 地址，而套接字不是 AF_INET6"
                )));
            }
        },
        SendAncillary::HopLimit(hops) => {
            let hops = i32::from(hops).to_ne_bytes();
            match v6 {
                true => add(IPPROTO_IPV6, IPV6_HOPLIMIT, &hops),
                false => add(IPPROTO_IP, IP_TTL, &hops),
            }
        }
        SendAncillary::TrafficClass(class) => match v6 {
            true => add(IPPROTO_IPV6, IPV6_TCLASS, &i32::from(class).to_ne_bytes()),
            false => add(IPPROTO_IP, IP_TOS, &[class]),
        },
        SendAncillary::SegmentSize(size) => add(SOL_UDP, UDP_SEGMENT, &size.to_ne_bytes()),
        SendAncillary::Other {
            level: SOL_SOCKET,
            kind: SCM_RIGHTS,
            ..
        } => {
            return Err(Cause::bad_input(say!(
                "descriptors go as SendAncillary::Rights: bytes could name one that is not yours",
                "文件描述符要用 SendAncillary::Rights 来传：写成字节，可能写到别人的"
            )));
        }
        SendAncillary::Other { level, kind, data } => add(level, kind, data),
    }
    Ok(())
}

fn add_v6(mut add: impl FnMut(i32, i32, &[u8]), ip: Ipv6Addr, interface: u32) {
    let data = [&ip.octets()[..], &interface.to_ne_bytes()].concat();
    add(IPPROTO_IPV6, IPV6_PKTINFO, &data);
}

/// What the kernel wrote over zeros, and whether all descriptors in it are here.
pub(super) fn decode(control: &[u8]) -> (Vec<Ancillary>, bool) {
    let open: Vec<RawFd> = items(control).flat_map(|item| numbers(&item)).collect();
    let mut complete = true;
    let mut descriptors = Vec::new().into_iter();
    if !open.is_empty() {
        let owned = own(&open);
        complete = owned.len() == open.len();
        descriptors = owned.into_iter();
    }
    let read = items(control).filter_map(|item| {
        let count = numbers(&item).count();
        match (item.level, item.kind) {
            (SOL_SOCKET, SCM_RIGHTS) => Some(Ancillary::Rights(
                descriptors.by_ref().take(count).collect(),
            )),
            (SOL_SOCKET, SCM_PIDFD) if count > 0 => descriptors.next().map(Ancillary::Pidfd),
            _ => Some(decode_one(&item)),
        }
    });
    (read.collect(), complete)
}

/// The descriptors in an item, which are open, as numbers.
fn numbers<'a>(item: &Item<'a>) -> impl Iterator<Item = RawFd> + use<'a> {
    let descriptors =
        item.level == SOL_SOCKET && (item.kind == SCM_RIGHTS || item.kind == SCM_PIDFD);
    let data = if descriptors { item.data } else { &[] };
    // In place of a descriptor of a process the kernel may give an errno.
    words(data)
        .map(RawFd::from_ne_bytes)
        .filter(|number| *number >= 0)
}

fn decode_one(item: &Item<'_>) -> Ancillary {
    known(item).unwrap_or_else(|| Ancillary::Other {
        level: item.level,
        kind: item.kind,
        data: item.data.to_vec(),
    })
}

/// An item of a known kind, if it has the length of that kind.
fn known(item: &Item<'_>) -> Option<Ancillary> {
    let data = item.data;
    Some(match (item.level, item.kind) {
        (SOL_SOCKET, SCM_CREDENTIALS) => {
            let [pid, uid, gid] = fields(data)?.map(u32::from_ne_bytes);
            let pid = pid as i32;
            Ancillary::Credentials(PeerCred { pid, uid, gid })
        }
        (SOL_SOCKET, SCM_TIMESTAMPNS | SO_TIMESTAMPNS_NEW) => {
            Ancillary::Timestamp(timestamp(data)?)
        }
        (IPPROTO_IP, IP_PKTINFO) => {
            let [interface, local, destination] = fields(data)?;
            Ancillary::PacketInfo(PacketInfo {
                destination: Ipv4Addr::from(destination).into(),
                local: Ipv4Addr::from(local).into(),
                interface: u32::from_ne_bytes(interface),
            })
        }
        (IPPROTO_IPV6, IPV6_PKTINFO) => {
            let (ip, interface) = data.split_first_chunk::<16>()?;
            let ip = Ipv6Addr::from(*ip).into();
            Ancillary::PacketInfo(PacketInfo {
                destination: ip,
                local: ip,
                interface: u32::from_ne_bytes(interface.try_into().ok()?),
            })
        }
        (IPPROTO_IP, IP_TTL) | (IPPROTO_IPV6, IPV6_HOPLIMIT) => Ancillary::HopLimit(int(data)?),
        (IPPROTO_IP, IP_TOS) => {
            let [class] = data.try_into().ok()?;
            Ancillary::TrafficClass(class)
        }
        (IPPROTO_IPV6, IPV6_TCLASS) => Ancillary::TrafficClass(int(data)?),
        (SOL_UDP, UDP_GRO) => Ancillary::SegmentSize(int(data)?),
        _ => return None,
    })
}

/// The whole words of four bytes.
fn words(data: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    data.chunks_exact(4).filter_map(|word| word.try_into().ok())
}

/// Three fields of four bytes.
fn fields(data: &[u8]) -> Option<[[u8; 4]; 3]> {
    let mut words = words(data);
    let fields = [words.next()?, words.next()?, words.next()?];
    (data.len() == size_of_val(&fields)).then_some(fields)
}

/// A C `int` whose value is one of a smaller type.
fn int<T: TryFrom<i32>>(data: &[u8]) -> Option<T> {
    T::try_from(i32::from_ne_bytes(data.try_into().ok()?)).ok()
}

/// A `struct timespec` of two numbers of 8 bytes or, on an old kernel of 32 bits, of 4.
fn timestamp(data: &[u8]) -> Option<SystemTime> {
    let (secs, nanos) = match data.len() {
        16 => {
            let (secs, nanos) = data.split_first_chunk::<8>()?;
            let nanos = i64::from_ne_bytes(nanos.try_into().ok()?);
            (i64::from_ne_bytes(*secs), nanos)
        }
        _ => {
            let (secs, nanos) = data.split_first_chunk::<4>()?;
            let nanos = i32::from_ne_bytes(nanos.try_into().ok()?);
            (i32::from_ne_bytes(*secs).into(), nanos.into())
        }
    };
    let nanos = u32::try_from(nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(u64::try_from(secs).ok()?, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::made_up;

    const KNOWN: [(i32, i32); 11] = [
        (SOL_SOCKET, SCM_CREDENTIALS),
        (SOL_SOCKET, SCM_TIMESTAMPNS),
        (SOL_SOCKET, SO_TIMESTAMPNS_NEW),
        (IPPROTO_IP, IP_PKTINFO),
        (IPPROTO_IPV6, IPV6_PKTINFO),
        (IPPROTO_IP, IP_TTL),
        (IPPROTO_IPV6, IPV6_HOPLIMIT),
        (IPPROTO_IP, IP_TOS),
        (IPPROTO_IPV6, IPV6_TCLASS),
        (SOL_UDP, UDP_GRO),
        (SOL_SOCKET, 999),
    ];

    /// One of a known kind is of its type, or it is level, type and bytes; none is lost.
    #[test]
    fn an_item_is_known_or_it_is_bytes() {
        made_up(1000, |dice| {
            let (level, kind) = dice.pick(&KNOWN);
            let bytes = dice.bytes(24);
            let mut control = Vec::new();
            push(
                &mut control,
                Item {
                    level,
                    kind,
                    data: &bytes,
                },
            );
            let (all, complete) = decode(&control);
            assert!(complete && all.len() == 1);
            if let Ancillary::Other {
                level: l,
                kind: k,
                data,
            } = &all[0]
            {
                assert_eq!((*l, *k, data), (level, kind, &bytes));
            } else {
                assert!([1, 4, 8, 12, 16, 20].contains(&bytes.len()));
            }
        });
    }

    #[test]
    fn what_is_sent_is_what_would_be_received() {
        let v4: IpAddr = "127.0.0.9".parse().unwrap();
        let v6: IpAddr = "fe80::9".parse().unwrap();
        for (family, ip) in [(crate::kinds::AF_INET, v4), (AF_INET6, v6)] {
            let mut info = PacketInfo::from(ip);
            info.interface = 7;
            let given = [
                SendAncillary::PacketInfo(info),
                SendAncillary::HopLimit(200),
                SendAncillary::TrafficClass(255),
                SendAncillary::Credentials {
                    pid: 0,
                    uid: u32::MAX,
                    gid: 3,
                },
            ];
            let (all, _) = decode(&encode(&given, family).unwrap());
            let [
                Ancillary::PacketInfo(read),
                Ancillary::HopLimit(200),
                Ancillary::TrafficClass(255),
                Ancillary::Credentials(who),
            ] = &all[..]
            else {
                panic!("{all:?}");
            };
            assert_eq!((read.local, read.interface), (ip, 7));
            assert_eq!((who.pid, who.uid, who.gid), (0, u32::MAX, 3));
        }
    }
}
