//! The rows of IPPROTO_TCP.

use std::time::Duration;

use rustix::net::sockopt as rx;
use socket2::SockRef;

use super::table::{fits, whole_seconds};
use super::*;

options! {
    /// The level of options of TCP.
    IPPROTO_TCP(tcp) {
        /// The name of the congestion control: `"cubic"`, `"reno"` …; ENOENT for an unknown one. The
        /// default is `/proc/sys/net/ipv4/tcp_congestion_control`.
        TCP_CONGESTION on linux_freebsd, get String = |s| Ok(rx::tcp_congestion(s)?), set &'a str = |s, v| Ok(rx::set_tcp_congestion(s, v)?),
            example [tcp: "reno"];
        /// Whether only full segments are sent, until it is set to false again. What has waited for
        /// 200 ms is sent nevertheless.
        TCP_CORK on linux, get bool = |s| Ok(rx::tcp_cork(s)?), set bool = |s, v| Ok(rx::set_tcp_cork(s, v)?), example [tcp: true];
        /// How long a connection may take until its first data arrives: `accept` returns it only
        /// then. In whole seconds, rounded up; zero, the default, for at once. The kernel counts in
        /// retransmissions, and reads back the sum of so many of their timeouts.
        TCP_DEFER_ACCEPT on linux, get Duration = |s| Ok(Duration::from_secs(super::extra::get(s, super::extra::TCP_DEFER_ACCEPT)?.into())),
            set Duration = |s, v| super::extra::set(s, super::extra::TCP_DEFER_ACCEPT, whole_seconds(v)?),
            example [tcp: Duration::from_secs(5) => Duration::from_secs(7)];
        /// How many connections whose first data came with the SYN may wait for `accept` (TCP Fast
        /// Open, [RFC 7413](https://www.rfc-editor.org/rfc/rfc7413)). 0, the default, for none. Only
        /// before or after `listen`, else EINVAL; `/proc/sys/net/ipv4/tcp_fastopen` must allow it.
        TCP_FASTOPEN on linux, both u32, example [tcp: 16];
        /// Whether `connect` waits for the first `send`, whose data then goes with the SYN, if the
        /// server has granted that before. Only before `connect`, else EINVAL.
        TCP_FASTOPEN_CONNECT on linux, both bool, example [tcp: true];
        /// The secret key of the cookies by which a server with [`TCP_FASTOPEN`] recognises its
        /// clients. By default the key is the system's.
        ///
        /// ```
        /// use socketbook::{IPPROTO_TCP, Socket, TCP_FASTOPEN_KEY};
        ///
        /// let secret = *b"sixteen bytes !!";
        /// Socket::tcp()?.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_KEY, secret)?;
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        TCP_FASTOPEN_KEY on linux, set [u8; 16] = |s, v| super::extra::set(s, super::extra::TCP_FASTOPEN_KEY, v);
        /// Whether a server with [`TCP_FASTOPEN`] takes data with the SYN without a cookie, that is
        /// from addresses that may be forged.
        TCP_FASTOPEN_NO_COOKIE on linux, both bool, example [tcp: true];
        /// The connection as the kernel sees it: its state, round-trip time, congestion window and
        /// more.
        ///
        /// ```
        /// use socketbook::{IPPROTO_TCP, Socket, TCP_INFO, TcpState};
        ///
        /// let server = Socket::tcp()?;
        /// server.bind(("127.0.0.1", 0))?;
        /// server.listen(1)?;
        /// let client = Socket::tcp()?;
        /// client.connect(server.getsockname()?)?;
        ///
        /// let info = client.getsockopt(IPPROTO_TCP, TCP_INFO)?;
        /// assert_eq!(info.state, TcpState::Established);
        /// let window = info.snd_cwnd * info.snd_mss;
        /// println!("{:?} a round trip, at most {window} bytes unacknowledged", info.rtt);
        /// # assert!(window > 0 && !info.rtt.is_zero());
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        TCP_INFO on linux, get TcpInfo = |s| Ok(super::extra::get(s, super::extra::TCP_INFO)?.into());
        /// Whether a receive comes with the number of bytes that are left in the queue, as
        /// ancillary data.
        TCP_INQ on linux, both bool, example [tcp: true];
        /// How many keep-alive probes in a row may go unanswered, 1 to 127. The default is
        /// `/proc/sys/net/ipv4/tcp_keepalive_probes`, 9.
        TCP_KEEPCNT, get u32 = |s| Ok(rx::tcp_keepcnt(s)?), set u32 = |s, v| Ok(rx::set_tcp_keepcnt(s, v)?),
            example [tcp: 3];
        /// How long the connection is silent before the first keep-alive probe, in whole seconds,
        /// rounded up; 1 s to 32,767 s. The default is `/proc/sys/net/ipv4/tcp_keepalive_time`, two
        /// hours.
        TCP_KEEPIDLE, get Duration = |s| Ok(rx::tcp_keepidle(s)?), set Duration = |s, v| Ok(rx::set_tcp_keepidle(s, v)?),
            example [tcp: Duration::from_secs(60)];
        /// The time between two keep-alive probes, in whole seconds, rounded up; 1 s to 32,767 s. The
        /// default is `/proc/sys/net/ipv4/tcp_keepalive_intvl`, 75 s.
        TCP_KEEPINTVL, get Duration = |s| Ok(rx::tcp_keepintvl(s)?), set Duration = |s, v| Ok(rx::set_tcp_keepintvl(s, v)?),
            example [tcp: Duration::from_secs(10)];
        /// How long a closed connection waits for the peer to close too (state FIN_WAIT2), in whole
        /// seconds, rounded up, 120 at most; `Some` of zero sets the default,
        /// `/proc/sys/net/ipv4/tcp_fin_timeout`, 60 s. `None` drops the connection without waiting.
        TCP_LINGER2 on linux,
            get Option<Duration> = |s| {
                let seconds = super::extra::get(s, super::extra::TCP_LINGER2)?;
                Ok(seconds.try_into().ok().map(Duration::from_secs))
            },
            set Option<Duration> = |s, v| super::extra::set(s, super::extra::TCP_LINGER2, match v {
                Some(time) => whole_seconds(time)? as i32,
                None => -1,
            }),
            example [tcp: Some(Duration::from_secs(10))];
        /// The most data in one segment, in bytes, 88 to 32,767. Reads as the segment size in use.
        TCP_MAXSEG on unix, get u32 = |s| SockRef::from(s).tcp_mss(), set u32 = |s, v| SockRef::from(s).set_tcp_mss(v),
            example [tcp: 1000 => 1000.min(socket.getsockopt(IPPROTO_TCP, TCP_MAXSEG)?)];
        /// Whether small pieces are sent at once, instead of waiting to be joined with more (Nagle's
        /// algorithm).
        TCP_NODELAY, get bool = |s| Ok(rx::tcp_nodelay(s)?), set bool = |s, v| Ok(rx::set_tcp_nodelay(s, v)?),
            example [tcp: true];
        /// The socket counts as writable only while fewer bytes than this wait to be sent. The
        /// default is `/proc/sys/net/ipv4/tcp_notsent_lowat`, no limit.
        TCP_NOTSENT_LOWAT on linux, get u32 = |s| SockRef::from(s).tcp_notsent_lowat(), set u32 = |s, v| SockRef::from(s).set_tcp_notsent_lowat(v),
            example [tcp: 16384];
        /// The sequence number of the queue that [`TCP_REPAIR_QUEUE`] chose; EINVAL without one. Set
        /// before the connection is made, it is where the connection will start; on a connection that is EPERM.
        TCP_QUEUE_SEQ on linux, both u32;
        /// Whether acknowledgements are sent at once. It doesn't last: the kernel returns to delayed
        /// ones by itself.
        TCP_QUICKACK on linux, get bool = |s| Ok(rx::tcp_quickack(s)?), set bool = |s, v| Ok(rx::set_tcp_quickack(s, v)?),
            example [tcp: true];
        /// Whether the connection is under repair: its queues and numbers can be read and written,
        /// nothing is sent, and `close` leaves the peer unaware. For moving connections between
        /// machines. Needs CAP_NET_ADMIN, else EPERM.
        TCP_REPAIR on linux, get bool = |s| Ok(super::extra::get(s, super::extra::TCP_REPAIR)? == 1), set bool = |s, v| super::extra::set(s, super::extra::TCP_REPAIR, v.into());
        /// Which queue of a connection under [`TCP_REPAIR`] is read and written: 0 for none, 1 for
        /// what was received, 2 for what is to be sent. Without TCP_REPAIR, reading it is EINVAL and
        /// setting it EPERM.
        TCP_REPAIR_QUEUE on linux, both u32;
        /// How many SYNs in all `connect` sends again before it gives up (ETIMEDOUT), 1 to 127. The
        /// default is `/proc/sys/net/ipv4/tcp_syn_retries`, 6, which is about two minutes.
        TCP_SYNCNT on linux, both u32, example [tcp: 3];
        /// Whether a stream that sends little repeats lost segments at even intervals, instead of
        /// doubling them.
        TCP_THIN_LINEAR_TIMEOUTS on linux, get bool = |s| Ok(rx::tcp_thin_linear_timeouts(s)?), set bool = |s, v| Ok(rx::set_tcp_thin_linear_timeouts(s, v)?),
            example [tcp: true];
        /// The clock of the connection's timestamps, in milliseconds (microseconds in some kernels)
        /// from an arbitrary beginning. Setting it outside [`TCP_REPAIR`] is EPERM.
        TCP_TIMESTAMP on linux, both u32;
        /// By how much every packet is delayed before it is sent, to try how a program behaves on a
        /// long way. In microseconds, rounded up; zero by default. Source: `linux/tcp.h`.
        TCP_TX_DELAY on linux, get Duration = |s| Ok(Duration::from_micros(super::extra::get(s, super::extra::TCP_TX_DELAY)?.into())),
            set Duration = |s, v| super::extra::set(s, super::extra::TCP_TX_DELAY, fits(v.as_nanos().div_ceil(1000).try_into().unwrap_or(u64::MAX))?),
            example [tcp: reads Duration::ZERO];
        /// The protocol that the kernel lays on top of the connection, by its name: `"tls"`. ENOENT
        /// for an unknown one, ENOTCONN before the connection is made. Source:
        /// [Kernel TLS](https://docs.kernel.org/networking/tls.html).
        TCP_ULP on linux, set &'a str = |s, v| super::extra::set(s, super::extra::TCP_ULP::default(), v);
        /// How long sent data may stay unacknowledged before the connection is given up (ETIMEDOUT),
        /// in milliseconds; 0, the default, for the system's own limit, some 15 minutes.
        TCP_USER_TIMEOUT on linux, get u32 = |s| Ok(rx::tcp_user_timeout(s)?), set u32 = |s, v| Ok(rx::set_tcp_user_timeout(s, v)?),
            example [tcp: 30_000];
        /// The largest window that is offered to the peer, in bytes; 0 for no limit. Smaller numbers
        /// than half of the smallest receive buffer count as that.
        TCP_WINDOW_CLAMP on linux, both u32, example [tcp: 10_000];
    }
}
