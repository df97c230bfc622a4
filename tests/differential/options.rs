//! Options by name: what `getsockopt` and `setsockopt` take as words here, with the crate's types.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use socketbook::*;

use crate::outcome::Value;
use crate::script::Call;

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
        read [SO_ACCEPTCONN SO_BINDTODEVICE SO_BROADCAST SO_DOMAIN SO_ERROR SO_INCOMING_CPU SO_KEEPALIVE
            SO_LINGER SO_MARK SO_OOBINLINE SO_PASSCRED SO_PRIORITY SO_PROTOCOL SO_RCVBUF SO_RCVTIMEO
            SO_REUSEADDR SO_REUSEPORT SO_SNDBUF SO_SNDTIMEO SO_TYPE]
        set [SO_BINDTODEVICE SO_BROADCAST SO_INCOMING_CPU SO_KEEPALIVE SO_LINGER SO_OOBINLINE SO_PASSCRED
            SO_PRIORITY SO_RCVBUF SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_SNDBUF SO_SNDTIMEO];
    IPPROTO_IP:
        read [IP_FREEBIND IP_MTU IP_MTU_DISCOVER IP_MULTICAST_ALL IP_MULTICAST_IF IP_MULTICAST_LOOP
            IP_MULTICAST_TTL IP_RECVTOS IP_TOS IP_TRANSPARENT IP_TTL]
        set [IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP IP_FREEBIND IP_MTU_DISCOVER IP_MULTICAST_ALL IP_MULTICAST_IF
            IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_RECVTOS IP_TOS IP_TTL];
    IPPROTO_IPV6:
        read [IPV6_FREEBIND IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_RECVTCLASS
            IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_V6ONLY]
        set [IPV6_JOIN_GROUP IPV6_LEAVE_GROUP IPV6_FREEBIND IPV6_MULTICAST_HOPS IPV6_MULTICAST_LOOP
            IPV6_RECVTCLASS IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_V6ONLY];
    IPPROTO_TCP:
        read [TCP_CONGESTION TCP_CORK TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_NODELAY TCP_NOTSENT_LOWAT
            TCP_QUICKACK TCP_USER_TIMEOUT]
        set [TCP_CONGESTION TCP_CORK TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_NODELAY TCP_NOTSENT_LOWAT
            TCP_QUICKACK TCP_USER_TIMEOUT];
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
