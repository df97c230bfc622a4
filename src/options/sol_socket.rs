//! The rows of SOL_SOCKET.

use std::num::NonZeroU32;
use std::time::Duration;

use rustix::net::sockopt as rx;
use socket2::SockRef;

use super::*;
use crate::errno::Errno;
use crate::kinds::{AddressFamily, Protocol, SocketKind};

options! {
    /// The level of options that all sockets have.
    SOL_SOCKET(socket) {
        /// Whether the socket listens.
        SO_ACCEPTCONN on not_apple, get bool = |s| Ok(rx::socket_acceptconn(s)?), example [tcp: reads false];
        /// A packet filter that decides what the socket receives: a program of classic BPF, of 1 to
        /// 4,096 instructions, else EINVAL. It returns how many bytes of a packet are kept; 0 drops
        /// the packet.
        ///
        /// ```
        /// use socketbook::{SO_ATTACH_FILTER, SOL_SOCKET, SockFilter, Socket};
        ///
        /// const RETURN: u16 = 0x06; // BPF_RET | BPF_K
        /// let nothing = [SockFilter { code: RETURN, jt: 0, jf: 0, k: 0 }];
        /// Socket::udp()?.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, &nothing)?;
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        SO_ATTACH_FILTER on linux, set &'a [SockFilter] = super::values::attach_filter;
        /// The only network interface that the socket uses, by its name; `None`, the default, for
        /// any. Changing it once it is set needs CAP_NET_RAW.
        SO_BINDTODEVICE on linux,
            get Option<String> = |s| Ok(SockRef::from(s).device()?.map(|v| String::from_utf8_lossy(&v).into_owned())),
            set Option<&'a str> = |s, v| SockRef::from(s).bind_device(v.map(str::as_bytes)),
            example [udp: Some("lo") => Some("lo".to_string())];
        /// The only network interface that the socket uses, by its number; 0, the default, for any.
        /// Changing it once it is set needs CAP_NET_RAW.
        SO_BINDTOIFINDEX on linux,
            get u32 = |s| Ok(SockRef::from(s).device_index_v4()?.map_or(0, NonZeroU32::get)),
            set u32 = |s, v| SockRef::from(s).bind_device_by_index_v4(NonZeroU32::new(v)),
            example [udp: reads 0];
        /// Whether datagrams may be sent to a broadcast address; without it, the default, that is
        /// EACCES.
        SO_BROADCAST, get bool = |s| Ok(rx::socket_broadcast(s)?), set bool = |s, v| Ok(rx::set_socket_broadcast(s, v)?),
            example [udp: true];
        /// How long a receive that finds nothing polls the network card before it sleeps, in
        /// microseconds. Raising it needs CAP_NET_ADMIN. The default is
        /// `/proc/sys/net/core/busy_read`, 0.
        SO_BUSY_POLL on linux, get u32 = |s| SockRef::from(s).busy_poll(), set u32 = |s, v| SockRef::from(s).set_busy_poll(v),
            example [udp: reads 0];
        /// A number that no other socket of this system has.
        ///
        /// ```
        /// use socketbook::{SO_COOKIE, SOL_SOCKET, socketpair};
        ///
        /// let (a, b) = socketpair()?;
        /// assert_ne!(a.getsockopt(SOL_SOCKET, SO_COOKIE)?, b.getsockopt(SOL_SOCKET, SO_COOKIE)?);
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        SO_COOKIE on linux, get u64 = |s| Ok(rx::socket_cookie(s)?);
        /// Whether the kernel records debugging information. Setting it to true needs
        /// CAP_NET_ADMIN, else EACCES.
        SO_DEBUG on linux, both bool, example [tcp: false];
        /// Removes the filter of [`SO_ATTACH_FILTER`]; ENOENT if there is none.
        SO_DETACH_FILTER on linux, set () = |s, ()| SockRef::from(s).detach_filter();
        /// The address family.
        SO_DOMAIN on linux_freebsd, get AddressFamily = |s| Ok(rx::socket_domain(s)?.as_raw().into()), example [tcp: reads AF_INET];
        /// Whether packets go only to peers on a directly connected network; any other is ENETUNREACH.
        /// The flag MSG_DONTROUTE is the same for one message.
        SO_DONTROUTE on linux, both bool, example [udp: true];
        /// The error that is pending on the socket, 0 for none. Reading it clears it.
        SO_ERROR, get Errno = |s| Ok(Errno::from_raw(rx::socket_error(s)?.map_or_else(|errno| errno.raw_os_error(), |()| 0))),
            example [tcp: reads 0];
        /// The processor that handles the socket's packets; `u32::MAX` as long as there is none.
        SO_INCOMING_CPU on linux, get u32 = |s| Ok(rx::socket_incoming_cpu(s)?), set u32 = |s, v| Ok(rx::set_socket_incoming_cpu(s, v)?),
            example [tcp: 0];
        /// Whether a TCP connection is probed when it is silent, so that a peer that vanished is
        /// noticed (ETIMEDOUT). TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT set when and how often.
        SO_KEEPALIVE, get bool = |s| Ok(rx::socket_keepalive(s)?), set bool = |s, v| Ok(rx::set_socket_keepalive(s, v)?),
            example [tcp: true];
        /// How long `close` waits until everything is sent and acknowledged, in whole seconds,
        /// rounded up. With `None`, the default, `close` doesn't wait and the kernel sends the rest
        /// in the background. Zero resets the connection.
        SO_LINGER, get Option<Duration> = |s| Ok(rx::socket_linger(s)?), set Option<Duration> = |s, v| Ok(rx::set_socket_linger(s, v)?),
            example [tcp: Some(Duration::from_secs(5))];
        /// A mark on each packet that is sent, for routing and firewalls. Setting it needs
        /// CAP_NET_ADMIN.
        SO_MARK on linux, get u32 = |s| SockRef::from(s).mark(), set u32 = |s, v| SockRef::from(s).set_mark(v),
            example [tcp: reads 0];
        /// Whether urgent data (MSG_OOB) stays in the stream, among the other bytes.
        SO_OOBINLINE, get bool = |s| Ok(rx::socket_oobinline(s)?), set bool = |s, v| Ok(rx::set_socket_oobinline(s, v)?),
            example [tcp: true];
        /// Whether the messages of a Unix socket come with their sender's credentials, as ancillary
        /// data.
        SO_PASSCRED on linux, get bool = |s| Ok(rx::socket_passcred(s)?), set bool = |s, v| Ok(rx::set_socket_passcred(s, v)?),
            example [unix: true];
        /// Whether the messages of a Unix socket come with their sender's security label (SELinux),
        /// as ancillary data.
        SO_PASSSEC on linux, both bool, example [unix: true];
        /// The process, user and group that made the other end of a Unix connection: those that
        /// called `connect`, `listen` or `socketpair`.
        ///
        /// The process is 0 if it is not visible from here (in another PID namespace). On a socket
        /// without such a peer, as TCP, it is 0 too, and user and group are `u32::MAX`.
        ///
        /// ```
        /// use socketbook::{SO_PEERCRED, SOL_SOCKET, socketpair};
        ///
        /// let (a, _b) = socketpair()?;
        /// assert_eq!(a.getsockopt(SOL_SOCKET, SO_PEERCRED)?.pid as u32, std::process::id());
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        SO_PEERCRED on linux, get PeerCred = |s| {
            let peer = super::extra::get(s, super::extra::SO_PEERCRED)?;
            Ok(PeerCred { pid: peer.pid(), uid: peer.uid(), gid: peer.gid() })
        };
        /// The priority of each packet that is sent, 0 to 6; more needs CAP_NET_ADMIN. The default
        /// is 0.
        SO_PRIORITY on linux, get u32 = |s| SockRef::from(s).priority(), set u32 = |s, v| SockRef::from(s).set_priority(v),
            example [tcp: 6];
        /// The protocol.
        SO_PROTOCOL on linux_freebsd, get Protocol = |s| Ok(Protocol::from(rx::socket_protocol(s)?.map_or(0, |v| v.as_raw().get() as i32))),
            example [tcp: reads Protocol::from(IPPROTO_TCP)];
        /// The size of the receive buffer, in bytes. The kernel doubles what it is given, for its
        /// own bookkeeping, and reads back the double. The maximum that can be given is
        /// `/proc/sys/net/core/rmem_max`, the default `rmem_default` beside it, for TCP the second
        /// number of `/proc/sys/net/ipv4/tcp_rmem`.
        SO_RCVBUF, get usize = |s| Ok(rx::socket_recv_buffer_size(s)?), set usize = |s, v| Ok(rx::set_socket_recv_buffer_size(s, v)?),
            example [tcp: 8192 => if cfg!(target_os = "linux") { 16384 } else { 8192 }];
        /// [`SO_RCVBUF`] beyond its maximum. Needs CAP_NET_ADMIN.
        SO_RCVBUFFORCE on linux, set usize = |s, v| Ok(rx::set_socket_recv_buffer_size_force(s, v)?);
        /// How many bytes must be there before a stream counts as readable, for `select` and for a
        /// receive that has to wait; 1 at least, and the default. What is there already is
        /// received, however little, when the socket has a timeout or never waits.
        SO_RCVLOWAT on linux, both u32, example [tcp: 100];
        /// The kernel's own timeout of receives: late by up to a tick, and restarted by each
        /// signal. Use [`settimeout`](crate::Socket::settimeout) instead. `None`, the default, for no
        /// timeout; zero is EINVAL.
        SO_RCVTIMEO, get Option<Duration> = |s| Ok(rx::socket_timeout(s, rx::Timeout::Recv)?),
            set Option<Duration> = |s, v| Ok(rx::set_socket_timeout(s, rx::Timeout::Recv, v)?),
            example [tcp: Some(Duration::from_secs(2))];
        /// Whether `bind` takes an address that an old connection in TIME_WAIT still has.
        SO_REUSEADDR, get bool = |s| Ok(rx::socket_reuseaddr(s)?), set bool = |s, v| Ok(rx::set_socket_reuseaddr(s, v)?),
            example [tcp: true];
        /// Whether several sockets of one user may bind the same address. The kernel spreads
        /// connections and datagrams over them.
        SO_REUSEPORT on unix, get bool = |s| Ok(rx::socket_reuseport(s)?), set bool = |s, v| Ok(rx::set_socket_reuseport(s, v)?),
            example [tcp: true];
        /// Whether datagrams come with the number of those that were dropped since the socket was
        /// made for lack of room, as ancillary data.
        SO_RXQ_OVFL on linux, get bool = |s| Ok(super::extra::get(s, super::extra::SO_RXQ_OVFL)? != 0), set bool = |s, v| super::extra::set(s, super::extra::SO_RXQ_OVFL, v.into()),
            example [udp: true];
        /// The size of the send buffer, in bytes, doubled like [`SO_RCVBUF`]. The maximum that can
        /// be given is `/proc/sys/net/core/wmem_max`, the default `wmem_default` beside it, for TCP
        /// the second number of `/proc/sys/net/ipv4/tcp_wmem`.
        SO_SNDBUF, get usize = |s| Ok(rx::socket_send_buffer_size(s)?), set usize = |s, v| Ok(rx::set_socket_send_buffer_size(s, v)?),
            example [tcp: 8192 => if cfg!(target_os = "linux") { 16384 } else { 8192 }];
        /// [`SO_SNDBUF`] beyond its maximum. Needs CAP_NET_ADMIN.
        SO_SNDBUFFORCE on linux, set usize = |s, v| Ok(rx::set_socket_send_buffer_size_force(s, v)?);
        /// How many bytes must fit before the socket counts as writable. Linux always reads 1.
        SO_SNDLOWAT on linux, get u32 = |s| super::extra::get(s, super::extra::SO_SNDLOWAT), example [tcp: reads 1];
        /// The kernel's own timeout of sends. It behaves like [`SO_RCVTIMEO`].
        SO_SNDTIMEO, get Option<Duration> = |s| Ok(rx::socket_timeout(s, rx::Timeout::Send)?),
            set Option<Duration> = |s, v| Ok(rx::set_socket_timeout(s, rx::Timeout::Send, v)?),
            example [tcp: Some(Duration::from_secs(2))];
        /// Whether datagrams come with the time at which they arrived, in microseconds, as ancillary
        /// data. Turns [`SO_TIMESTAMPNS`] off.
        SO_TIMESTAMP on linux, both bool, example [udp: true];
        /// Whether datagrams come with the time at which they arrived, in nanoseconds, as ancillary
        /// data. Turns [`SO_TIMESTAMP`] off.
        SO_TIMESTAMPNS on linux, both bool, example [udp: true];
        /// The kind.
        SO_TYPE, get SocketKind = |s| Ok(SocketKind::from(rx::socket_type(s)?.as_raw() as i32)),
            example [udp: reads SOCK_DGRAM];
    }
}
