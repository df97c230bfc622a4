//! The rows of IPPROTO_IP.

use std::net::{Ipv4Addr, SocketAddrV4};

use rustix::net::sockopt as rx;
use socket2::SockRef;

options! {
    /// The level of options of IPv4.
    IPPROTO_IP(ip) {
        /// Joins a multicast group: the group, and the interface by its address (0.0.0.0 leaves the
        /// choice to the kernel). Joining twice is EADDRINUSE; `/proc/sys/net/ipv4` limits how many
        /// groups a socket joins, to [`IP_MAX_MEMBERSHIPS`](super::IP_MAX_MEMBERSHIPS) from the
        /// start, else ENOBUFS.
        ///
        /// ```
        /// use std::net::Ipv4Addr;
        /// use socketbook::{IP_ADD_MEMBERSHIP, IPPROTO_IP, Socket};
        ///
        /// let group = Ipv4Addr::new(239, 1, 2, 3);
        /// Socket::udp()?.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, Ipv4Addr::LOCALHOST))?;
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        IP_ADD_MEMBERSHIP, set (Ipv4Addr, Ipv4Addr) = |s, (group, interface)| Ok(rx::set_ip_add_membership(s, &group, &interface)?);
        /// Joins a multicast group for one sender: the group, the interface by its address, the
        /// sender.
        IP_ADD_SOURCE_MEMBERSHIP on unix, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            Ok(rx::set_ip_add_source_membership(s, &group, &interface, &sender)?);
        /// Whether `bind` with port 0 leaves the port open until `connect`, which can then share it
        /// between connections to different peers. For clients that bind an address of their own.
        IP_BIND_ADDRESS_NO_PORT on linux, both bool, example [tcp: true];
        /// Stops receiving from one sender of a group: the group, the interface by its address, the
        /// sender. The socket must have joined the group, else EINVAL.
        IP_BLOCK_SOURCE on linux, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            super::extra::set(s, super::extra::IP_BLOCK_SOURCE, super::extra::mreq_source(group, interface, sender));
        /// Leaves a multicast group: the group, and the interface by its address. EADDRNOTAVAIL if
        /// the socket has not joined it.
        IP_DROP_MEMBERSHIP, set (Ipv4Addr, Ipv4Addr) = |s, (group, interface)| Ok(rx::set_ip_drop_membership(s, &group, &interface)?);
        /// Leaves what [`IP_ADD_SOURCE_MEMBERSHIP`] joined: the group, the interface by its address,
        /// the sender.
        IP_DROP_SOURCE_MEMBERSHIP on unix, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            Ok(rx::set_ip_drop_source_membership(s, &group, &interface, &sender)?);
        /// Whether `bind` takes an address that this machine does not have, or not yet.
        IP_FREEBIND on linux, get bool = |s| Ok(rx::ip_freebind(s)?), set bool = |s, v| Ok(rx::set_ip_freebind(s, v)?),
            example [tcp: true];
        /// Whether the program writes the IP header itself, on a raw socket.
        IP_HDRINCL, get bool = |s| SockRef::from(s).header_included_v4(), set bool = |s, v| SockRef::from(s).set_header_included_v4(v);
        /// The largest packet that fits through the path to the peer (MTU), in bytes. ENOTCONN on a
        /// socket that is not connected.
        ///
        /// ```
        /// use socketbook::{IP_MTU, IPPROTO_IP, Socket};
        ///
        /// let socket = Socket::udp()?;
        /// socket.connect(("127.0.0.1", 9))?;
        /// assert!(socket.getsockopt(IPPROTO_IP, IP_MTU)? >= 576);
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        IP_MTU on linux, get u32 = |s| Ok(rx::ip_mtu(s)?);
        /// Whether packets may be fragmented on their way: one of the `IP_PMTUDISC_` numbers.
        IP_MTU_DISCOVER on linux, get i32 = |s| Ok(rx::ip_mtu_discover(s)?.as_raw()),
            set i32 = |s, v| Ok(rx::set_ip_mtu_discover(s, rx::Ipv4PathMtuDiscovery::from_raw(v))?),
            example [udp: IP_PMTUDISC_DO];
        /// Whether the socket receives from all groups that this machine has joined, the default, or
        /// only from those that it has joined itself.
        IP_MULTICAST_ALL on linux, get bool = |s| SockRef::from(s).multicast_all_v4(), set bool = |s, v| SockRef::from(s).set_multicast_all_v4(v),
            example [udp: false];
        /// The interface for outgoing multicast, by its address; 0.0.0.0, the default, leaves the
        /// choice to the kernel.
        IP_MULTICAST_IF, get Ipv4Addr = |s| Ok(rx::ip_multicast_if(s)?), set Ipv4Addr = |s, v| Ok(rx::set_ip_multicast_if(s, &v)?),
            example [udp: Ipv4Addr::LOCALHOST];
        /// Whether the members of a group on this machine receive what is sent from here; true by
        /// default.
        IP_MULTICAST_LOOP, get bool = |s| Ok(rx::ip_multicast_loop(s)?), set bool = |s, v| Ok(rx::set_ip_multicast_loop(s, v)?),
            example [udp: false];
        /// How many hops outgoing multicast goes, 0 to 255. The default of 1 keeps it in the local
        /// network.
        IP_MULTICAST_TTL, get u32 = |s| Ok(rx::ip_multicast_ttl(s)?), set u32 = |s, v| Ok(rx::set_ip_multicast_ttl(s, v)?),
            example [udp: 4];
        /// Whether datagrams come with the address they were sent to and the interface they arrived
        /// on, as ancillary data.
        IP_PKTINFO on linux, both bool, example [udp: true];
        /// Whether the errors of single datagrams are queued, with what caused them, for
        /// MSG_ERRQUEUE.
        IP_RECVERR on linux, both bool, example [udp: true];
        /// Whether datagrams come with their IP options, for this machine to read, as ancillary
        /// data.
        IP_RECVOPTS on linux, both bool, example [udp: true];
        /// Whether datagrams come with their type of service, as ancillary data.
        IP_RECVTOS on unix, get bool = |s| Ok(rx::ip_recvtos(s)?), set bool = |s, v| Ok(rx::set_ip_recvtos(s, v)?),
            example [udp: true];
        /// Whether datagrams come with their time to live, as ancillary data.
        IP_RECVTTL on linux, both bool, example [udp: true];
        /// Whether datagrams come with their IP options as they are to be sent back, as ancillary
        /// data. Python has it by the name `IP_RECVRETOPTS` as well.
        IP_RETOPTS on linux, both bool, example [udp: true];
        /// The type of service of outgoing packets (DSCP and ECN), 0 to 255; 0 by default.
        IP_TOS on unix, get u8 = |s| Ok(rx::ip_tos(s)?), set u8 = |s, v| Ok(rx::set_ip_tos(s, v)?), example [tcp: 16];
        /// Whether the socket may have addresses of other machines, as a transparent proxy needs.
        /// Needs CAP_NET_ADMIN.
        IP_TRANSPARENT on linux, get bool = |s| SockRef::from(s).ip_transparent_v4(), set bool = |s, v| SockRef::from(s).set_ip_transparent_v4(v),
            example [tcp: reads false];
        /// How many hops a packet goes (time to live), 1 to 255; 64 by default.
        IP_TTL, get u32 = |s| Ok(rx::ip_ttl(s)?), set u32 = |s, v| Ok(rx::set_ip_ttl(s, v)?), example [tcp: 42];
        /// Receives again from a sender that [`IP_BLOCK_SOURCE`] has blocked: the group, the
        /// interface by its address, the sender. EADDRNOTAVAIL if it is not blocked.
        IP_UNBLOCK_SOURCE on linux, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            super::extra::set(s, super::extra::IP_UNBLOCK_SOURCE, super::extra::mreq_source(group, interface, sender));
        /// Where a connection was going before the firewall redirected it here. ENOENT or
        /// ENOPROTOOPT if none did.
        SO_ORIGINAL_DST on linux, get SocketAddrV4 = |s| Ok(rx::ip_original_dst(s)?);
    }
}
