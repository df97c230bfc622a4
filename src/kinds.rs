//! Families, kinds and protocols: the numbers that say what a socket is.

use std::fmt;
use std::ops::BitOr;

use crate::sys;

/// Writes a named number as its name, and one without a name as the number.
macro_rules! named_numbers {
    ($type:ident($number:ty): $($(#[doc = $doc:literal])* $(#[cfg($($on:tt)*)])? $name:ident = $value:expr;)*) => {
        $(
            $(#[doc = $doc])*
            $(#[cfg($($on)*)])?
            pub const $name: $type = $type($value as $number);
        )*

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $($(#[cfg($($on)*)])? $name => f.write_str(stringify!($name)),)*
                    $type(number) => write!(f, "{number}"),
                }
            }
        }

        impl From<$number> for $type {
            fn from(number: $number) -> $type {
                $type(number)
            }
        }

        impl From<$type> for $number {
            fn from(value: $type) -> $number {
                value.0
            }
        }
    };
}

/// The kind of addresses a socket has: Python's `socket.AddressFamily`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressFamily(pub(crate) u16);

impl AddressFamily {
    /// AF_UNIX, with or without the name.
    pub(crate) const UNIX: AddressFamily = AddressFamily(sys::UNIX);
}

named_numbers! {
    AddressFamily(u16):
    /// None in particular: what [`getaddrinfo_with`](crate::getaddrinfo_with) looks up for IPv4 and
    /// IPv6.
    AF_UNSPEC = 0;
    /// IPv4: [ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html).
    AF_INET = rustix::net::AddressFamily::INET.as_raw();
    /// IPv6: [ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html).
    AF_INET6 = rustix::net::AddressFamily::INET6.as_raw();
    /// Sockets within one machine, by path or abstract name:
    /// [unix(7)](https://man7.org/linux/man-pages/man7/unix.7.html).
    #[cfg(unix)]
    AF_UNIX = sys::UNIX;
}

/// The way a socket transfers data: Python's `socket.SocketKind`.
///
/// [`SOCK_NONBLOCK`] may be added with `|`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketKind(pub(crate) i32);

named_numbers! {
    SocketKind(i32):
    /// A stream of bytes without message boundaries, over a connection: TCP.
    SOCK_STREAM = 1;
    /// Datagrams, each by itself: UDP.
    SOCK_DGRAM = 2;
    /// Raw packets; needs CAP_NET_RAW, else EPERM.
    SOCK_RAW = 3;
    /// Datagrams that all arrive, in any order. No protocol of Linux's own but TIPC has it.
    SOCK_RDM = 4;
    /// Messages with boundaries over a connection, on Unix sockets.
    SOCK_SEQPACKET = 5;
    /// Added to a kind, it makes the socket non-blocking, as `settimeout(Duration::ZERO)` does.
    #[cfg(not(any(windows, target_vendor = "apple")))]
    SOCK_NONBLOCK = sys::SOCK_NONBLOCK;
    /// Added to a kind, it has exec close the descriptor. This crate always does that; the name is
    /// here because Python has it.
    #[cfg(not(any(windows, target_vendor = "apple")))]
    SOCK_CLOEXEC = sys::SOCK_CLOEXEC;
}

impl SocketKind {
    /// The kind without SOCK_NONBLOCK and SOCK_CLOEXEC, and whether SOCK_NONBLOCK was among them.
    #[inline]
    pub(crate) fn split_flags(self) -> (SocketKind, bool) {
        const NONBLOCK: i32 = sys::SOCK_NONBLOCK as i32;
        let bare = self.0 & !(NONBLOCK | sys::SOCK_CLOEXEC as i32);
        (SocketKind(bare), self.0 & NONBLOCK != 0)
    }
}

impl BitOr for SocketKind {
    type Output = SocketKind;

    fn bitor(self, flag: SocketKind) -> SocketKind {
        SocketKind(self.0 | flag.0)
    }
}

/// The protocol within a family and kind: 0, which leaves the choice to the kernel, or an
/// `IPPROTO_` number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protocol(pub(crate) i32);

named_numbers! {
    Protocol(i32):
    /// ICMP, for raw sockets and for pings over SOCK_DGRAM.
    IPPROTO_ICMP = 1;
    /// Membership of multicast groups.
    IPPROTO_IGMP = 2;
    /// IPv4 within IPv4.
    IPPROTO_IPIP = 4;
    /// The Exterior Gateway Protocol, of history.
    IPPROTO_EGP = 8;
    /// The PARC Universal Packet, of history.
    IPPROTO_PUP = 12;
    /// UDP.
    IPPROTO_UDP = 17;
    /// Xerox's Internet Datagram Protocol, of history.
    IPPROTO_IDP = 22;
    /// ISO's transport protocol, of history.
    IPPROTO_TP = 29;
    /// An IPv6 header that names routers on the way.
    IPPROTO_ROUTING = 43;
    /// An IPv6 header of a fragment.
    IPPROTO_FRAGMENT = 44;
    /// Reservation of bandwidth.
    IPPROTO_RSVP = 46;
    /// Generic Routing Encapsulation: any protocol within IP.
    IPPROTO_GRE = 47;
    /// IPsec: encrypted packets.
    IPPROTO_ESP = 50;
    /// IPsec: authenticated packets.
    IPPROTO_AH = 51;
    /// ICMP for IPv6.
    IPPROTO_ICMPV6 = 58;
    /// An IPv6 header that nothing follows.
    IPPROTO_NONE = 59;
    /// An IPv6 header with options for the destination.
    IPPROTO_DSTOPTS = 60;
    /// Routing of multicast.
    IPPROTO_PIM = 103;
    /// SCTP: messages over a connection of several streams, where the kernel has it.
    IPPROTO_SCTP = 132;
    /// Raw IP packets, header and all.
    IPPROTO_RAW = 255;
    /// Multipath TCP, with SOCK_STREAM: one connection over several networks.
    IPPROTO_MPTCP = 262;
}

/// An IPv6 header with options for each router on the way. It is 0, as the choice of the kernel is.
pub const IPPROTO_HOPOPTS: Protocol = Protocol(0);
