//! # Lesson 4: options
//!
//! Asking the kernel how a socket behaves, and setting it. Each option is a type of its own, by its
//! C name, which knows its level and the type of its value.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::num::NonZeroU32;
use std::time::Duration;

use rustix::net::sockopt as rx;
use socket2::SockRef;

use crate::call::Call;
use crate::errno::Errno;
use crate::error::Result;
use crate::kinds::{AddressFamily, Protocol, SocketKind};
use crate::socket::Socket;

/// An option of one level, by its C name.
pub trait SocketOption {
    /// The level it belongs to.
    type Level;
    /// Its C name.
    const NAME: &'static str;
}

/// An option that can be read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read: it can only be set",
    label = "not an option that getsockopt reads"
)]
pub trait GetOption: SocketOption {
    /// What it reads as.
    type Value;

    #[doc(hidden)]
    fn get(socket: &Socket) -> io::Result<Self::Value>;
}

/// An option that can be set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set: it can only be read",
    label = "not an option that setsockopt sets"
)]
pub trait SetOption: SocketOption {
    /// What it is set to.
    type Value<'a>;

    #[doc(hidden)]
    fn set(socket: &Socket, value: Self::Value<'_>) -> io::Result<()>;
}

/// # Lesson 4: options
impl Socket {
    /// Reads an option: Python's `s.getsockopt(level, option)`.
    ///
    /// The value has the option's own type. A wrong level does not compile, nor does an option
    /// that can only be set.
    ///
    /// System calls: one
    /// [getsockopt(2)](https://man7.org/linux/man-pages/man2/getsockopt.2.html).
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT or EOPNOTSUPP if the socket does not have the option.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SO_RCVBUF, SO_TYPE, SOCK_STREAM, SOL_SOCKET, Socket};
    ///
    /// let phone = Socket::tcp()?;
    /// assert_eq!(phone.getsockopt(SOL_SOCKET, SO_TYPE)?, SOCK_STREAM);
    /// let size: usize = phone.getsockopt(SOL_SOCKET, SO_RCVBUF)?;
    /// assert!(size > 0);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// ```compile_fail,E0271
    /// use socketbook::{IPPROTO_TCP, SO_TYPE, Socket};
    ///
    /// let phone = Socket::tcp()?;
    /// phone.getsockopt(IPPROTO_TCP, SO_TYPE)?; // not an option of that level
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn getsockopt<O: GetOption>(&self, _level: O::Level, _option: O) -> Result<O::Value> {
        self.finish(Call::Getsockopt, O::get(self).map_err(Into::into))
            .map_err(|error| error.about(O::NAME))
    }

    /// Sets an option: Python's `s.setsockopt(level, option, value)`.
    ///
    /// System calls: one
    /// [setsockopt(2)](https://man7.org/linux/man-pages/man2/setsockopt.2.html).
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT or EOPNOTSUPP if the socket does not have the option; EINVAL for a value out of
    /// its range; EPERM or EACCES without the privilege.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SO_REUSEADDR, SOL_SOCKET, Socket};
    ///
    /// let phone = Socket::tcp()?;
    /// phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?; // this is it: before bind
    /// phone.bind(("127.0.0.1", 0))?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// What Python finds out when it runs, the compiler finds out before: a value of the wrong
    /// type,
    ///
    /// ```compile_fail,E0308
    /// # use socketbook::{SO_REUSEADDR, SOL_SOCKET, Socket};
    /// # let phone = Socket::tcp()?;
    /// phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, "yes")?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// an option that can only be read.
    ///
    /// ```compile_fail,E0277
    /// # use socketbook::{SO_ERROR, SOL_SOCKET, Socket};
    /// # let phone = Socket::tcp()?;
    /// phone.setsockopt(SOL_SOCKET, SO_ERROR, 0)?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn setsockopt<O: SetOption>(
        &self,
        _level: O::Level,
        _option: O,
        value: O::Value<'_>,
    ) -> Result<()> {
        self.finish(Call::Setsockopt, O::set(self, value).map_err(Into::into))
            .map_err(|error| error.about(O::NAME))
    }
}

/// The names of option levels are protocol numbers too, as in C and Python.
macro_rules! levels_are_protocols {
    ($($level:ident = $number:literal;)*) => {
        $(impl From<$level> for Protocol {
            fn from(_: $level) -> Protocol {
                Protocol::from($number)
            }
        })*
    };
}

levels_are_protocols! {
    IPPROTO_IP = 0;
    IPPROTO_TCP = 6;
    IPPROTO_IPV6 = 41;
}

/// `IP_MTU_DISCOVER`: never sets Don't Fragment.
#[cfg(target_os = "linux")]
pub const IP_PMTUDISC_DONT: i32 = rx::Ipv4PathMtuDiscovery::DONT.as_raw();
/// `IP_MTU_DISCOVER`: as the route says.
#[cfg(target_os = "linux")]
pub const IP_PMTUDISC_WANT: i32 = rx::Ipv4PathMtuDiscovery::WANT.as_raw();
/// `IP_MTU_DISCOVER`: always sets Don't Fragment; too long a datagram is EMSGSIZE.
#[cfg(target_os = "linux")]
pub const IP_PMTUDISC_DO: i32 = rx::Ipv4PathMtuDiscovery::DO.as_raw();
/// `IP_MTU_DISCOVER`: sets Don't Fragment and does not look at the path's MTU.
#[cfg(target_os = "linux")]
pub const IP_PMTUDISC_PROBE: i32 = rx::Ipv4PathMtuDiscovery::PROBE.as_raw();

/// Who is at the other end of a Unix connection: what [`SO_PEERCRED`] reads.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCred {
    /// The process.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// One row an option: `NAME, get Type = how, set Type = how, example [constructor: value]`. The
/// example is a doctest: `value` is set and read back; after `reads` it is only read; after `=>`
/// stands what is read back where that differs.
macro_rules! options {
    ($(
        $(#[$level_doc:meta])*
        $level:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[cfg($($on:tt)*)])?
                $name:ident
                    $(, get $got:ty = $get:expr)?
                    $(, set $given:ty = $set:expr)?
                    $(, example [$($example:tt)+])?;
            )*
        }
    )*) => {
        $(
            $(#[$level_doc])*
            #[allow(non_camel_case_types)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $level;

            $(
                $(#[cfg($($on)*)])?
                $(#[doc = $doc])*
                $(#[doc = example!($level $name $($example)+)])?
                #[allow(non_camel_case_types)]
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub struct $name;

                $(#[cfg($($on)*)])?
                impl SocketOption for $name {
                    type Level = $level;
                    const NAME: &'static str = stringify!($name);
                }

                options!(@get $(#[cfg($($on)*)])? $name $($got = $get)?);
                options!(@set $(#[cfg($($on)*)])? $name $($given = $set)?);
            )*
        )*
    };
    (@get $(#[$on:meta])? $name:ident) => {};
    (@get $(#[$on:meta])? $name:ident $got:ty = $get:expr) => {
        $(#[$on])?
        impl GetOption for $name {
            type Value = $got;

            fn get(socket: &Socket) -> io::Result<$got> {
                let get: fn(&Socket) -> io::Result<$got> = $get;
                get(socket)
            }
        }
    };
    (@set $(#[$on:meta])? $name:ident) => {};
    (@set $(#[$on:meta])? $name:ident $given:ty = $set:expr) => {
        $(#[$on])?
        impl SetOption for $name {
            type Value<'a> = $given;

            fn set(socket: &Socket, value: Self::Value<'_>) -> io::Result<()> {
                let set: for<'a> fn(&Socket, Self::Value<'a>) -> io::Result<()> = $set;
                set(socket, value)
            }
        }
    };
}

/// The documentation test of a row.
macro_rules! example {
    ($level:ident $name:ident $socket:ident: reads $value:expr) => {
        example!(@ $level, $name, socket!($socket), "", stringify!($value))
    };
    ($level:ident $name:ident $socket:ident: $value:expr) => {
        example!($level $name $socket: $value => $value)
    };
    ($level:ident $name:ident $socket:ident: $given:expr => $value:expr) => {
        example!(@ $level, $name, socket!($socket), concat!(
            "socket.setsockopt(", stringify!($level), ", ", stringify!($name), ", ",
            stringify!($given), ")?;\n"
        ), stringify!($value))
    };
    (@ $level:ident, $name:ident, $socket:expr, $set:expr, $value:expr) => {
        concat!(
            "\n\n```\n# #[allow(unused_imports)]\n",
            "# use {socketbook::*, std::net::*, std::time::Duration};\n",
            "let socket = ", $socket, ";\n", $set,
            "assert_eq!(socket.getsockopt(", stringify!($level), ", ", stringify!($name), ")?, ",
            $value, ");\n# Ok::<(), Error>(())\n```"
        )
    };
}

macro_rules! socket {
    (tcp) => {
        "Socket::tcp()?"
    };
    (udp) => {
        "Socket::udp()?"
    };
    (tcp6) => {
        "Socket::new(AF_INET6, SOCK_STREAM)?"
    };
    (udp6) => {
        "Socket::new(AF_INET6, SOCK_DGRAM)?"
    };
    (unix) => {
        "Socket::new(AF_UNIX, SOCK_STREAM)?"
    };
}

options! {
    /// The level of options that all sockets have:
    /// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html).
    SOL_SOCKET {
        /// Whether the socket listens. Read only.
        #[cfg(not(target_vendor = "apple"))]
        SO_ACCEPTCONN, get bool = |s| Ok(rx::socket_acceptconn(s)?), example [tcp: reads false];
        /// A packet filter (BPF) that decides what the socket receives. Set only; at most 4,096
        /// instructions, else EINVAL.
        #[cfg(target_os = "linux")]
        SO_ATTACH_FILTER, set &'a [socket2::SockFilter] = |s, v| {
            // The kernel is told the length in 16 bits.
            if v.len() > usize::from(u16::MAX) {
                return Err(rustix::io::Errno::INVAL.into());
            }
            SockRef::from(s).attach_filter(v)
        };
        /// The one network interface to use, by name; `None` for any. May need CAP_NET_RAW.
        #[cfg(target_os = "linux")]
        SO_BINDTODEVICE,
            get Option<String> = |s| Ok(SockRef::from(s).device()?.map(|v| String::from_utf8_lossy(&v).into_owned())),
            set Option<&'a str> = |s, v| SockRef::from(s).bind_device(v.map(str::as_bytes)),
            example [udp: Some("lo") => Some("lo".to_string())];
        /// The one network interface to use, by its number; 0 for any.
        #[cfg(target_os = "linux")]
        SO_BINDTOIFINDEX,
            get u32 = |s| Ok(SockRef::from(s).device_index_v4()?.map_or(0, NonZeroU32::get)),
            set u32 = |s, v| SockRef::from(s).bind_device_by_index_v4(NonZeroU32::new(v)),
            example [udp: reads 0];
        /// Whether datagrams may be sent to a broadcast address; else EACCES.
        SO_BROADCAST, get bool = |s| Ok(rx::socket_broadcast(s)?), set bool = |s, v| Ok(rx::set_socket_broadcast(s, v)?),
            example [udp: true];
        /// How many microseconds a receive polls the network card before it sleeps. Raising it
        /// needs CAP_NET_ADMIN.
        #[cfg(target_os = "linux")]
        SO_BUSY_POLL, get u32 = |s| SockRef::from(s).busy_poll(), set u32 = |s, v| SockRef::from(s).set_busy_poll(v),
            example [udp: reads 0];
        /// A number that no other socket of this system has. Read only.
        ///
        /// ```
        /// use socketbook::{SO_COOKIE, SOL_SOCKET, socketpair};
        ///
        /// let (a, b) = socketpair()?;
        /// assert_ne!(a.getsockopt(SOL_SOCKET, SO_COOKIE)?, b.getsockopt(SOL_SOCKET, SO_COOKIE)?);
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        #[cfg(target_os = "linux")]
        SO_COOKIE, get u64 = |s| Ok(rx::socket_cookie(s)?);
        /// Takes the filter of SO_ATTACH_FILTER away; ENOENT if there is none. Set only.
        #[cfg(target_os = "linux")]
        SO_DETACH_FILTER, set () = |s, ()| SockRef::from(s).detach_filter();
        /// The address family. Read only.
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        SO_DOMAIN, get AddressFamily = |s| Ok(rx::socket_domain(s)?.as_raw().into()), example [tcp: reads AF_INET];
        /// The error that waits on the socket, 0 for none; reading it takes it away. Read only.
        SO_ERROR, get Errno = |s| Ok(Errno::from_raw(rx::socket_error(s)?.map_or_else(|errno| errno.raw_os_error(), |()| 0))),
            example [tcp: reads 0];
        /// The processor that handles the socket's packets; all bits set where none has yet.
        #[cfg(target_os = "linux")]
        SO_INCOMING_CPU, get u32 = |s| Ok(rx::socket_incoming_cpu(s)?), set u32 = |s, v| Ok(rx::set_socket_incoming_cpu(s, v)?),
            example [tcp: 0];
        /// Whether a silent TCP connection is probed; how often is said by TCP_KEEPIDLE,
        /// TCP_KEEPINTVL and TCP_KEEPCNT.
        SO_KEEPALIVE, get bool = |s| Ok(rx::socket_keepalive(s)?), set bool = |s, v| Ok(rx::set_socket_keepalive(s, v)?),
            example [tcp: true];
        /// How long close waits for what is not sent yet, in whole seconds, rounded up; `None` for
        /// not at all, in the background. Zero resets the connection.
        SO_LINGER, get Option<Duration> = |s| Ok(rx::socket_linger(s)?), set Option<Duration> = |s, v| Ok(rx::set_socket_linger(s, v)?),
            example [tcp: Some(Duration::from_secs(5))];
        /// A mark on each packet, for routing and firewalls. Setting it needs CAP_NET_ADMIN.
        #[cfg(target_os = "linux")]
        SO_MARK, get u32 = |s| SockRef::from(s).mark(), set u32 = |s, v| SockRef::from(s).set_mark(v),
            example [tcp: reads 0];
        /// Whether urgent data stays among the ordinary bytes.
        SO_OOBINLINE, get bool = |s| Ok(rx::socket_oobinline(s)?), set bool = |s, v| Ok(rx::set_socket_oobinline(s, v)?),
            example [tcp: true];
        /// Whether messages of a Unix socket bring their sender's process and user along.
        #[cfg(target_os = "linux")]
        SO_PASSCRED, get bool = |s| Ok(rx::socket_passcred(s)?), set bool = |s, v| Ok(rx::set_socket_passcred(s, v)?),
            example [unix: true];
        /// The process, user and group at the other end of a Unix connection. Read only.
        ///
        /// ```
        /// use socketbook::{SO_PEERCRED, SOL_SOCKET, socketpair};
        ///
        /// let (a, _b) = socketpair()?;
        /// assert_eq!(a.getsockopt(SOL_SOCKET, SO_PEERCRED)?.pid as u32, std::process::id());
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        #[cfg(target_os = "linux")]
        SO_PEERCRED, get PeerCred = |s| {
            let peer = rx::socket_peercred(s)?;
            Ok(PeerCred { pid: peer.pid.as_raw_nonzero().get(), uid: peer.uid.as_raw(), gid: peer.gid.as_raw() })
        };
        /// The priority of each packet, 0 to 6 (more needs CAP_NET_ADMIN).
        #[cfg(target_os = "linux")]
        SO_PRIORITY, get u32 = |s| SockRef::from(s).priority(), set u32 = |s, v| SockRef::from(s).set_priority(v),
            example [tcp: 6];
        /// The protocol. Read only.
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        SO_PROTOCOL, get Protocol = |s| Ok(Protocol::from(rx::socket_protocol(s)?.map_or(0, |v| v.as_raw().get() as i32))),
            example [tcp: reads Protocol::from(IPPROTO_TCP)];
        /// The size of the receive buffer, in bytes. The kernel doubles what it is given, for its
        /// own bookkeeping, and reads back the double; at most `/proc/sys/net/core/rmem_max`.
        SO_RCVBUF, get usize = |s| Ok(rx::socket_recv_buffer_size(s)?), set usize = |s, v| Ok(rx::set_socket_recv_buffer_size(s, v)?),
            example [tcp: 8192 => 16384];
        /// As SO_RCVBUF, beyond the maximum. Needs CAP_NET_ADMIN. Set only.
        #[cfg(target_os = "linux")]
        SO_RCVBUFFORCE, set usize = |s, v| Ok(rx::set_socket_recv_buffer_size_force(s, v)?);
        /// The kernel's own receive timeout: late by up to a tick, and started anew by each
        /// signal. [`settimeout`](Socket::settimeout) is what you want.
        SO_RCVTIMEO, get Option<Duration> = |s| Ok(rx::socket_timeout(s, rx::Timeout::Recv)?),
            set Option<Duration> = |s, v| Ok(rx::set_socket_timeout(s, rx::Timeout::Recv, v)?),
            example [tcp: Some(Duration::from_secs(2))];
        /// Whether bind takes an address that an old connection in TIME_WAIT still has.
        SO_REUSEADDR, get bool = |s| Ok(rx::socket_reuseaddr(s)?), set bool = |s, v| Ok(rx::set_socket_reuseaddr(s, v)?),
            example [tcp: true];
        /// Whether several sockets of one user may have the same address, and share the callers.
        #[cfg(unix)]
        SO_REUSEPORT, get bool = |s| Ok(rx::socket_reuseport(s)?), set bool = |s, v| Ok(rx::set_socket_reuseport(s, v)?),
            example [tcp: true];
        /// The size of the send buffer, as SO_RCVBUF; at most `/proc/sys/net/core/wmem_max`.
        SO_SNDBUF, get usize = |s| Ok(rx::socket_send_buffer_size(s)?), set usize = |s, v| Ok(rx::set_socket_send_buffer_size(s, v)?),
            example [tcp: 8192 => 16384];
        /// As SO_SNDBUF, beyond the maximum. Needs CAP_NET_ADMIN. Set only.
        #[cfg(target_os = "linux")]
        SO_SNDBUFFORCE, set usize = |s, v| Ok(rx::set_socket_send_buffer_size_force(s, v)?);
        /// The kernel's own send timeout; as SO_RCVTIMEO.
        SO_SNDTIMEO, get Option<Duration> = |s| Ok(rx::socket_timeout(s, rx::Timeout::Send)?),
            set Option<Duration> = |s, v| Ok(rx::set_socket_timeout(s, rx::Timeout::Send, v)?),
            example [tcp: Some(Duration::from_secs(2))];
        /// The kind. Read only.
        SO_TYPE, get SocketKind = |s| Ok(SocketKind::from(rx::socket_type(s)?.as_raw() as i32)),
            example [udp: reads SOCK_DGRAM];
    }

    /// The level of IPv4: [ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html).
    IPPROTO_IP {
        /// Joins a multicast group: the group, and the interface by its address (0.0.0.0 lets the
        /// kernel choose). Set only.
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
        /// Joins a multicast group for one sender: group, interface, sender. Set only.
        #[cfg(unix)]
        IP_ADD_SOURCE_MEMBERSHIP, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            Ok(rx::set_ip_add_source_membership(s, &group, &interface, &sender)?);
        /// Leaves a multicast group: group, interface. Set only.
        IP_DROP_MEMBERSHIP, set (Ipv4Addr, Ipv4Addr) = |s, (group, interface)| Ok(rx::set_ip_drop_membership(s, &group, &interface)?);
        /// Leaves what IP_ADD_SOURCE_MEMBERSHIP joined: group, interface, sender. Set only.
        #[cfg(unix)]
        IP_DROP_SOURCE_MEMBERSHIP, set (Ipv4Addr, Ipv4Addr, Ipv4Addr) = |s, (group, interface, sender)|
            Ok(rx::set_ip_drop_source_membership(s, &group, &interface, &sender)?);
        /// Whether bind takes an address that this machine does not have (yet).
        #[cfg(target_os = "linux")]
        IP_FREEBIND, get bool = |s| Ok(rx::ip_freebind(s)?), set bool = |s, v| Ok(rx::set_ip_freebind(s, v)?),
            example [tcp: true];
        /// Whether the program writes the IP header itself, on a raw socket.
        IP_HDRINCL, get bool = |s| SockRef::from(s).header_included_v4(), set bool = |s, v| SockRef::from(s).set_header_included_v4(v);
        /// The path's MTU, in bytes, of a connected socket; ENOTCONN else. Read only.
        ///
        /// ```
        /// use socketbook::{IP_MTU, IPPROTO_IP, Socket};
        ///
        /// let socket = Socket::udp()?;
        /// socket.connect(("127.0.0.1", 9))?;
        /// assert!(socket.getsockopt(IPPROTO_IP, IP_MTU)? >= 576);
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        #[cfg(target_os = "linux")]
        IP_MTU, get u32 = |s| Ok(rx::ip_mtu(s)?);
        /// Whether datagrams may be fragmented: an `IP_PMTUDISC_` number.
        #[cfg(target_os = "linux")]
        IP_MTU_DISCOVER, get i32 = |s| Ok(rx::ip_mtu_discover(s)?.as_raw()),
            set i32 = |s, v| Ok(rx::set_ip_mtu_discover(s, rx::Ipv4PathMtuDiscovery::from_raw(v))?),
            example [udp: IP_PMTUDISC_DO];
        /// Whether the socket hears all groups that this machine has joined, not just its own.
        #[cfg(target_os = "linux")]
        IP_MULTICAST_ALL, get bool = |s| SockRef::from(s).multicast_all_v4(), set bool = |s, v| SockRef::from(s).set_multicast_all_v4(v),
            example [udp: false];
        /// The interface for outgoing multicast, by its address.
        IP_MULTICAST_IF, get Ipv4Addr = |s| Ok(rx::ip_multicast_if(s)?), set Ipv4Addr = |s, v| Ok(rx::set_ip_multicast_if(s, &v)?),
            example [udp: Ipv4Addr::LOCALHOST];
        /// Whether outgoing multicast comes back to this machine.
        IP_MULTICAST_LOOP, get bool = |s| Ok(rx::ip_multicast_loop(s)?), set bool = |s, v| Ok(rx::set_ip_multicast_loop(s, v)?),
            example [udp: false];
        /// How many routers multicast may pass, 0 to 255; 1 from the first: the own network.
        IP_MULTICAST_TTL, get u32 = |s| Ok(rx::ip_multicast_ttl(s)?), set u32 = |s, v| Ok(rx::set_ip_multicast_ttl(s, v)?),
            example [udp: 4];
        /// Whether the type of service comes with each datagram, as ancillary data.
        #[cfg(unix)]
        IP_RECVTOS, get bool = |s| Ok(rx::ip_recvtos(s)?), set bool = |s, v| Ok(rx::set_ip_recvtos(s, v)?),
            example [udp: true];
        /// The type of service of outgoing packets, 0 to 255.
        #[cfg(unix)]
        IP_TOS, get u8 = |s| Ok(rx::ip_tos(s)?), set u8 = |s, v| Ok(rx::set_ip_tos(s, v)?), example [tcp: 16];
        /// Whether the socket may have foreign addresses (a transparent proxy). Needs
        /// CAP_NET_ADMIN.
        #[cfg(target_os = "linux")]
        IP_TRANSPARENT, get bool = |s| SockRef::from(s).ip_transparent_v4(), set bool = |s, v| SockRef::from(s).set_ip_transparent_v4(v),
            example [tcp: reads false];
        /// How many routers a packet may pass, 1 to 255.
        IP_TTL, get u32 = |s| Ok(rx::ip_ttl(s)?), set u32 = |s, v| Ok(rx::set_ip_ttl(s, v)?), example [tcp: 42];
        /// Where a connection wanted to go before the firewall sent it here. Read only.
        #[cfg(target_os = "linux")]
        SO_ORIGINAL_DST, get SocketAddrV4 = |s| Ok(rx::ip_original_dst(s)?);
    }

    /// The level of IPv6: [ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html).
    IPPROTO_IPV6 {
        /// Joins a multicast group: the group, and the interface by its number (0 lets the kernel
        /// choose). Python's IPV6_JOIN_GROUP. Set only.
        IPV6_ADD_MEMBERSHIP, set (Ipv6Addr, u32) = |s, (group, interface)| Ok(rx::set_ipv6_add_membership(s, &group, interface)?);
        /// Leaves a multicast group: group, interface. Python's IPV6_LEAVE_GROUP. Set only.
        IPV6_DROP_MEMBERSHIP, set (Ipv6Addr, u32) = |s, (group, interface)| Ok(rx::set_ipv6_drop_membership(s, &group, interface)?);
        /// As IP_FREEBIND.
        #[cfg(target_os = "linux")]
        IPV6_FREEBIND, get bool = |s| Ok(rx::ipv6_freebind(s)?), set bool = |s, v| Ok(rx::set_ipv6_freebind(s, v)?),
            example [tcp6: true];
        /// As IP_MTU. Read only.
        #[cfg(target_os = "linux")]
        IPV6_MTU, get u32 = |s| Ok(rx::ipv6_mtu(s)?);
        /// As IP_MTU_DISCOVER, with the same numbers.
        #[cfg(target_os = "linux")]
        IPV6_MTU_DISCOVER, get i32 = |s| Ok(rx::ipv6_mtu_discover(s)?.as_raw()),
            set i32 = |s, v| Ok(rx::set_ipv6_mtu_discover(s, rx::Ipv6PathMtuDiscovery::from_raw(v))?),
            example [udp6: IP_PMTUDISC_DO];
        /// As IP_MULTICAST_ALL.
        #[cfg(target_os = "linux")]
        IPV6_MULTICAST_ALL, get bool = |s| SockRef::from(s).multicast_all_v6(), set bool = |s, v| SockRef::from(s).set_multicast_all_v6(v),
            example [udp6: false];
        /// How many routers multicast may pass, 0 to 255.
        IPV6_MULTICAST_HOPS, get u32 = |s| Ok(rx::ipv6_multicast_hops(s)?), set u32 = |s, v| Ok(rx::set_ipv6_multicast_hops(s, v)?),
            example [udp6: 4];
        /// The interface for outgoing multicast, by its number; 0 for any.
        IPV6_MULTICAST_IF, get u32 = |s| Ok(rx::ipv6_multicast_if(s)?), set u32 = |s, v| Ok(rx::set_ipv6_multicast_if(s, v)?),
            example [udp6: reads 0];
        /// Whether outgoing multicast comes back to this machine.
        IPV6_MULTICAST_LOOP, get bool = |s| Ok(rx::ipv6_multicast_loop(s)?), set bool = |s, v| Ok(rx::set_ipv6_multicast_loop(s, v)?),
            example [udp6: false];
        /// Whether the hop limit comes with each datagram, as ancillary data.
        #[cfg(unix)]
        IPV6_RECVHOPLIMIT, get bool = |s| SockRef::from(s).recv_hoplimit_v6(), set bool = |s, v| SockRef::from(s).set_recv_hoplimit_v6(v),
            example [udp6: true];
        /// Whether the traffic class comes with each datagram, as ancillary data.
        #[cfg(unix)]
        IPV6_RECVTCLASS, get bool = |s| Ok(rx::ipv6_recvtclass(s)?), set bool = |s, v| Ok(rx::set_ipv6_recvtclass(s, v)?),
            example [udp6: true];
        /// The traffic class of outgoing packets, 0 to 255.
        #[cfg(unix)]
        IPV6_TCLASS, get u32 = |s| Ok(rx::ipv6_tclass(s)?), set u32 = |s, v| Ok(rx::set_ipv6_tclass(s, v)?), example [tcp6: 16];
        /// As IP_TRANSPARENT.
        #[cfg(target_os = "linux")]
        IPV6_TRANSPARENT, get bool = |s| SockRef::from(s).ip_transparent_v6(), set bool = |s, v| SockRef::from(s).set_ip_transparent_v6(v),
            example [tcp6: reads false];
        /// How many routers a packet may pass, 0 to 255; set `None` for the system's default.
        IPV6_UNICAST_HOPS, get u8 = |s| Ok(rx::ipv6_unicast_hops(s)?), set Option<u8> = |s, v| Ok(rx::set_ipv6_unicast_hops(s, v)?),
            example [tcp6: Some(42) => 42];
        /// Whether the socket is for IPv6 only; else IPv4 callers come as `::ffff:127.0.0.1`.
        IPV6_V6ONLY, get bool = |s| Ok(rx::ipv6_v6only(s)?), set bool = |s, v| Ok(rx::set_ipv6_v6only(s, v)?),
            example [tcp6: true];
        /// As SO_ORIGINAL_DST. Read only.
        #[cfg(target_os = "linux")]
        IP6T_SO_ORIGINAL_DST, get SocketAddrV6 = |s| Ok(rx::ipv6_original_dst(s)?);
    }

    /// The level of TCP: [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html).
    IPPROTO_TCP {
        /// The name of the congestion control: `"cubic"`, `"reno"` …; ENOENT for an unknown one.
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        TCP_CONGESTION, get String = |s| Ok(rx::tcp_congestion(s)?), set &'a str = |s, v| Ok(rx::set_tcp_congestion(s, v)?),
            example [tcp: "reno"];
        /// Whether only full segments are sent, until it is set to false again.
        #[cfg(target_os = "linux")]
        TCP_CORK, get bool = |s| Ok(rx::tcp_cork(s)?), set bool = |s, v| Ok(rx::set_tcp_cork(s, v)?), example [tcp: true];
        /// How many keep-alive probes may stay without an answer, 1 to 127.
        TCP_KEEPCNT, get u32 = |s| Ok(rx::tcp_keepcnt(s)?), set u32 = |s, v| Ok(rx::set_tcp_keepcnt(s, v)?),
            example [tcp: 3];
        /// How long the connection is silent before the first probe, in whole seconds, rounded up;
        /// 1 s to 32,767 s.
        TCP_KEEPIDLE, get Duration = |s| Ok(rx::tcp_keepidle(s)?), set Duration = |s, v| Ok(rx::set_tcp_keepidle(s, v)?),
            example [tcp: Duration::from_secs(60)];
        /// How long between probes, in whole seconds, rounded up; 1 s to 32,767 s.
        TCP_KEEPINTVL, get Duration = |s| Ok(rx::tcp_keepintvl(s)?), set Duration = |s, v| Ok(rx::set_tcp_keepintvl(s, v)?),
            example [tcp: Duration::from_secs(10)];
        /// The most data in one segment, in bytes.
        #[cfg(unix)]
        TCP_MAXSEG, get u32 = |s| SockRef::from(s).tcp_mss(), set u32 = |s, v| SockRef::from(s).set_tcp_mss(v),
            example [tcp: 1000 => 1000.min(socket.getsockopt(IPPROTO_TCP, TCP_MAXSEG)?)];
        /// Whether small pieces are sent at once, without waiting for more (Nagle's algorithm off).
        TCP_NODELAY, get bool = |s| Ok(rx::tcp_nodelay(s)?), set bool = |s, v| Ok(rx::set_tcp_nodelay(s, v)?),
            example [tcp: true];
        /// The socket counts as writable only while fewer bytes than this are not sent yet.
        #[cfg(target_os = "linux")]
        TCP_NOTSENT_LOWAT, get u32 = |s| SockRef::from(s).tcp_notsent_lowat(), set u32 = |s, v| SockRef::from(s).set_tcp_notsent_lowat(v),
            example [tcp: 16384];
        /// Whether acknowledgements are sent at once. Not lasting: the kernel goes back by itself.
        #[cfg(target_os = "linux")]
        TCP_QUICKACK, get bool = |s| Ok(rx::tcp_quickack(s)?), set bool = |s, v| Ok(rx::set_tcp_quickack(s, v)?),
            example [tcp: true];
        /// Whether a thin stream repeats lost segments at even intervals.
        #[cfg(target_os = "linux")]
        TCP_THIN_LINEAR_TIMEOUTS, get bool = |s| Ok(rx::tcp_thin_linear_timeouts(s)?), set bool = |s, v| Ok(rx::set_tcp_thin_linear_timeouts(s, v)?),
            example [tcp: true];
        /// How long sent data may stay without acknowledgement before the connection is given up
        /// (ETIMEDOUT), in milliseconds; 0 for the system's default.
        #[cfg(target_os = "linux")]
        TCP_USER_TIMEOUT, get u32 = |s| Ok(rx::tcp_user_timeout(s)?), set u32 = |s, v| Ok(rx::set_tcp_user_timeout(s, v)?),
            example [tcp: 30_000];
    }
}
