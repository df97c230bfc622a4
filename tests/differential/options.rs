//! Options by name: what `getsockopt` and `setsockopt` take as words here, with the crate's types.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use socketbook::*;

use super::outcome::Value;
use super::script::Call;

/// How a value of an option is shown.
trait Shown {
    fn shown(self) -> Value;
}

/// How a value of an option is read from the words of a script.
trait Given<'a>: Sized {
    fn given(call: &'a Call) -> Self;
}

macro_rules! as_value {
    ($($type:ty, $value:ident => $shown:expr;)*) => {
        $(impl Shown for $type {
            fn shown(self) -> Value {
                let $value = self;
                $shown
            }
        })*
    };
}

as_value! {
    bool, v => Value::Bool(v);
    u8, v => Value::Int(v.into());
    u32, v => Value::Int(v.into());
    i32, v => Value::Int(v.into());
    usize, v => Value::Int(v as i64);
    Protocol, v => Value::Int(i32::from(v).into());
    Errno, v => Value::Code(v);
    Duration, v => Value::Seconds(Some(v));
    Option<Duration>, v => Value::Seconds(v);
    SocketKind, v => Value::Word(format!("{v:?}"));
    AddressFamily, v => Value::Word(format!("{v:?}"));
    Ipv4Addr, v => Value::Word(v.to_string());
    String, v => Value::Word(v);
    Option<String>, v => Value::Word(v.unwrap_or_default());
    Option<u32>, v => Value::Word(v.map_or("none".to_owned(), |v| v.to_string()));
    u64, v => Value::Word(if v == 0 { "none" } else { "a cookie" }.to_owned());
    PeerCred, v => {
        let own = v.pid as u32 == std::process::id();
        let pid = if own { "own".to_owned() } else { v.pid.to_string() };
        Value::Word(format!("{pid} {} {}", v.uid, v.gid))
    };
    TcpInfo, v => Value::Word(format!(
        "{:?} {:?} retransmits {} mss {} {} unacked {} sacked {} pmtu {} ssthresh {} cwnd {} advmss {} reordering {} retrans {}",
        v.state, v.ca_state, v.retransmits, v.snd_mss, v.rcv_mss, v.unacked, v.sacked, v.pmtu,
        v.snd_ssthresh.map_or("none".to_owned(), |v| v.to_string()), v.snd_cwnd, v.advmss, v.reordering, v.total_retrans
    ));
}

macro_rules! from_words {
    ($($type:ty, $call:ident => $given:expr;)*) => {
        $(impl<'a> Given<'a> for $type {
            fn given($call: &'a Call) -> Self {
                $given
            }
        })*
    };
}

from_words! {
    bool, call => call.word(1).parse().unwrap();
    u8, call => call.word(1).parse().unwrap();
    u32, call => call.word(1).parse().unwrap();
    i32, call => call.word(1).parse().unwrap();
    usize, call => call.word(1).parse().unwrap();
    Option<u8>, call => Some(call.word(1).parse().unwrap());
    Duration, call => Duration::from_secs_f64(call.word(1).parse().unwrap());
    Option<Duration>, call => match call.word(1) {
        "none" => None,
        seconds => Some(Duration::from_secs_f64(seconds.parse().unwrap())),
    };
    Ipv4Addr, call => call.text(1).parse().unwrap();
    &'a str, call => call.text(1);
    Option<&'a str>, call => Some(call.text(1)).filter(|name| !name.is_empty());
    (Ipv4Addr, Ipv4Addr), call => (call.text(1).parse().unwrap(), call.text(2).parse().unwrap());
    (Ipv4Addr, Ipv4Addr, Ipv4Addr), call => (
        call.text(1).parse().unwrap(), call.text(2).parse().unwrap(), call.text(3).parse().unwrap()
    );
    [u8; 16], call => call.text(1).as_bytes().try_into().unwrap();
    (Ipv6Addr, u32), call => (call.text(1).parse().unwrap(), call.word(2).parse().unwrap());
}

fn get<O: GetOption>(socket: &Socket, level: O::Level, option: O) -> Result<Value>
where
    O::Value: Shown,
{
    socket.getsockopt(level, option).map(Shown::shown)
}

fn set<'a, O: SetOption>(
    socket: &Socket,
    level: O::Level,
    option: O,
    call: &'a Call,
) -> Result<Value>
where
    O::Value<'a>: Given<'a>,
{
    let value = Given::given(call);
    socket
        .setsockopt(level, option, value)
        .map(|()| Value::Done)
}

macro_rules! table {
    ($($level:ident: read [$($read:ident)*] set [$($write:ident)*];)*) => {
        pub fn getsockopt(socket: &Socket, call: &Call) -> Result<Value> {
            match call.word(0) {
                $($(stringify!($read) => get(socket, $level, $read),)*)*
                other => panic!("{other} is not in the table of options.rs"),
            }
        }

        pub fn setsockopt(socket: &Socket, call: &Call) -> Result<Value> {
            match call.word(0) {
                $($(stringify!($write) => set(socket, $level, $write, call),)*)*
                other => panic!("{other} is not in the table of options.rs"),
            }
        }
    };
}

table! {
    SOL_SOCKET:
        read [SO_ACCEPTCONN SO_BINDTODEVICE SO_BINDTOIFINDEX SO_BROADCAST SO_BUSY_POLL SO_COOKIE SO_DEBUG SO_DOMAIN
            SO_DONTROUTE SO_ERROR SO_INCOMING_CPU SO_KEEPALIVE SO_LINGER SO_MARK SO_OOBINLINE SO_PASSCRED SO_PASSSEC
            SO_PEERCRED SO_PRIORITY SO_PROTOCOL SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_RXQ_OVFL
            SO_SNDBUF SO_SNDLOWAT SO_SNDTIMEO SO_TIMESTAMP SO_TIMESTAMPNS SO_TYPE]
        set [SO_BINDTODEVICE SO_BINDTOIFINDEX SO_BROADCAST SO_DONTROUTE SO_INCOMING_CPU SO_KEEPALIVE SO_LINGER SO_OOBINLINE
            SO_PASSCRED SO_PASSSEC SO_PRIORITY SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_RXQ_OVFL
            SO_SNDBUF SO_SNDTIMEO SO_TIMESTAMP SO_TIMESTAMPNS];
    IPPROTO_IP:
        read [IP_BIND_ADDRESS_NO_PORT IP_FREEBIND IP_HDRINCL IP_MTU IP_MTU_DISCOVER IP_MULTICAST_ALL IP_MULTICAST_IF
            IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_PKTINFO IP_RECVERR IP_RECVOPTS IP_RECVTOS IP_RECVTTL IP_RETOPTS IP_TOS
            IP_TRANSPARENT IP_TTL]
        set [IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_BIND_ADDRESS_NO_PORT IP_BLOCK_SOURCE IP_DROP_MEMBERSHIP
            IP_DROP_SOURCE_MEMBERSHIP IP_FREEBIND IP_HDRINCL IP_MTU_DISCOVER IP_MULTICAST_ALL IP_MULTICAST_IF
            IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_PKTINFO IP_RECVERR IP_RECVOPTS IP_RECVTOS IP_RECVTTL IP_RETOPTS IP_TOS
            IP_TTL IP_UNBLOCK_SOURCE];
    IPPROTO_IPV6:
        read [IPV6_CHECKSUM IPV6_DONTFRAG IPV6_FREEBIND IPV6_MTU IPV6_MTU_DISCOVER IPV6_MULTICAST_ALL IPV6_MULTICAST_HOPS
            IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_PATHMTU IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVHOPLIMIT
            IPV6_RECVHOPOPTS IPV6_RECVPATHMTU IPV6_RECVPKTINFO IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_TCLASS IPV6_TRANSPARENT
            IPV6_UNICAST_HOPS IPV6_V6ONLY]
        set [IPV6_DONTFRAG IPV6_FREEBIND IPV6_JOIN_GROUP IPV6_LEAVE_GROUP IPV6_MTU_DISCOVER IPV6_MULTICAST_ALL
            IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVHOPLIMIT
            IPV6_RECVHOPOPTS IPV6_RECVPATHMTU IPV6_RECVPKTINFO IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_TCLASS
            IPV6_UNICAST_HOPS IPV6_V6ONLY];
    IPPROTO_TCP:
        read [TCP_CONGESTION TCP_CORK TCP_DEFER_ACCEPT TCP_FASTOPEN TCP_FASTOPEN_CONNECT TCP_FASTOPEN_NO_COOKIE TCP_INFO
            TCP_INQ TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_LINGER2 TCP_MAXSEG TCP_NODELAY TCP_NOTSENT_LOWAT
            TCP_QUEUE_SEQ TCP_QUICKACK TCP_REPAIR TCP_REPAIR_QUEUE TCP_SYNCNT TCP_THIN_LINEAR_TIMEOUTS TCP_TX_DELAY
            TCP_USER_TIMEOUT TCP_WINDOW_CLAMP]
        set [TCP_CONGESTION TCP_CORK TCP_DEFER_ACCEPT TCP_FASTOPEN TCP_FASTOPEN_CONNECT TCP_FASTOPEN_KEY
            TCP_FASTOPEN_NO_COOKIE TCP_INQ TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_LINGER2 TCP_MAXSEG TCP_NODELAY
            TCP_NOTSENT_LOWAT TCP_QUEUE_SEQ TCP_QUICKACK TCP_REPAIR_QUEUE TCP_SYNCNT TCP_THIN_LINEAR_TIMEOUTS
            TCP_TIMESTAMP TCP_TX_DELAY TCP_ULP TCP_USER_TIMEOUT TCP_WINDOW_CLAMP];
    SOL_UDP:
        read [UDP_GRO UDP_SEGMENT]
        set [UDP_GRO UDP_SEGMENT];
}

/// The words of a script for a family and a kind.
pub fn family(word: &str) -> AddressFamily {
    match word {
        "INET" => AF_INET,
        "INET6" => AF_INET6,
        "UNIX" => AF_UNIX,
        other => AddressFamily::from(other.parse::<u16>().unwrap()),
    }
}

pub fn kind(word: &str) -> SocketKind {
    let one = |word| match word {
        "STREAM" => SOCK_STREAM,
        "DGRAM" => SOCK_DGRAM,
        "RAW" => SOCK_RAW,
        "RDM" => SOCK_RDM,
        "SEQPACKET" => SOCK_SEQPACKET,
        "NONBLOCK" => SOCK_NONBLOCK,
        "CLOEXEC" => SOCK_CLOEXEC,
        other => panic!("{other} is no kind of socket"),
    };
    word.split('|')
        .map(one)
        .reduce(|all, one| all | one)
        .unwrap()
}

pub fn flags(call: &Call) -> Option<MsgFlags> {
    let one = |word| match word {
        "PEEK" => MSG_PEEK,
        "WAITALL" => MSG_WAITALL,
        "DONTWAIT" => MSG_DONTWAIT,
        "OOB" => MSG_OOB,
        "TRUNC" => MSG_TRUNC,
        "MORE" => MSG_MORE,
        "NOSIGNAL" => MSG_NOSIGNAL,
        "DONTROUTE" => MSG_DONTROUTE,
        "ERRQUEUE" => MSG_ERRQUEUE,
        "EOR" => MSG_EOR,
        other => panic!("{other} is no flag"),
    };
    let words = call.key("flags")?;
    words.split('|').map(one).reduce(|all, one| all | one)
}
