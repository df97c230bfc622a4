//! Addresses as text: escaped, as Python writes them, and read back.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::Path;
use std::process::Stdio;

use crate::support::dice::made_up;
use socketbook::*;

use crate::support::*;

fn path(bytes: &[u8]) -> Address {
    Address::unix(Path::new(OsStr::from_bytes(bytes))).unwrap()
}

#[test]
fn what_is_not_printable_is_escaped() {
    for (bytes, shown) in [
        (&b"/tmp/phone"[..], "/tmp/phone"),
        (b"/x\nroot logged in", r"/x\x0aroot logged in"),
        (b"/x\r\t\x7f", r"/x\x0d\x09\x7f"),
        // Clears a terminal.
        (b"/\x1b[2J", r"/\x1b[2J"),
        // Says something else than the same letters, and is not mistaken for an escape.
        (br"/a\x0ab", r"/a\\x0ab"),
        (b"/\xff\xfe", r"/\xff\xfe"),
        ("/电话 é".as_bytes(), "/电话 é"),
        // A combining mark belongs to the letter before it.
        ("/e\u{301}".as_bytes(), "/e\u{301}"),
        // Turns the direction of the text round; a line separator; a private character.
        (
            "/\u{202e}\u{2028}\u{e000}".as_bytes(),
            r"/\xe2\x80\xae\xe2\x80\xa8\xee\x80\x80",
        ),
        (b"/it's \"here\"", "/it's \"here\""),
        (b"phone", "./phone"),
        (b"localhost:80", "./localhost:80"),
        (b"@phone", "./@phone"),
        (b"@a/b", "./@a/b"),
        (b"a/b", "a/b"),
        (b"../a", "../a"),
        (b"./a", "././a"),
        (b"./a/b", "././a/b"),
        (b"././a", "./././a"),
        (b"./", "././"),
        // As long as a path may be.
        (&[b'x'; 107], &format!("./{}", "x".repeat(107))),
    ] {
        let address = path(bytes);
        assert_eq!(address.to_string(), shown);
        let read: Address = shown.parse().unwrap();
        assert_eq!(read, address, "{shown}");
    }
    for (name, shown) in [
        (&b"phone"[..], "@phone"),
        (b"", "@"),
        (b"\0\0x\n", r"@\x00\x00x\x0a"),
        (b"@/\\", r"@@/\\"),
        ("电话".as_bytes(), "@电话"),
    ] {
        let address = Address::unix_abstract(name).unwrap();
        assert_eq!(address.to_string(), shown);
        assert_eq!(shown.parse::<Address>().unwrap(), address);
    }
    assert_eq!(Address::Unnamed.to_string(), "");
}

/// A peer that bound to such a path: what a server prints of it.
#[test]
fn a_peer_cannot_write_a_line_of_its_own_into_a_log() {
    let dir = std::env::temp_dir().join(format!("socketbook-log-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    let server = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    server.bind(dir.join("server")).unwrap();
    let peer = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
    let rude = dir.join("x\nroot logged in\x1b[2J");
    peer.bind(&rude).unwrap();
    peer.sendto(b"hello", dir.join("server")).unwrap();
    let (_, address) = server.recvfrom(9).unwrap();
    assert_eq!(address.as_path(), Some(&*rude));
    for shown in [
        address.to_string(),
        format!("{address:?}"),
        address.python(),
    ] {
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// Names to compare with Python's: each byte, then characters of all sorts and each quote.
fn names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = (1..=255_u8)
        .map(|byte| vec![b'/', byte, b'"', byte])
        .collect();
    let texts = [
        "it's",
        "\"",
        "it's \"here\"",
        r"back\slash",
        "\n\r\t\x0b\x0c\x1b\x7f",
        "é\u{80}\u{9f}\u{a0}\u{ad}",
        "电话 Ω\u{301}",
        "\u{200b}\u{202e}\u{2028}\u{2029}\u{feff}\u{fffd}",
        "\u{e000}\u{1f600}\u{e0001}\u{f0000}\u{10ffff}",
        "\u{3000}\u{1680}\u{2003}",
    ];
    names.extend(texts.map(|text| text.as_bytes().to_vec()));
    // Bytes that are not UTF-8, alone and between such that are.
    for bytes in [
        &b"\xff"[..],
        b"a\x80b",
        b"\xc3",
        b"\xe7\x94",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xc0\xafx",
        b"\xf4\x90\x80\x80",
        b"'\xff\"",
    ] {
        names.push(bytes.to_vec());
    }
    names
}

/// Runs a program of Python's with these names on its standard input, one a line in hexadecimal,
/// and returns the lines that it prints.
fn python(script: &str, names: &[Vec<u8>]) -> Vec<String> {
    let mut child = python_command()
        .unwrap()
        .args(["-X", "utf8", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for name in names {
        lines.extend(name.iter().map(|byte| format!("{byte:02x}")));
        lines.push('\n');
    }
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.split('\0').map(str::to_owned).collect()
}

#[test]
fn python_quotes_a_path_and_a_name_the_same_way() {
    if !have("python3") {
        return;
    }
    let names = names();
    let script = r"import os, sys
for line in sys.stdin:
    name = bytes.fromhex(line)
    print(repr(os.fsdecode(name)), repr(b'\0' + name), sep='\0', end='\0')";
    let theirs = python(script, &names);
    assert_eq!(theirs.len(), 2 * names.len() + 1);
    for (name, theirs) in names.iter().zip(theirs.chunks(2)) {
        assert_eq!(path(name).python(), theirs[0], "{name:?}");
        let name = Address::unix_abstract(name).unwrap();
        assert_eq!(name.python(), theirs[1]);
    }
}

/// Which characters are printable is Unicode's to say, and Python may have an older version of it:
/// the two may differ over characters that Python does not know.
#[test]
fn python_finds_the_same_characters_printable() {
    if !have("python3") {
        return;
    }
    // Beyond the first two planes there is little but Chinese characters: a sample of them.
    let rest = ('\u{20000}'..=char::MAX).step_by(61);
    let all: Vec<char> = ('\u{80}'..'\u{20000}').chain(rest).collect();
    // Twenty of them a path.
    let names: Vec<Vec<u8>> = all
        .chunks(20)
        .map(|some| some.iter().collect::<String>().into_bytes())
        .collect();
    let script = r"import sys, unicodedata
for line in sys.stdin:
    name = bytes.fromhex(line).decode()
    known = (unicodedata.category(c) != 'Cn' for c in name)
    print(''.join('?' if not knows else 'p' if c.isprintable() else 'x' for c, knows in zip(name, known)), end='\0')";
    let theirs = python(script, &names);
    for (some, theirs) in all.chunks(20).zip(theirs) {
        for (c, theirs) in some.iter().zip(theirs.chars()) {
            let ours = path(c.to_string().as_bytes()).python();
            let printable = ours == format!("'{c}'");
            assert!(
                theirs == '?' || printable == (theirs == 'p'),
                "{c:?} is {theirs} in Python and {ours} here"
            );
        }
    }
}

#[test]
fn an_ip_address_is_read_back() {
    for text in [
        "127.0.0.1:8002",
        "0.0.0.0:0",
        "[::1]:8002",
        "[::]:65535",
        "[fe80::1%2]:9100",
        "[::ffff:192.0.2.7]:1",
    ] {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.as_std(), Some(text.parse().unwrap()));
        assert_eq!(address.to_string(), text);
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint, Endpoint::from(address.clone()));
        assert_eq!(endpoint.as_address(), Some(&address));
        assert_eq!(endpoint.to_string(), text);
    }
    // inet_ntop(3) writes the last 32 bits as IPv4 where nothing but zeros is before them.
    for (ip, python) in [
        ("::1:0", "('::0.1.0.0', 7, 5, 3)"),
        ("::1.2.3.4", "('::1.2.3.4', 7, 5, 3)"),
        ("::1", "('::1', 7, 5, 3)"),
        ("::ffff:1.2.3.4", "('::ffff:1.2.3.4', 7, 5, 3)"),
        ("2001:db8::1:0:0:1", "('2001:db8::1:0:0:1', 7, 5, 3)"),
    ] {
        let address = SocketAddrV6::new(ip.parse().unwrap(), 7, 5, 3);
        assert_eq!(Address::from(address).python(), python);
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "localhost",
        "localhost:80",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:+80",
        "127.0.0.1:65536",
        "::1",
        "[::1]",
        "[::1%lo]:80",
        r"/a\b",
        r"/a\x0",
        r"/a\x+0",
        r"/a\",
        r"/a\x00",
        r"@\xg0",
    ] {
        let error = text.parse::<Address>().unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        assert_eq!(error.call(), Call::AddressParse);
    }
    for text in ["", "localhost", "::1", "localhost:x", r"a\:80", r"\xff:80"] {
        let error = text.parse::<Endpoint>().unwrap_err();
        assert!(error.is_bad_input() || error.is_not_utf8(), "{error}");
        assert_eq!(error.call(), Call::EndpointParse);
    }
    let long = format!("/{}", "x".repeat(107));
    assert!(long.parse::<Address>().unwrap_err().is_bad_input());
    let long = format!("@{}", "x".repeat(108));
    assert!(long.parse::<Endpoint>().unwrap_err().is_bad_input());
}

/// The advice must be something that works.
#[test]
fn a_text_without_a_port_or_without_brackets_gets_good_advice() {
    for (text, advice) in [
        ("::1", "[::1]:8002"),
        ("::", "[::]:8002"),
        ("fe80::1", "[fe80::1]:8002"),
        ("fe80::1%lo", "[fe80::1%lo]:8002"),
        ("1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:8002"),
        ("2001:db8::7", "[2001:db8::7]:8002"),
        ("::ffff:1.2.3.4", "[::ffff:1.2.3.4]:8002"),
        ("[::1]", "[::1]:8002"),
        ("localhost", "localhost:8002"),
        ("localhost:", "localhost:8002"),
        ("::1:", "[::1]:8002"),
        ("fe80::", "[fe80::]:8002"),
        ("", ":8002"),
        ("::1:8002", "[::1]:8002"),
        ("fe80::1%lo:80", "[fe80::1%lo]:80"),
        ("2001:db8::1:80", "[2001:db8::1]:80"),
    ] {
        let error = Socket::tcp().unwrap().connect(text).unwrap_err();
        assert!(error.is_bad_input());
        let line = error.to_string();
        assert!(
            line.contains(&format!("write {advice:?}")) || line.ends_with(&format!(": {advice:?}")),
            "{line}"
        );
        advice.parse::<Endpoint>().unwrap();
    }
    let line = "a:b:80".parse::<Endpoint>().unwrap_err().to_string();
    assert!(line.contains("too many colons"), "{line}");
}

#[test]
fn stds_types_are_addresses() {
    let four = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80);
    let six = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 0);
    for (address, endpoint, std) in [
        (
            Address::from(four),
            Endpoint::from(four),
            SocketAddr::from(four),
        ),
        (Address::from(six), Endpoint::from(six), six.into()),
        (
            Address::from((Ipv4Addr::LOCALHOST, 80)),
            Endpoint::from((Ipv4Addr::LOCALHOST, 80)),
            four.into(),
        ),
        (
            Address::from((Ipv6Addr::LOCALHOST, 80)),
            Endpoint::from((Ipv6Addr::LOCALHOST, 80)),
            six.into(),
        ),
        (
            Address::from((IpAddr::from(Ipv6Addr::LOCALHOST), 80)),
            Endpoint::from((IpAddr::from(Ipv6Addr::LOCALHOST), 80)),
            six.into(),
        ),
        (
            "127.0.0.1:80".parse().unwrap(),
            Endpoint::from(("127.0.0.1", 80)),
            four.into(),
        ),
        (
            "[::1]:80".parse().unwrap(),
            Endpoint::new("::1", 80),
            six.into(),
        ),
    ] {
        assert_eq!(address, Address::from(std));
        assert_eq!(endpoint, Endpoint::from(std));
        assert_eq!(endpoint.as_address(), Some(&address));
        assert_eq!((endpoint.host(), endpoint.port()), (None, Some(80)));
    }
    let unix = StdUnixAddr::from_abstract_name(b"phone").unwrap();
    assert_eq!(Endpoint::from(unix), "@phone".parse().unwrap());
}

#[test]
fn an_endpoint_is_a_value() {
    let hash = |endpoint: &Endpoint| {
        let mut hasher = DefaultHasher::new();
        endpoint.hash(&mut hasher);
        hasher.finish()
    };
    let host = Endpoint::from(("localhost", 80));
    let same: Endpoint = "localhost:80".parse().unwrap();
    assert_eq!(host, same);
    assert_eq!(hash(&host), hash(&same));
    assert_eq!(host, Endpoint::from(("localhost".to_owned(), 80)));
    assert_ne!(host, Endpoint::from(("localhost", 81)));
    assert_eq!((host.host(), host.port()), (Some("localhost"), Some(80)));
    assert_eq!(host.as_address(), None);
    assert_eq!(format!("{host:?}"), "Endpoint(localhost:80)");
    let any: Endpoint = ":80".parse().unwrap();
    assert_eq!((any.host(), any.port()), (Some(""), Some(80)));
    let unix: Endpoint = "/run/phone".parse().unwrap();
    assert_eq!((unix.host(), unix.port()), (None, None));
    assert_eq!(
        unix.as_address(),
        Some(&Address::unix("/run/phone").unwrap())
    );
    let scope: Endpoint = "[fe80::1%lo]:80".parse().unwrap();
    assert_eq!(scope.host(), Some("fe80::1%lo"));
    assert_eq!(scope.to_string(), "[fe80::1%lo]:80");
}

#[test]
fn every_call_takes_an_endpoint() {
    for host in ["localhost", "127.0.0.1"] {
        let server = create_server(Endpoint::from((host, 0))).unwrap();
        let at = Endpoint::from((host, server.getsockname().unwrap().port().unwrap()));
        create_connection(&at).unwrap();
        let client = Socket::tcp().unwrap();
        client.connect(at.clone()).unwrap();
        assert_eq!(Socket::tcp().unwrap().connect_ex(at).unwrap(), 0);
        let server = Socket::udp().unwrap();
        server.bind(Endpoint::from((host, 0))).unwrap();
        let at = Endpoint::from((host, server.getsockname().unwrap().port().unwrap()));
        Socket::udp().unwrap().sendto(b"x", &at).unwrap();
        assert_eq!(server.recv(9).unwrap(), b"x");
    }
    // The error names the place as it was given.
    let error = Socket::tcp()
        .unwrap()
        .connect(Endpoint::from(("x".repeat(64), 80)))
        .unwrap_err();
    assert!(error.is_unresolved());
    assert!(error.to_string().contains(&"x".repeat(64)));
    let error = Socket::tcp()
        .unwrap()
        .connect("@phone".parse::<Endpoint>().unwrap())
        .unwrap_err();
    assert!(error.is_bad_input(), "{error}");
}

/// A text is a path on a Unix socket, `@` or not: Python's meaning.
#[test]
fn a_text_that_begins_with_an_at_is_a_path() {
    let test = "a_text_that_begins_with_an_at_is_a_path";
    in_child(test, || {
        let dir = std::env::temp_dir().join(format!("socketbook-at-{}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        std::env::set_current_dir(&dir).unwrap();
        let server = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
        server.bind("@phone").unwrap();
        assert!(dir.join("@phone").exists());
        let own = server.getsockname().unwrap();
        assert_eq!(
            (own.to_string(), own.python()),
            ("./@phone".into(), "'@phone'".into())
        );
        // And the abstract name is another socket.
        let other = Socket::new(AF_UNIX, SOCK_DGRAM).unwrap();
        let name = format!("@socketbook-at-{}", std::process::id());
        other.bind(name.parse::<Address>().unwrap()).unwrap();
        assert_eq!(other.getsockname().unwrap().to_string(), name);
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

#[test]
fn a_source_address_is_what_bind_takes() {
    let server = create_server(LOCAL).unwrap();
    let at = server.getsockname().unwrap();
    let loopback = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
    let from = |source: ConnectionOptions| {
        let client = create_connection_with(&at, &source).unwrap();
        server.accept().unwrap();
        client.getsockname().unwrap().ip()
    };
    let options = ConnectionOptions::new;
    // Within a time for all, a look-up is bounded.
    let timed = || ConnectionOptions::new().total(std::time::Duration::from_secs(60));
    for options in [options as fn() -> ConnectionOptions, timed] {
        assert_eq!(from(options().source_address(("", 0))), loopback);
        assert_eq!(from(options().source_address(":0")), loopback);
        assert_eq!(
            from(options().source_address("localhost:0".to_owned())),
            loopback
        );
        assert_eq!(
            from(options().source_address((Ipv4Addr::LOCALHOST, 0))),
            loopback
        );
        assert_eq!(
            from(options().source_address(Endpoint::from(("localhost", 0)))),
            loopback
        );
        assert_eq!(
            from(options().source_address("127.0.0.2:0")),
            Some("127.0.0.2".parse().unwrap())
        );
        // A port of one's own.
        let free = nobody().port().unwrap();
        let client = create_connection_with(&at, &options().source_address(("", free))).unwrap();
        server.accept().unwrap();
        assert_eq!(client.getsockname().unwrap().port(), Some(free));
    }

    // What does not fit fails each attempt, and says where.
    for source in [
        options().source_address(("::1", 0)),
        options().source_address("no port"),
        options().source_address(Path::new("/tmp/phone")),
        options().source_address(("x".repeat(64), 0)),
        timed().source_address(("x".repeat(64), 0)),
    ] {
        let error = create_connection_with(&at, &source).unwrap_err();
        let [attempt] = error.attempts() else {
            panic!("{error}")
        };
        assert_eq!(attempt.call(), Call::Bind, "{error}");
        assert!(attempt.is_bad_input() || attempt.is_unresolved(), "{error}");
    }
}

#[test]
fn display_is_read_back() {
    made_up(256, |dice| {
        let bytes = dice.many(1..100, |dice| dice.below(256) as u8);
        let name = Address::unix_abstract(&bytes).unwrap();
        assert_eq!(&name.to_string().parse::<Address>().unwrap(), &name);
        assert_eq!(Endpoint::from(name.clone()).to_string(), name.to_string());

        let mut bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        if bytes.is_empty() || dice.below(2) == 0 {
            bytes.insert(0, b'/');
        }
        let path = path(&bytes);
        let shown = path.to_string();
        assert!(!shown.contains(char::is_control));
        assert_eq!(&shown.parse::<Address>().unwrap(), &path);

        let host = dice.text(20);
        let endpoint = Endpoint::new(host, dice.below(65_536) as u16);
        let shown = endpoint.to_string();
        assert!(!shown.contains(char::is_control));
        assert_eq!(shown.parse::<Endpoint>().unwrap(), endpoint);
    });
}
