//! What calls take as an address, however it is written: it is what the model and std say, or bad
//! input whose error names it; and what an address is written as, is read as the same again.
//!
//! A call tells how it understood an address: a datagram socket is connected to it, which sends
//! nothing. Host names are left out, as looking them up would ask a server.
#![no_main]

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use socketbook::{
    AF_INET, AF_INET6, AF_UNIX, Address, AddressFamily, EADDRINUSE, Endpoint, Error, SO_BROADCAST,
    SOCK_DGRAM, SOL_SOCKET, Socket, ToAddress,
};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Text(Family, Vec<Part<'a>>),
    Pair(Family, Vec<Part<'a>>, u16),
    Four(Family, Vec<Part<'a>>, u16, u32, u32),
    Ip(IpAddr, u16),
    UnixText(Vec<Part<'a>>),
    Path(&'a [u8]),
    Abstract(&'a [u8]),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Family {
    V4,
    V6,
}

/// A text is made of these, so that many are nearly addresses.
#[derive(Arbitrary, Debug)]
enum Part<'a> {
    Text(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Number(u32),
    Port(u16),
    Colon,
    Open,
    Close,
    Broadcast,
    /// What may stand about a number and does not belong there.
    Stray(u8),
}

fn written(parts: &[Part<'_>]) -> String {
    let part = |part: &Part<'_>| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::V4(ip) => ip.to_string(),
        Part::V6(ip) => ip.to_string(),
        Part::Number(number) => number.to_string(),
        Part::Port(port) => port.to_string(),
        Part::Colon => ":".to_owned(),
        Part::Open => "[".to_owned(),
        Part::Close => "]".to_owned(),
        Part::Broadcast => "<broadcast>".to_owned(),
        Part::Stray(which) => ["+", "-", " ", "\0"][usize::from(which % 4)].to_owned(),
    };
    parts.iter().map(part).collect()
}

impl Family {
    fn of(ip: IpAddr) -> Family {
        match ip {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    fn socket(self) -> Socket {
        let socket = datagrams(match self {
            Family::V4 => AF_INET,
            Family::V6 => AF_INET6,
        });
        socket.setsockopt(SOL_SOCKET, SO_BROADCAST, true).unwrap();
        socket
    }
}

fn datagrams(family: AddressFamily) -> Socket {
    Socket::new(family, SOCK_DGRAM).unwrap()
}

/// What an address has to be understood as.
#[derive(Debug, PartialEq)]
enum Meaning {
    Is(IpAddr, u16),
    Bad,
    /// A name, which is not for this target.
    Name,
}

fn meaning(host: &str, port: u16, family: Family) -> Meaning {
    let ip = match (host, family) {
        ("", Family::V4) => Ipv4Addr::UNSPECIFIED.into(),
        ("", Family::V6) => Ipv6Addr::UNSPECIFIED.into(),
        ("<broadcast>", Family::V4) => Ipv4Addr::BROADCAST.into(),
        ("<broadcast>", Family::V6) => return Meaning::Bad,
        (host, _) => match host.parse::<IpAddr>() {
            Ok(ip) => ip,
            Err(_) => return Meaning::Name,
        },
    };
    match (ip, family) {
        (IpAddr::V4(_), Family::V4) | (IpAddr::V6(_), Family::V6) => Meaning::Is(ip, port),
        _ => Meaning::Bad,
    }
}

fn meaning_of_text(text: &str, family: Family) -> Meaning {
    let Some((host, digits)) = text.rsplit_once(':') else {
        return Meaning::Bad;
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Meaning::Bad;
    }
    let digits = digits.trim_start_matches('0');
    let port = match digits.len() {
        0 => 0,
        1..=5 => digits.parse::<u32>().unwrap(),
        _ => return Meaning::Bad,
    };
    let Ok(port) = u16::try_from(port) else {
        return Meaning::Bad;
    };
    let understood = if host.len() >= 2 && host.starts_with('[') && host.ends_with(']') {
        meaning(&host[1..host.len() - 1], port, family)
    } else if host.contains(':') {
        Meaning::Bad
    } else {
        meaning(host, port, family)
    };
    // Where std takes it, it is the same. (With a scope it is a name to us, which is looked up.)
    match text.parse::<SocketAddr>() {
        Ok(SocketAddr::V6(v6)) if v6.scope_id() != 0 || text.contains('%') => {}
        Ok(std) if std.is_ipv4() == matches!(family, Family::V4) => {
            assert_eq!(understood, Meaning::Is(std.ip(), std.port()));
        }
        Ok(_) => assert_eq!(understood, Meaning::Bad),
        Err(_) => {}
    }
    understood
}

/// An error says in one line what it is about.
fn names(error: &Error, value: &str) {
    let line = error.to_string();
    assert!(line.contains(value), "{line:?} does not name {value}");
    assert!(!line.contains('\n'), "{line:?}");
    assert!(error.explain().contains(value));
}

/// Connects to the address and holds what comes of it against its meaning.
fn check(family: Family, asked: impl ToAddress, asked_shown: &str, meaning: Meaning) {
    if meaning == Meaning::Name {
        return;
    }
    let socket = family.socket();
    match (meaning, socket.connect(asked)) {
        (Meaning::Is(ip, port), Ok(())) => {
            // The kernel takes no address for its own, and is not connected to port 0.
            let none = ip.to_canonical().is_unspecified();
            match socket.getpeername() {
                Ok(peer) => {
                    assert_eq!(peer.port(), Some(port));
                    assert!(none || peer.ip() == Some(ip), "{peer} for {ip}");
                }
                Err(error) => assert_eq!(port, 0, "{error}"),
            }
        }
        (Meaning::Is(ip, port), Err(error)) => {
            // No way there, as far as the kernel knows.
            assert!(error.errno().is_some(), "{error}");
            names(
                &error,
                &Address::from(SocketAddr::new(ip, port)).to_string(),
            );
        }
        (_, Ok(())) => panic!("{asked_shown} was taken"),
        (_, Err(error)) => {
            assert!(error.is_bad_input(), "{error}");
            names(&error, asked_shown);
        }
    }
}

fn check_unix(text: &str) {
    let fits = match text.as_bytes() {
        [] => true,
        [0, name @ ..] => name.len() <= 107,
        path => path.len() <= 107 && !path.contains(&0),
    };
    let socket = datagrams(AF_UNIX);
    match (fits, socket.connect(text)) {
        (true, Ok(())) => {}
        (true, Err(error)) => {
            assert!(error.errno().is_some(), "{error}");
            names(&error, "");
        }
        (false, outcome) => {
            let error = outcome.unwrap_err();
            assert!(error.is_bad_input(), "{error}");
            names(&error, &format!("{text:?}"));
        }
    }
}

/// One printable line, both ways of writing it.
fn check_shown(address: &Address) {
    for shown in [address.to_string(), address.python()] {
        assert!(
            !shown.is_empty() && !shown.contains(char::is_control),
            "{shown:?}"
        );
    }
}

/// Whatever a text is read as is written as what is read as the same.
fn check_read(text: &str) {
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
    }
    match text.parse::<Endpoint>() {
        Ok(endpoint) => {
            let shown = endpoint.to_string();
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert_eq!(shown.parse::<Endpoint>().unwrap(), endpoint);
        }
        Err(error) => names(&error, &format!("{text:?}")),
    }
}

fn check_path(bytes: &[u8]) {
    let path = Path::new(OsStr::from_bytes(bytes));
    let fits = !bytes.is_empty() && bytes.len() <= 107 && !bytes.contains(&0);
    match Address::unix(path) {
        Ok(address) => {
            assert!(fits);
            assert_eq!(address.as_path(), Some(path));
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
            check_shown(&address);
        }
        Err(error) => {
            assert!(!fits && error.is_bad_input(), "{error}");
            names(&error, &format!("{path:?}"));
        }
    }
}

fn check_abstract(name: &[u8]) {
    match Address::unix_abstract(name) {
        Ok(address) => {
            assert!(name.len() <= 107 && address.as_path().is_none());
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
            check_shown(&address);
            let socket = datagrams(AF_UNIX);
            match socket.bind(&address) {
                Ok(()) => assert_eq!(socket.getsockname().unwrap(), address),
                // Somebody else has it.
                Err(error) => assert_eq!(error.errno(), Some(EADDRINUSE), "{error}"),
            }
        }
        Err(error) => {
            assert!(name.len() > 107 && error.is_bad_input(), "{error}");
            names(&error, &format!("@{}", name.escape_ascii()));
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Text(family, parts) => {
            let text = written(&parts);
            check_read(&text);
            let shown = format!("{text:?}");
            check(family, &*text, &shown, meaning_of_text(&text, family));
        }
        Input::Pair(family, parts, port) => {
            let host = written(&parts);
            let shown = format!("{host:?}, {port}");
            let meaning = meaning(&host, port, family);
            check(family, (&*host, port), &shown, meaning);
        }
        Input::Four(family, parts, port, flowinfo, scope_id) => {
            let host = written(&parts);
            let shown = format!("{host:?}, {port}");
            let meaning = match meaning(&host, port, family) {
                // The kernel alone knows which scopes there are.
                Meaning::Is(IpAddr::V6(_), _) if flowinfo <= 0xf_ffff => return,
                Meaning::Is(IpAddr::V4(_), _) if (flowinfo, scope_id) != (0, 0) => Meaning::Bad,
                Meaning::Is(..) if flowinfo > 0xf_ffff => Meaning::Bad,
                meaning => meaning,
            };
            let address = (&*host, port, flowinfo, scope_id);
            check(family, address, &shown, meaning);
        }
        Input::Ip(ip, port) => {
            let family = Family::of(ip);
            let std = SocketAddr::new(ip, port);
            let address = Address::from(std);
            assert_eq!(SocketAddr::try_from(address.clone()), Ok(std));
            assert_eq!(address.to_string(), std.to_string());
            check_shown(&address);
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
            let text = address.to_string();
            assert_eq!(meaning_of_text(&text, family), Meaning::Is(ip, port));
            check(family, &*text, &text, Meaning::Is(ip, port));
            check(family, std, &text, Meaning::Is(ip, port));
            check(family, &address, &text, Meaning::Is(ip, port));
            check(family, (ip, port), &text, Meaning::Is(ip, port));
        }
        Input::UnixText(parts) => check_unix(&written(&parts)),
        Input::Path(bytes) => check_path(bytes),
        Input::Abstract(name) => check_abstract(name),
    }
});
