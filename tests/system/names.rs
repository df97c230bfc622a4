//! Names and numbers that ask no one: inet_aton and its like, interfaces, constants, what is
//! inherited; and what getaddrinfo takes.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};

use socketbook::*;

use crate::support::dice::Dice;
use crate::support::dice::made_up;
use crate::support::*;

/// Runs a script of Python's with these lines on its standard input, and returns its lines.
fn python(script: &str, lines: &[String]) -> Vec<String> {
    let mut child = python_command()
        .unwrap()
        .args(["-X", "utf8", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let given = lines.join("\n");
    let writing = std::thread::spawn(move || {
        std::io::Write::write_all(&mut stdin, given.as_bytes()).unwrap()
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().map(str::to_owned).collect()
}

/// Texts that are nearly addresses.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "1",
        "0",
        "0x7f.1",
        "0X7F.1",
        "017700000001",
        "2130706433",
        "4294967295",
        "4294967296",
        "127.1",
        "127.0.1",
        "127.0.0.1",
        "127.0.0.256",
        "127.256.1",
        "256.1",
        "1.16777215",
        "1.16777216",
        "1.2.65535",
        "1.2.65536",
        "1.2.3.255",
        "1.2.3.4.5",
        "1.2.3.",
        ".1",
        "1..2",
        "08.1.1.1",
        "00.0.0.0",
        "010.0.0.1",
        "0x",
        "0x.1",
        "0xg",
        "+1.2.3.4",
        "-1",
        "1e3",
        "01",
        "0x100000000",
        "00000000000000000001",
        "0x0000000000000001",
        "::",
        "::1",
        "1::",
        ":::",
        ":",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1.2.3.4",
        "::ffff:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "::1.2.3",
        "::01.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5",
        "fe80::1%lo",
        "00001::",
        "0001::",
        "g::",
        "1::2::3",
        "1:",
        ":1",
        "ABCD::EF",
        "::1/64",
        "[::1]",
        "::-1",
        "::+1",
        " ::1",
        "1.2.3.4:80",
    ]
    .map(str::to_owned)
    .into();
    // And what becomes of them when a character is changed.
    let mut dice = Dice::of("ADDRESSES_SEED");
    let first = texts.len();
    let alphabet = b"0123456789abcdefxX.:.:.:+-g";
    for _ in 0..3000 {
        let mut text = texts[dice.below(first)].clone().into_bytes();
        for _ in 0..=dice.below(2) {
            let at = dice.below(text.len() + 1);
            let one = alphabet[dice.below(alphabet.len())];
            match dice.below(3) {
                0 => text.insert(at, one),
                1 if at < text.len() => text[at] = one,
                _ if at < text.len() => drop(text.remove(at)),
                _ => {}
            }
        }
        texts.push(String::from_utf8(text).unwrap());
    }
    texts
}

#[test]
fn python_takes_the_same_addresses() {
    if !have("python3") {
        return;
    }
    let script = r"
import sys
from socket import *
def packed(call, *args):
    try: return call(*args).hex()
    except OSError: return 'error'
for line in sys.stdin.read().split('\n'):
    print(packed(inet_aton, line), packed(inet_pton, AF_INET, line), packed(inet_pton, AF_INET6, line))";
    let texts = texts();
    let theirs = python(script, &texts);
    assert_eq!(theirs.len(), texts.len());
    let hex = |packed: Result<Vec<u8>>| match packed {
        Ok(packed) => packed.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(error) => {
            assert!(error.is_bad_input(), "{error}");
            "error".to_owned()
        }
    };
    let mut good = 0;
    for (text, theirs) in texts.iter().zip(theirs) {
        let ours = [
            hex(inet_aton(text).map(|packed| packed.to_vec())),
            hex(inet_pton(AF_INET, text)),
            hex(inet_pton(AF_INET6, text)),
        ];
        good += ours.iter().filter(|ours| *ours != "error").count();
        let mut theirs: Vec<_> = theirs.split(' ').map(str::to_owned).collect();
        if text.contains(char::is_whitespace) {
            // C takes what is behind a space; see below.
            theirs[0].clone_from(&ours[0]);
        }
        assert_eq!(ours[..], theirs, "{text:?}");
    }
    assert!(good > 500, "{good}");
}

/// What C takes and this crate does not: an address, a space, and anything.
#[test]
fn nothing_may_follow_an_address() {
    for text in [
        "127.0.0.1 ",
        "127.0.0.1 or else",
        "1\t2",
        "127.0.0.1\n",
        "127.0.0.1\0",
    ] {
        assert!(inet_aton(text).unwrap_err().is_bad_input());
    }
}

#[test]
fn python_writes_the_same_addresses() {
    if !have("python3") {
        return;
    }
    let mut dice = Dice::of("ADDRESSES_SEED");
    let mut all: Vec<[u8; 16]> = (0..2000)
        .map(|_| {
            // Groups of zeros above all.
            let mut packed = [0; 16];
            for byte in &mut packed {
                if dice.below(4) == 0 {
                    *byte = dice.below(256) as u8;
                }
            }
            packed
        })
        .collect();
    for at in 0..16 {
        let mut packed = [0; 16];
        packed[at] = 1;
        all.push(packed);
        packed[10..12].fill(0xff);
        all.push(packed);
    }
    let lines: Vec<String> = all
        .iter()
        .map(|packed| packed.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    let script = r"
import sys
from socket import *
for line in sys.stdin:
    packed = bytes.fromhex(line)
    print(inet_ntop(AF_INET6, packed), inet_ntop(AF_INET, packed[:4]), inet_ntoa(packed[:4]))";
    let theirs = python(script, &lines);
    assert_eq!(theirs.len(), all.len());
    for (packed, theirs) in all.iter().zip(theirs) {
        let four: [u8; 4] = packed[..4].try_into().unwrap();
        let ours = format!(
            "{} {} {}",
            inet_ntop(AF_INET6, packed).unwrap(),
            inet_ntop(AF_INET, &four).unwrap(),
            inet_ntoa(four)
        );
        assert_eq!(ours, theirs);
    }
    for (family, packed) in [
        (AF_INET, &[0; 3][..]),
        (AF_INET, &[0; 16]),
        (AF_INET6, &[0; 4]),
        (AF_INET6, &[]),
    ] {
        assert!(inet_ntop(family, packed).unwrap_err().is_bad_input());
    }
    for error in [
        inet_ntop(AF_UNIX, &[0; 4]).unwrap_err(),
        inet_pton(AF_UNSPEC, "127.0.0.1").unwrap_err(),
    ] {
        assert_eq!(error.errno(), Some(EAFNOSUPPORT));
    }
}

macro_rules! numbers {
    ($($name:ident = $number:expr;)*) => { [$((stringify!($name), i64::from($number))),*] };
}

#[test]
fn python_has_the_same_numbers() {
    if !have("python3") {
        return;
    }
    let ip = |ip: Ipv4Addr| u32::from(ip);
    let number = |proto: Protocol| i32::from(proto);
    let named = numbers! {
        INADDR_ANY = ip(INADDR_ANY);
        INADDR_BROADCAST = ip(INADDR_BROADCAST);
        INADDR_LOOPBACK = ip(INADDR_LOOPBACK);
        INADDR_NONE = ip(INADDR_NONE);
        INADDR_UNSPEC_GROUP = ip(INADDR_UNSPEC_GROUP);
        INADDR_ALLHOSTS_GROUP = ip(INADDR_ALLHOSTS_GROUP);
        INADDR_MAX_LOCAL_GROUP = ip(INADDR_MAX_LOCAL_GROUP);
        IPPORT_RESERVED = IPPORT_RESERVED;
        IPPORT_USERRESERVED = IPPORT_USERRESERVED;
        SOMAXCONN = SOMAXCONN;
        AF_UNSPEC = u16::from(AF_UNSPEC);
        SOCK_RDM = i32::from(SOCK_RDM);
        IPPROTO_HOPOPTS = number(IPPROTO_HOPOPTS);
        IPPROTO_ICMP = number(IPPROTO_ICMP);
        IPPROTO_IGMP = number(IPPROTO_IGMP);
        IPPROTO_IPIP = number(IPPROTO_IPIP);
        IPPROTO_EGP = number(IPPROTO_EGP);
        IPPROTO_PUP = number(IPPROTO_PUP);
        IPPROTO_UDP = number(IPPROTO_UDP);
        IPPROTO_IDP = number(IPPROTO_IDP);
        IPPROTO_TP = number(IPPROTO_TP);
        IPPROTO_ROUTING = number(IPPROTO_ROUTING);
        IPPROTO_FRAGMENT = number(IPPROTO_FRAGMENT);
        IPPROTO_RSVP = number(IPPROTO_RSVP);
        IPPROTO_GRE = number(IPPROTO_GRE);
        IPPROTO_ESP = number(IPPROTO_ESP);
        IPPROTO_AH = number(IPPROTO_AH);
        IPPROTO_ICMPV6 = number(IPPROTO_ICMPV6);
        IPPROTO_NONE = number(IPPROTO_NONE);
        IPPROTO_DSTOPTS = number(IPPROTO_DSTOPTS);
        IPPROTO_PIM = number(IPPROTO_PIM);
        IPPROTO_SCTP = number(IPPROTO_SCTP);
        IPPROTO_RAW = number(IPPROTO_RAW);
        IPPROTO_MPTCP = number(IPPROTO_MPTCP);
        AI_PASSIVE = AI_PASSIVE.bits();
        AI_CANONNAME = AI_CANONNAME.bits();
        AI_NUMERICHOST = AI_NUMERICHOST.bits();
        AI_V4MAPPED = AI_V4MAPPED.bits();
        AI_ALL = AI_ALL.bits();
        AI_ADDRCONFIG = AI_ADDRCONFIG.bits();
        AI_NUMERICSERV = AI_NUMERICSERV.bits();
        NI_NUMERICHOST = NI_NUMERICHOST.bits();
        NI_NUMERICSERV = NI_NUMERICSERV.bits();
        NI_NOFQDN = NI_NOFQDN.bits();
        NI_NAMEREQD = NI_NAMEREQD.bits();
        NI_DGRAM = NI_DGRAM.bits();
        NI_IDN = NI_IDN.bits();
        NI_MAXHOST = NI_MAXHOST as u32;
        NI_MAXSERV = NI_MAXSERV as u32;
        EAI_ADDRFAMILY = EAI_ADDRFAMILY.raw();
        EAI_AGAIN = EAI_AGAIN.raw();
        EAI_BADFLAGS = EAI_BADFLAGS.raw();
        EAI_FAIL = EAI_FAIL.raw();
        EAI_FAMILY = EAI_FAMILY.raw();
        EAI_MEMORY = EAI_MEMORY.raw();
        EAI_NODATA = EAI_NODATA.raw();
        EAI_NONAME = EAI_NONAME.raw();
        EAI_OVERFLOW = EAI_OVERFLOW.raw();
        EAI_SERVICE = EAI_SERVICE.raw();
        EAI_SOCKTYPE = EAI_SOCKTYPE.raw();
        EAI_SYSTEM = EAI_SYSTEM.raw();
    };
    let names: Vec<String> = named.iter().map(|(name, _)| (*name).to_owned()).collect();
    // NI_IDN is new in Python 3.13; 32 is glibc's.
    let script =
        "import socket, sys\nfor line in sys.stdin: print(int(getattr(socket, line.strip(), 32)))";
    let theirs = python(script, &names);
    for ((name, ours), theirs) in named.iter().zip(&theirs) {
        assert_eq!(ours.to_string(), *theirs, "{name}");
    }
    assert_eq!(theirs.len(), named.len());
}

#[test]
fn numbers_are_written_by_name() {
    assert_eq!(format!("{IPPROTO_MPTCP:?}"), "IPPROTO_MPTCP");
    assert_eq!(format!("{:?}", Protocol::from(0)), "0");
    assert_eq!(format!("{AF_UNSPEC:?}"), "AF_UNSPEC");
    assert_eq!(EAI_AGAIN.to_string(), "EAI_AGAIN (-3)");
    assert_eq!(format!("{EAI_AGAIN:?}"), "EAI_AGAIN (-3)");
    assert_eq!(Eai::from_raw(-99).to_string(), "EAI (-99)");
    assert!(EAI_AGAIN.is_temporary() && !EAI_FAIL.is_temporary());
    assert_eq!(EAI_NODATA, -5);
    assert_eq!(
        format!("{:?}", AI_PASSIVE | AddrInfoFlags::from_bits(0x800)),
        "AI_PASSIVE | 0x800"
    );
    assert_eq!(format!("{:?}", NameInfoFlags::NONE), "0x0");
    assert!(!(NI_DGRAM | NI_IDN).contains(NI_NAMEREQD));
}

#[test]
fn orders_of_bytes() {
    assert_eq!(htons(0x1234).to_ne_bytes(), [0x12, 0x34]);
    assert_eq!(htonl(0x1234_5678).to_ne_bytes(), [0x12, 0x34, 0x56, 0x78]);
    assert_eq!((ntohs(htons(80)), ntohl(htonl(80))), (80, 80));
}

#[test]
fn interfaces_by_name_and_number() {
    let all = if_nameindex().unwrap();
    for (index, name) in &all {
        assert_eq!(if_nametoindex(name).unwrap(), *index);
        assert_eq!(if_indextoname(*index).unwrap(), *name);
    }
    assert_eq!(if_nametoindex("").unwrap_err().errno(), Some(ENODEV));
    assert_eq!(
        if_nametoindex(&"x".repeat(16)).unwrap_err().errno(),
        Some(ENODEV)
    );
    assert_eq!(
        if_nametoindex("lo\0").map_err(|error| error.errno()),
        Err(Some(EINVAL))
    );
    assert_eq!(if_indextoname(u32::MAX).unwrap_err().errno(), Some(ENXIO));
    if have("python3") {
        let theirs = python(
            "import socket\nfor one in socket.if_nameindex(): print(*one)",
            &[],
        );
        let ours: Vec<_> = all
            .iter()
            .map(|(index, name)| format!("{index} {name}"))
            .collect();
        assert_eq!(ours, theirs);
    }
}

/// A program that is started gets the descriptor or does not.
#[test]
fn what_is_inheritable_is_inherited() {
    let socket = Socket::tcp().unwrap();
    let has = |socket: &Socket| {
        let there = format!("test -e /proc/self/fd/{}", socket.fileno());
        Command::new("sh")
            .args(["-c", &there])
            .status()
            .unwrap()
            .success()
    };
    assert!(!socket.get_inheritable().unwrap() && !has(&socket));
    socket.set_inheritable(true).unwrap();
    assert!(socket.get_inheritable().unwrap() && has(&socket));
    // A duplicate and what is accepted have a flag of their own.
    assert!(!socket.dup().unwrap().get_inheritable().unwrap());
    socket.set_inheritable(false).unwrap();
    assert!(!socket.get_inheritable().unwrap() && !has(&socket));
}

#[test]
fn what_getaddrinfo_takes() {
    let options = AddrInfoOptions::new().kind(SOCK_STREAM).family(AF_INET);
    let one = |found: Result<Vec<AddrInfo>>| {
        let found = found.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].family, found[0].kind, found[0].proto),
            (AF_INET, SOCK_STREAM, Protocol::from(6))
        );
        found[0].address.to_string()
    };
    let host = String::from("127.0.0.1");
    assert_eq!(one(getaddrinfo_with(&*host, 80, &options)), "127.0.0.1:80");
    assert_eq!(
        one(getaddrinfo_with("127.0.0.1", "80", &options)),
        "127.0.0.1:80"
    );
    assert_eq!(
        one(getaddrinfo_with("127.0.0.1", None, &options)),
        "127.0.0.1:0"
    );
    assert_eq!(
        one(getaddrinfo_with(
            Some("0x7f.1"),
            Service::Port(65535),
            &options
        )),
        "127.0.0.1:65535"
    );
    assert_eq!(
        one(getaddrinfo_with(None, Service::Name("80"), &options)),
        "127.0.0.1:80"
    );
    assert_eq!(
        one(getaddrinfo_with(None, 80, &options.flags(AI_PASSIVE))),
        "0.0.0.0:80"
    );
    let named = getaddrinfo_with("127.0.0.1", Service::Any, &options.flags(AI_CANONNAME)).unwrap();
    assert_eq!(named[0].canonname.as_deref(), Some("127.0.0.1"));
    assert_eq!(getaddrinfo(None, None).unwrap_err().eai(), Some(EAI_NONAME));
    for error in [
        getaddrinfo("a\0b", 80).unwrap_err(),
        getaddrinfo("127.0.0.1", "a\0b").unwrap_err(),
        gethostbyname("a\0b").unwrap_err(),
        gethostbyaddr("\0").unwrap_err(),
        getnameinfo("/tmp/phone", NI_NUMERICHOST).unwrap_err(),
        getnameinfo(Address::Unnamed, NI_NUMERICHOST).unwrap_err(),
        getnameinfo("127.0.0.1", NI_NUMERICHOST).unwrap_err(),
    ] {
        assert!(error.is_bad_input(), "{error}");
    }
    let error = getaddrinfo("127.0.0.1", "no-such-service").unwrap_err();
    assert_eq!(
        (error.call(), error.eai()),
        (Call::Getaddrinfo, Some(EAI_SERVICE))
    );
    assert!(error.explain().contains("IPv6 and names") && error.errno().is_none());
}

#[test]
fn what_getnameinfo_takes() {
    let digits = NI_NUMERICHOST | NI_NUMERICSERV;
    let expected = |host: &str| (host.to_owned(), "80".to_owned());
    for host in ["127.0.0.1", "127.1"] {
        assert_eq!(
            getnameinfo((host, 80), digits).unwrap(),
            expected("127.0.0.1")
        );
    }
    assert_eq!(getnameinfo("[::1]:80", digits).unwrap(), expected("::1"));
    assert_eq!(
        getnameinfo((IpAddr::from(Ipv4Addr::LOCALHOST), 80), digits).unwrap(),
        expected("127.0.0.1")
    );
    assert_eq!(
        getnameinfo(Endpoint::from(("::1", 80)), digits).unwrap(),
        expected("::1")
    );
    let lo = if_indextoname(1).unwrap();
    assert_eq!(
        getnameinfo(("fe80::1", 80, 0, 1), digits).unwrap(),
        expected(&format!("fe80::1%{lo}"))
    );
    let scope = format!("fe80::1%{lo}");
    assert_eq!(
        getnameinfo((&*scope, 80), digits).unwrap(),
        expected(&scope)
    );
    // A name is not looked up.
    let error = getnameinfo(("localhost", 80), digits).unwrap_err();
    assert_eq!(
        (error.call(), error.eai()),
        (Call::Getnameinfo, Some(EAI_NONAME))
    );
    let error = getnameinfo(("127.0.0.1", 80), NI_NUMERICHOST | NI_NAMEREQD).unwrap_err();
    assert_eq!(error.eai(), Some(EAI_NONAME));
    let error = getnameinfo(("127.0.0.1", 80), NameInfoFlags::from_bits(0x4000)).unwrap_err();
    assert_eq!(error.eai(), Some(EAI_BADFLAGS));
}

#[test]
fn any_text_is_an_address_or_bad_input() {
    made_up(256, |dice| {
        let text = dice.text(40);
        let errors = [
            inet_aton(&text).err(),
            inet_pton(AF_INET, &text).err(),
            inet_pton(AF_INET6, &text).err(),
            text.parse::<Address>().err(),
            text.parse::<Endpoint>().err(),
        ];
        for error in errors.into_iter().flatten() {
            assert!(error.is_bad_input() || error.is_not_utf8());
        }
    });
}
