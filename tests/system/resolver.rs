//! Names: look-ups with the files and name servers of a test's own, compared with Python's, and
//! bounded in time.

use std::fs;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::etc::with_etc;
use crate::support::*;
use socketbook::*;

const SOON: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(60);

const NSSWITCH: (&str, &[u8]) = (
    "nsswitch.conf",
    b"hosts: files dns\nservices: files\nprotocols: files\n",
);
const RESOLV: (&str, &[u8]) = (
    "resolv.conf",
    b"nameserver 127.0.0.1\noptions timeout:30 attempts:1\n",
);

/// What Python prints.
fn python(script: &str) -> String {
    let output = python_command()
        .unwrap()
        .args(["-X", "utf8", "-c", script])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn a_look_up_is_given_up_at_the_deadline() {
    let test = "a_look_up_is_given_up_at_the_deadline";
    let hosts = ("hosts", &b"127.0.0.1 localhost\n"[..]);
    with_etc(&[hosts, NSSWITCH, RESOLV], test, || {
        let silent = UdpSocket::bind("127.0.0.1:53").unwrap();
        silent.set_read_timeout(Some(LONG)).unwrap();
        let threads = || fs::read_dir("/proc/self/task").unwrap().count();
        let before = threads();

        let options = ConnectionOptions::new().total(SOON);
        let error = must_time_out(SOON, || {
            create_connection_with(("nowhere.test", 80), &options)
        });
        assert_eq!(error.call(), Call::CreateConnection);
        assert!(error.attempts().is_empty() && error.errno().is_none());
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        assert!(
            error.to_string().contains("before any address was tried"),
            "{error}"
        );
        assert!(silent.peek(&mut [0; 512]).is_ok(), "it was asked");

        // A source address by name is within the time as well.
        let server = create_server(LOCAL).unwrap();
        let elsewhere = options.clone().source_address(("nowhere.test", 0));
        let error = must_time_out(SOON, || {
            create_connection_with(server.getsockname().unwrap(), &elsewhere)
        });
        let [attempt] = error.attempts() else {
            panic!("{error}")
        };
        assert_eq!(attempt.call(), Call::Bind);

        let error = must_time_out(SOON, || {
            look_up_within(SOON, || getaddrinfo("nowhere.test", 80))
        });
        assert_eq!(error.call(), Call::LookUpWithin);
        must_time_out(Duration::ZERO, || {
            look_up_within(Duration::ZERO, || gethostbyaddr("192.0.2.1"))
        });
        // What is found in time is found.
        let found = look_up_within(LONG, || getaddrinfo("localhost", 80)).unwrap();
        assert_eq!(found[0].address.to_string(), "127.0.0.1:80");

        // No more than 64 are left behind.
        let mut given_up = 4;
        let error = loop {
            let outcome = look_up_within(Duration::ZERO, || getaddrinfo("nowhere.test", 80));
            let error = outcome.unwrap_err();
            if !error.is_timeout() {
                break error;
            }
            given_up += 1;
            assert!(given_up <= 64, "{error}");
        };
        assert_eq!((given_up, error.eai()), (64, Some(EAI_AGAIN)), "{error}");
        assert!(error.is_transient() && error.is_unresolved());
        let error = create_connection_with(("nowhere.test", 80), &options).unwrap_err();
        assert_eq!(error.eai(), Some(EAI_AGAIN));
        // A number is not looked up.
        create_connection_with(server.getsockname().unwrap(), &options).unwrap();

        // They end when the name server answers, and room is there again.
        answer_all(silent, |_, _| Answer::Rcode(3));
        let start = Instant::now();
        while threads() > before + 1 {
            assert!(start.elapsed() < LONG, "{} threads", threads());
            thread::yield_now();
        }
        let error = look_up_within(LONG, || getaddrinfo("nowhere.test", 80)).unwrap_err();
        assert_eq!(error.eai(), Some(EAI_NONAME));
    });
}

#[test]
fn a_look_up_that_panics_does_so_in_the_caller() {
    let outcome = std::panic::catch_unwind(|| {
        look_up_within(LONG, || -> Result<()> { panic!("in the look-up") })
    });
    let panic = outcome.unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in the look-up"));
    let error = look_up_within(Duration::MAX, || Ok(())).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
}

/// Many at once that nobody gives up are no reason to refuse the next.
#[test]
fn only_look_ups_that_were_given_up_are_counted() {
    let inside = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..100 {
            let inside = Arc::clone(&inside);
            scope.spawn(move || {
                look_up_within(LONG, move || {
                    inside.fetch_add(1, SeqCst);
                    while inside.load(SeqCst) < 100 {
                        thread::sleep(Duration::from_millis(1)); // the slow look-up itself
                    }
                    Ok(())
                })
                .unwrap();
            });
        }
    });
}

#[test]
fn addresses_that_the_time_left_out_are_told_of() {
    let test = "addresses_that_the_time_left_out_are_told_of";
    let hosts = b"127.0.0.1 many\n127.0.0.2 many\n127.0.0.3 many\n";
    with_etc(&[("hosts", hosts), NSSWITCH, RESOLV], test, || {
        // A server whose queue is full: SYNs are dropped.
        let server = Socket::tcp().unwrap();
        server.bind(("", 0)).unwrap();
        server.listen(0).unwrap();
        let port = server.getsockname().unwrap().port().unwrap();
        let _waiting: Vec<_> = (0..4)
            .map(|_| {
                let client = Socket::new(AF_INET, SOCK_STREAM | SOCK_NONBLOCK).unwrap();
                client.connect_ex(("127.0.0.1", port)).unwrap();
                client
            })
            .collect();
        let total = Duration::from_millis(150);
        let options = ConnectionOptions::new().timeout(2 * SOON).total(total);
        let error = must_time_out(total, || create_connection_with(("many", port), &options));
        let tried = error.attempts().len();
        assert!((1..=2).contains(&tried), "{error}");
        assert!(error.errno().is_none());
        assert!(
            error
                .to_string()
                .contains("before all addresses were tried"),
            "{error}"
        );

        // With time for all, all are tried.
        let options = ConnectionOptions::new().timeout(SOON).total(LONG);
        let error = must_time_out(3 * SOON, || {
            create_connection_with(("many", port), &options)
        });
        assert_eq!(error.attempts().len(), 3, "{error}");
    });
}

enum Answer {
    /// An error, or nothing at all: 0.
    Rcode(u8),
    /// Type and data of the records, each of which the name before it is an alias of if it is a
    /// CNAME (5).
    Records(Vec<(u16, Vec<u8>)>),
}

/// Answers all queries, for a name and a type of record, in a thread of its own.
fn answer_all(server: UdpSocket, answer: impl Fn(&str, u16) -> Answer + Send + 'static) {
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((len, from)) = server.recv_from(&mut query) {
            let (name, rest) = read_name(&query[12..len]);
            let kind = u16::from_be_bytes([rest[0], rest[1]]);
            let question = len - 12 - rest.len() + 4;
            let (rcode, records) = match answer(&name, kind) {
                Answer::Rcode(rcode) => (rcode, Vec::new()),
                Answer::Records(records) => (0, records),
            };
            // The query's number; a recursive answer; one question and the records.
            let mut reply = query[..2].to_vec();
            reply.extend([0x81, 0x80 | rcode, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
            reply.extend(&query[12..12 + question]);
            let mut owner = query[12..12 + question - 4].to_vec();
            for (kind, data) in records {
                reply.extend(&owner);
                reply.extend(kind.to_be_bytes());
                reply.extend([0, 1, 0, 0, 0, 60]);
                reply.extend((data.len() as u16).to_be_bytes());
                reply.extend(&data);
                if kind == 5 {
                    owner = data;
                }
            }
            server.send_to(&reply, from).unwrap();
        }
    });
}

fn read_name(mut bytes: &[u8]) -> (String, &[u8]) {
    let mut name = String::new();
    while bytes[0] != 0 {
        let (label, rest) = bytes[1..].split_at(bytes[0].into());
        name += &String::from_utf8_lossy(label);
        name.push('.');
        bytes = rest;
    }
    (name, &bytes[1..])
}

fn write_name(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split_terminator('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

const A: u16 = 1;
const CNAME: u16 = 5;
const PTR: u16 = 12;
const AAAA: u16 = 28;

fn zone(name: &str, kind: u16) -> Answer {
    let six = |last| {
        let mut ip = [0; 16];
        (ip[0], ip[1], ip[15]) = (0x20, 0x01, last);
        ip.to_vec()
    };
    let records = match (name, kind) {
        ("two.test.", A) => vec![(A, vec![127, 0, 0, 1]), (A, vec![127, 0, 0, 2])],
        ("both.test.", A) => vec![(A, vec![127, 0, 0, 1])],
        ("both.test." | "six.test.", AAAA) => vec![(AAAA, six(1))],
        ("www.test.", A) => vec![(CNAME, write_name("host.test")), (A, vec![127, 0, 0, 3])],
        ("9.0.0.127.in-addr.arpa.", PTR) => vec![(PTR, write_name("host.test"))],
        ("8.0.0.127.in-addr.arpa.", PTR) => return Answer::Rcode(2),
        ("refused.test.", _) => return Answer::Rcode(5),
        ("broken.test.", _) => return Answer::Rcode(2),
        ("nothing.test." | "two.test." | "six.test." | "www.test.", _) => vec![],
        _ => return Answer::Rcode(3),
    };
    Answer::Records(records)
}

/// In the shape in which `SHOW` prints Python's.
fn show_all(host: &str, options: &AddrInfoOptions) -> String {
    match getaddrinfo_with(host, 80, options) {
        Ok(all) => all
            .iter()
            .map(|one| {
                let name = one.canonname.as_deref().unwrap_or("");
                format!(
                    "{} {} {name} {}",
                    i32::from(one.kind),
                    i32::from(one.proto),
                    one.address.python()
                )
            })
            .collect::<Vec<_>>()
            .join("; "),
        Err(error) => error.eai().unwrap().raw().to_string(),
    }
}

const SHOW: &str = r"
from socket import *
def show(host, **hints):
    try:
        return '; '.join(f'{int(k)} {p} {c} {a}' for f, k, p, c, a in getaddrinfo(host, 80, **hints))
    except gaierror as e:
        return str(e.errno)
";

#[test]
fn what_a_name_server_says_is_what_python_hears() {
    let test = "what_a_name_server_says_is_what_python_hears";
    let hosts = ("hosts", &b"127.0.0.1 localhost\n"[..]);
    with_etc(&[hosts, NSSWITCH, RESOLV], test, || {
        answer_all(UdpSocket::bind("127.0.0.1:53").unwrap(), zone);
        let options = AddrInfoOptions::new();
        for (name, eai) in [
            ("nowhere.test", EAI_NONAME),
            ("nothing.test", EAI_NODATA),
            ("broken.test", EAI_AGAIN),
            ("refused.test", EAI_AGAIN),
        ] {
            let error = getaddrinfo(name, 80).unwrap_err();
            assert_eq!(error.eai(), Some(eai), "{error}");
            assert_eq!(error.is_transient(), eai == EAI_AGAIN);
            assert!(error.is_unresolved());
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
            assert!(error.to_string().contains(eai.name()), "{error}");
            // The calls of sockets say the same.
            for error in [
                Socket::tcp().unwrap().connect((name, 80)).unwrap_err(),
                Socket::udp().unwrap().sendto(b"x", (name, 80)).unwrap_err(),
                create_connection((name, 80)).unwrap_err(),
                gethostbyname(name).unwrap_err(),
                gethostbyname_ex(name).unwrap_err(),
            ] {
                assert_eq!(error.eai(), Some(eai), "{error}");
            }
        }
        let six = Socket::tcp()
            .unwrap()
            .connect(("six.test", 80))
            .unwrap_err();
        assert_eq!(
            six.eai(),
            Some(EAI_NODATA),
            "only the socket's family is asked for"
        );
        assert_eq!(gethostbyaddr("127.0.0.9").unwrap().name, "host.test");
        assert_eq!(
            gethostbyaddr("127.0.0.8").unwrap_err().eai(),
            Some(EAI_AGAIN)
        );
        assert_eq!(
            gethostbyaddr("127.0.0.7").unwrap_err().eai(),
            Some(EAI_NONAME)
        );
        assert_eq!(
            getnameinfo(("127.0.0.7", 80), NI_NUMERICSERV).unwrap(),
            ("127.0.0.7".into(), "80".into())
        );
        assert_eq!(getfqdn("127.0.0.9"), "host.test");
        assert_eq!(getfqdn("127.0.0.7"), "127.0.0.7");
        let host = gethostbyname_ex("www.test").unwrap();
        assert_eq!(
            (&*host.name, &host.aliases[..]),
            ("host.test", &["www.test".to_owned()][..])
        );

        if !have("python3") {
            return;
        }
        let hosts = [
            "two.test",
            "both.test",
            "six.test",
            "www.test",
            "nothing.test",
            "broken.test",
            "refused.test",
            "nowhere.test",
            "127.0.0.1",
            "::1",
            "localhost",
        ];
        let six = options.family(AF_INET6);
        let hints = [
            ("", options),
            ("family=AF_INET", options.family(AF_INET)),
            ("family=AF_INET6", six),
            ("type=SOCK_STREAM", options.kind(SOCK_STREAM)),
            ("proto=IPPROTO_UDP", options.proto(IPPROTO_UDP)),
            ("flags=AI_CANONNAME", options.flags(AI_CANONNAME)),
            ("flags=AI_ADDRCONFIG", options.flags(AI_ADDRCONFIG)),
            ("flags=AI_NUMERICHOST", options.flags(AI_NUMERICHOST)),
            ("family=AF_INET6, flags=AI_V4MAPPED", six.flags(AI_V4MAPPED)),
            (
                "family=AF_INET6, flags=AI_V4MAPPED | AI_ALL",
                six.flags(AI_V4MAPPED | AI_ALL),
            ),
        ];
        let mut script = SHOW.to_owned();
        let mut ours = Vec::new();
        for host in hosts {
            for (hints, options) in &hints {
                script += &format!("print(show({host:?}, {hints}))\n");
                ours.push((host, hints, show_all(host, options)));
            }
        }
        let theirs = python(&script);
        assert_eq!(theirs.lines().count(), ours.len());
        for ((host, hints, ours), theirs) in ours.iter().zip(theirs.lines()) {
            assert_eq!(ours, theirs, "{host}, {hints}");
        }
    });
}

#[test]
fn hosts_of_a_file_are_what_python_finds() {
    let test = "hosts_of_a_file_are_what_python_finds";
    let hosts = b"# a comment\n127.0.0.1\tlocalhost lh # another\n::1 localhost ip6-localhost\n\
        192.0.2.1 mail MAIL.example.test post\n192.0.2.2 mail second\n192.0.2.3\nnot-an-address x\n\
        192.0.2.4 Short.example.test Short\n2001:db8::1 six.example.test six\n";
    with_etc(&[("hosts", hosts), NSSWITCH, RESOLV], test, || {
        if !have("python3") {
            return;
        }
        sethostname("short").unwrap();
        assert_eq!(
            (
                &*gethostname(),
                &*python("import socket; print(socket.gethostname())")
            ),
            ("short", "short")
        );
        let shown = |host: &HostEntry| {
            let ips: Vec<_> = host.addresses.iter().map(ToString::to_string).collect();
            format!("{} {:?} {:?}", host.name, host.aliases, ips).replace('"', "'")
        };
        let mut script = "from socket import *\ndef show(call, name):\n  try: got = call(name)\n  \
            except OSError: return 'error'\n  \
            return got if isinstance(got, str) else ' '.join(map(str, got))\n"
            .to_owned();
        let mut all = Vec::new();
        for name in [
            "localhost",
            "lh",
            "mail",
            "post",
            "mail.example.test",
            "second",
            "short",
            "SHORT",
            "six",
            "127.0.0.1",
            "192.0.2.1",
            "192.0.2.4",
            "2001:db8::1",
            "::1",
            "127.1",
        ] {
            for (call, ours) in [
                (
                    "gethostbyname",
                    gethostbyname(name).map(|ip| ip.to_string()),
                ),
                (
                    "gethostbyname_ex",
                    gethostbyname_ex(name).map(|host| shown(&host)),
                ),
                (
                    "gethostbyaddr",
                    gethostbyaddr(name).map(|host| shown(&host)),
                ),
                ("getfqdn", Ok(getfqdn(name))),
            ] {
                script += &format!("print(show({call}, {name:?}))\n");
                let ours = ours.unwrap_or_else(|error| {
                    assert!(error.is_unresolved(), "{error}");
                    "error".to_owned()
                });
                all.push((call, name, ours));
            }
        }
        let theirs = python(&script);
        assert_eq!(theirs.lines().count(), all.len());
        for ((call, name, ours), theirs) in all.iter().zip(theirs.lines()) {
            assert_eq!(ours, theirs, "{call}({name:?})");
        }
        let found = all.iter().filter(|(_, _, ours)| ours != "error").count();
        assert!(found > 40, "{found}");
        for name in ["", " ", "0.0.0.0", "::"] {
            assert_eq!(getfqdn(name), "Short.example.test");
        }
        assert_eq!(
            sethostname(&"x".repeat(65)).unwrap_err().errno(),
            Some(EINVAL)
        );
    });
}

/// dns-lookup panics at such a name; a program that uses this crate does not.
#[test]
fn a_canonical_name_that_is_not_utf8_is_an_error() {
    let test = "a_canonical_name_that_is_not_utf8_is_an_error";
    let hosts = b"127.0.0.1 caf\xe9 cafe\n127.0.0.1 localhost\n";
    with_etc(&[("hosts", hosts), NSSWITCH, RESOLV], test, || {
        let options = AddrInfoOptions::new().flags(AI_CANONNAME);
        let error = getaddrinfo_with("cafe", 80, &options).unwrap_err();
        assert_eq!(error.eai(), Some(EAI_FAIL), "{error}");
        let error = gethostbyaddr("127.0.0.1").unwrap_err();
        assert_eq!(error.eai(), Some(EAI_FAIL), "{error}");
        assert!(gethostbyname_ex("cafe").unwrap_err().is_unresolved());
        assert_eq!(gethostbyname("cafe").unwrap().to_string(), "127.0.0.1");
        assert_eq!(
            getaddrinfo_with("localhost", 80, &options).unwrap()[0]
                .canonname
                .as_deref(),
            Some("localhost")
        );
    });
}

#[test]
fn services_and_protocols_of_a_file() {
    let test = "services_and_protocols_of_a_file";
    let services = b"# a comment\nhttp 80/tcp www # alias\nhttp 8000/udp\nboth 9/tcp\nboth 9/udp null\nodd 70000/tcp\nno-proto 12\nshort\n\xff\xfe 13/tcp\n";
    let protocols = b"ip 0 IP\ntcp 6 TCP\nodd x\nbig 262 MPTCP\n";
    with_etc(
        &[("services", services), ("protocols", protocols), NSSWITCH],
        test,
        || {
            assert_eq!(getservbyname("http", None).unwrap(), 80);
            assert_eq!(getservbyname("www", "tcp").unwrap(), 80);
            assert_eq!(getservbyname("http", "udp").unwrap(), 8000);
            assert_eq!(getservbyname("null", None).unwrap(), 9);
            assert_eq!(getservbyport(80, None).unwrap(), "http");
            assert_eq!(getservbyport(8000, "udp").unwrap(), "http");
            assert_eq!(getservbyport(9, "udp").unwrap(), "both");
            assert_eq!(getprotobyname("TCP").unwrap(), Protocol::from(6));
            assert_eq!(getprotobyname("MPTCP").unwrap(), IPPROTO_MPTCP);
            for error in [
                getservbyname("www", "udp").unwrap_err(),
                getservbyname("80", None).unwrap_err(),
                getservbyname("odd", None).unwrap_err(),
                getservbyname("no-proto", None).unwrap_err(),
                getservbyport(12, None).unwrap_err(),
                getservbyport(80, "udp").unwrap_err(),
                getprotobyname("6").unwrap_err(),
                getprotobyname("odd").unwrap_err(),
            ] {
                assert!(error.is_unresolved() && error.eai().is_none(), "{error}");
                assert!(error.to_string().contains("it is not in /etc/"), "{error}");
            }
        },
    );
}

#[test]
fn each_service_of_this_machine_is_what_python_finds() {
    if !have("python3") || !fs::exists("/etc/services").unwrap() {
        return skipped("no /etc/services here");
    }
    let script = r"
from socket import *
def find(call, *args):
    try: return call(*args)
    except OSError: return 'none'
names = sorted({word for line in open('/etc/services') for word in line.split('#')[0].replace('/', ' ').split()})
for name in names:
    for proto in (None, 'tcp', 'udp'):
        print('name', name, proto, find(getservbyname, name, *filter(None, [proto])))
for port in sorted({*range(100), *(int(name) for name in names if name.isdigit())}):
    for proto in (None, 'tcp', 'udp'):
        print('port', port, proto, find(getservbyport, port, *filter(None, [proto])))
for name in sorted({word for line in open('/etc/protocols') for word in line.split('#')[0].split()}):
    print('proto', name, None, find(getprotobyname, name))
";
    let mut found = 0;
    for line in python(script).lines() {
        let [call, what, proto, theirs] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let proto = Some(proto).filter(|proto| *proto != "None");
        let ours = match call {
            "name" => getservbyname(what, proto).map(|port| port.to_string()),
            "port" => getservbyport(what.parse().unwrap(), proto),
            _ => getprotobyname(what).map(|proto| i32::from(proto).to_string()),
        };
        found += usize::from(theirs != "none");
        assert_eq!(ours.unwrap_or_else(|_| "none".to_owned()), theirs, "{line}");
    }
    assert!(found > 300, "{found}");
}
