//! The rows of IPPROTO_IPV6.

use std::net::{Ipv6Addr, SocketAddrV6};

use rustix::net::sockopt as rx;
use socket2::SockRef;

use super::table::fits;

options! {
    /// The level of options of IPv6.
    IPPROTO_IPV6(ipv6) {
        /// Where the program wants the checksum of a raw socket: the offset in the data, in bytes,
        /// an even number. The kernel writes it when sending and verifies it when receiving. `None`,
        /// the default, for no checksum.
        IPV6_CHECKSUM on linux, get Option<u32> = |s| Ok(super::extra::get(s, super::extra::IPV6_CHECKSUM)?.try_into().ok()),
            set Option<u32> = |s, v| super::extra::set(s, super::extra::IPV6_CHECKSUM, match v {
                Some(offset) => fits(offset.into())? as i32,
                None => -1,
            });
        /// Whether datagrams that are too long for the path are refused, with EMSGSIZE, instead of
        /// being fragmented.
        IPV6_DONTFRAG on linux, both bool, example [udp6: true];
        /// Whether `bind` takes an address that this machine does not have, or not yet.
        IPV6_FREEBIND on linux, get bool = |s| Ok(rx::ipv6_freebind(s)?), set bool = |s, v| Ok(rx::set_ipv6_freebind(s, v)?),
            example [tcp6: true];
        /// Joins a multicast group: the group, and the interface by its number (0 leaves the choice
        /// to the kernel). Joining twice is EADDRINUSE. Linux calls it `IPV6_ADD_MEMBERSHIP` too.
        ///
        /// ```
        /// use std::net::Ipv6Addr;
        /// use socketbook::{AF_INET6, IPPROTO_IPV6, IPV6_JOIN_GROUP, SOCK_DGRAM, Socket};
        ///
        /// let socket = Socket::new(AF_INET6, SOCK_DGRAM)?;
        /// let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
        /// let loopback = 1;
        /// socket.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, (all_nodes, loopback))?;
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        #[doc(alias = "IPV6_ADD_MEMBERSHIP")]
        IPV6_JOIN_GROUP, set (Ipv6Addr, u32) = |s, (group, interface)| Ok(rx::set_ipv6_add_membership(s, &group, interface)?);
        /// Leaves a multicast group: the group, and the interface by its number. EADDRNOTAVAIL if
        /// the socket has not joined it. Linux calls it `IPV6_DROP_MEMBERSHIP` too.
        #[doc(alias = "IPV6_DROP_MEMBERSHIP")]
        IPV6_LEAVE_GROUP, set (Ipv6Addr, u32) = |s, (group, interface)| Ok(rx::set_ipv6_drop_membership(s, &group, interface)?);
        /// The largest packet that fits through the path to the peer (MTU), in bytes. ENOTCONN on a
        /// socket that is not connected.
        IPV6_MTU on linux, get u32 = |s| Ok(rx::ipv6_mtu(s)?);
        /// Whether packets may be fragmented: one of the `IP_PMTUDISC_` numbers, whose IPv6 names
        /// are the same numbers.
        IPV6_MTU_DISCOVER on linux, get i32 = |s| Ok(rx::ipv6_mtu_discover(s)?.as_raw()),
            set i32 = |s, v| Ok(rx::set_ipv6_mtu_discover(s, rx::Ipv6PathMtuDiscovery::from_raw(v))?),
            example [udp6: IP_PMTUDISC_DO];
        /// Whether the socket receives from all groups that this machine has joined, the default, or
        /// only from those that it has joined itself.
        IPV6_MULTICAST_ALL on linux, get bool = |s| SockRef::from(s).multicast_all_v6(), set bool = |s, v| SockRef::from(s).set_multicast_all_v6(v),
            example [udp6: false];
        /// How many hops outgoing multicast goes, 0 to 255. The default of 1 keeps it in the local
        /// network.
        IPV6_MULTICAST_HOPS, get u32 = |s| Ok(rx::ipv6_multicast_hops(s)?), set u32 = |s, v| Ok(rx::set_ipv6_multicast_hops(s, v)?),
            example [udp6: 4];
        /// The interface for outgoing multicast, by its number; 0, the default, leaves the choice to
        /// the kernel.
        IPV6_MULTICAST_IF, get u32 = |s| Ok(rx::ipv6_multicast_if(s)?), set u32 = |s, v| Ok(rx::set_ipv6_multicast_if(s, v)?),
            example [udp6: reads 0];
        /// Whether the members of a group on this machine receive what is sent from here; true by
        /// default.
        IPV6_MULTICAST_LOOP, get bool = |s| Ok(rx::ipv6_multicast_loop(s)?), set bool = |s, v| Ok(rx::set_ipv6_multicast_loop(s, v)?),
            example [udp6: false];
        /// The largest packet that fits through the path to the peer, in bytes, as
        /// [RFC 3542](https://www.rfc-editor.org/rfc/rfc3542#section-11.3) has it. ENOTCONN on a
        /// socket that is not connected.
        IPV6_PATHMTU on linux, get u32 = |s| Ok(super::extra::get(s, super::extra::IPV6_PATHMTU)?.mtu);
        /// Whether datagrams come with their destination options, as ancillary data.
        IPV6_RECVDSTOPTS on linux, both bool, example [udp6: true];
        /// Whether the errors of single datagrams are queued, with what caused them, for
        /// MSG_ERRQUEUE.
        IPV6_RECVERR on linux, both bool, example [udp6: true];
        /// Whether datagrams come with their hop limit, as ancillary data.
        IPV6_RECVHOPLIMIT on unix, get bool = |s| SockRef::from(s).recv_hoplimit_v6(), set bool = |s, v| SockRef::from(s).set_recv_hoplimit_v6(v),
            example [udp6: true];
        /// Whether datagrams come with their hop-by-hop options, as ancillary data.
        IPV6_RECVHOPOPTS on linux, both bool, example [udp6: true];
        /// Whether a change of the path's MTU is reported, as ancillary data of an empty message.
        IPV6_RECVPATHMTU on linux, both bool, example [udp6: true];
        /// Whether datagrams come with the address they were sent to and the interface they arrived
        /// on, as ancillary data.
        IPV6_RECVPKTINFO on linux, both bool, example [udp6: true];
        /// Whether datagrams come with their routing header, as ancillary data.
        IPV6_RECVRTHDR on linux, both bool, example [udp6: true];
        /// Whether datagrams come with their traffic class, as ancillary data.
        IPV6_RECVTCLASS on unix, get bool = |s| Ok(rx::ipv6_recvtclass(s)?), set bool = |s, v| Ok(rx::set_ipv6_recvtclass(s, v)?),
            example [udp6: true];
        /// The traffic class of outgoing packets (DSCP and ECN), 0 to 255; 0 by default.
        IPV6_TCLASS on unix, get u32 = |s| Ok(rx::ipv6_tclass(s)?), set u32 = |s, v| Ok(rx::set_ipv6_tclass(s, v)?), example [tcp6: 16];
        /// Whether the socket may have addresses of other machines, as a transparent proxy needs.
        /// Needs CAP_NET_ADMIN.
        IPV6_TRANSPARENT on linux, get bool = |s| SockRef::from(s).ip_transparent_v6(), set bool = |s, v| SockRef::from(s).set_ip_transparent_v6(v),
            example [tcp6: reads false];
        /// How many hops a packet goes, 0 to 255; set `None` for the system's default, 64.
        IPV6_UNICAST_HOPS, get u8 = |s| Ok(rx::ipv6_unicast_hops(s)?), set Option<u8> = |s, v| Ok(rx::set_ipv6_unicast_hops(s, v)?),
            example [tcp6: Some(42) => 42];
        /// Whether the socket is for IPv6 only. If not, IPv4 peers appear with addresses like
        /// `::ffff:127.0.0.1`. It must be set before `bind`.
        IPV6_V6ONLY, get bool = |s| Ok(rx::ipv6_v6only(s)?), set bool = |s, v| Ok(rx::set_ipv6_v6only(s, v)?),
            example [tcp6: true];
        /// Where a connection was going before the firewall redirected it here. ENOENT or
        /// ENOPROTOOPT if none did.
        IP6T_SO_ORIGINAL_DST on linux, get SocketAddrV6 = |s| Ok(rx::ipv6_original_dst(s)?);
    }
}
