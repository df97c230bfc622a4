//! Options that neither rustix nor socket2 has, by their C names: nix's own, and those made with
//! nix's `sockopt_impl!`.
//!
//! That macro contains the system call, and with it `unsafe`. It is sound for a type of which every
//! bit pattern is valid, if the kernel writes the whole of it: the macro checks the length, and
//! panics where it differs. So only whole numbers stand here, alone or in structs without padding,
//! for options that the kernel reads and writes as such whatever the socket.
#![allow(non_camel_case_types)]

use std::io;
use std::net::Ipv4Addr;

use nix::libc::{self, c_int, ip_mreq_source};
pub(super) use nix::sys::socket::sockopt::{
    DontRoute as SO_DONTROUTE, IpBindAddressNoPort as IP_BIND_ADDRESS_NO_PORT,
    Ipv4PacketInfo as IP_PKTINFO, Ipv4RecvErr as IP_RECVERR, Ipv4RecvTtl as IP_RECVTTL,
    Ipv6DontFrag as IPV6_DONTFRAG, Ipv6RecvErr as IPV6_RECVERR,
    Ipv6RecvPacketInfo as IPV6_RECVPKTINFO, PeerCredentials as SO_PEERCRED,
    ReceiveTimestamp as SO_TIMESTAMP, ReceiveTimestampns as SO_TIMESTAMPNS, RxqOvfl as SO_RXQ_OVFL,
    TcpFastOpenConnect as TCP_FASTOPEN_CONNECT, TcpUlp as TCP_ULP, UdpGroSegment as UDP_GRO,
    UdpGsoSegment as UDP_SEGMENT,
};
use nix::sys::socket::{GetSockOpt, SetSockOpt};
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};

use super::info::RawTcpInfo;
use crate::socket::Socket;

pub(super) fn get<O: GetSockOpt>(socket: &Socket, option: O) -> io::Result<O::Val> {
    Ok(nix::sys::socket::getsockopt(socket, option)?)
}

pub(super) fn set<O>(socket: &Socket, option: O, value: O::Val) -> io::Result<()>
where
    O: SetSockOpt<Val: Sized>,
{
    Ok(nix::sys::socket::setsockopt(socket, option, &value)?)
}

/// The type is handed on as a token, since nix has its own ways for `bool`, which is an `int` to the
/// kernel.
macro_rules! rows {
    ($($name:ident: $access:ident, $level:ident, $type:tt;)*) => {
        $(sockopt_impl!($name, $access, libc::$level, libc::$name, $type);)*
    };
}

rows! {
    SO_DEBUG: Both, SOL_SOCKET, bool;
    SO_PASSSEC: Both, SOL_SOCKET, bool;
    SO_RCVLOWAT: Both, SOL_SOCKET, u32;
    SO_SNDLOWAT: GetOnly, SOL_SOCKET, u32;
    IP_BLOCK_SOURCE: SetOnly, IPPROTO_IP, ip_mreq_source;
    IP_UNBLOCK_SOURCE: SetOnly, IPPROTO_IP, ip_mreq_source;
    IP_RECVOPTS: Both, IPPROTO_IP, bool;
    IP_RETOPTS: Both, IPPROTO_IP, bool;
    IPV6_CHECKSUM: Both, IPPROTO_IPV6, c_int;
    IPV6_PATHMTU: GetOnly, IPPROTO_IPV6, PathMtu;
    IPV6_RECVDSTOPTS: Both, IPPROTO_IPV6, bool;
    IPV6_RECVHOPOPTS: Both, IPPROTO_IPV6, bool;
    IPV6_RECVPATHMTU: Both, IPPROTO_IPV6, bool;
    IPV6_RECVRTHDR: Both, IPPROTO_IPV6, bool;
    TCP_DEFER_ACCEPT: Both, IPPROTO_TCP, u32;
    TCP_FASTOPEN: Both, IPPROTO_TCP, u32;
    TCP_FASTOPEN_KEY: SetOnly, IPPROTO_TCP, [u8; 16];
    TCP_FASTOPEN_NO_COOKIE: Both, IPPROTO_TCP, bool;
    TCP_INFO: GetOnly, IPPROTO_TCP, RawTcpInfo;
    TCP_INQ: Both, IPPROTO_TCP, bool;
    TCP_LINGER2: Both, IPPROTO_TCP, c_int;
    TCP_QUEUE_SEQ: Both, IPPROTO_TCP, u32;
    TCP_REPAIR: Both, IPPROTO_TCP, c_int;
    TCP_REPAIR_QUEUE: Both, IPPROTO_TCP, u32;
    TCP_SYNCNT: Both, IPPROTO_TCP, u32;
    TCP_TIMESTAMP: Both, IPPROTO_TCP, u32;
    TCP_WINDOW_CLAMP: Both, IPPROTO_TCP, u32;
}

// Numbers of linux/tcp.h and linux/udp.h that libc does not have.
const TX_DELAY: c_int = 37;
const UDPLITE_SEND: c_int = 10;
const UDPLITE_RECV: c_int = 11;

sockopt_impl!(TCP_TX_DELAY, Both, libc::IPPROTO_TCP, TX_DELAY, u32);
sockopt_impl!(
    UDPLITE_SEND_CSCOV,
    Both,
    libc::IPPROTO_UDPLITE,
    UDPLITE_SEND,
    u32
);
sockopt_impl!(
    UDPLITE_RECV_CSCOV,
    Both,
    libc::IPPROTO_UDPLITE,
    UDPLITE_RECV,
    u32
);

/// `struct ip6_mtuinfo` of RFC 3542.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PathMtu {
    /// A `sockaddr_in6`.
    _to: [u32; 7],
    pub(super) mtu: u32,
}

/// The addresses of a group, an interface, a sender.
pub(super) fn mreq_source(
    group: Ipv4Addr,
    interface: Ipv4Addr,
    sender: Ipv4Addr,
) -> ip_mreq_source {
    let number = |address: Ipv4Addr| libc::in_addr {
        s_addr: u32::from_ne_bytes(address.octets()),
    };
    ip_mreq_source {
        imr_multiaddr: number(group),
        imr_interface: number(interface),
        imr_sourceaddr: number(sender),
    }
}
