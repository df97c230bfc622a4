//! The program `discover`, with Python at the other end: over loopback by multicast, and between
//! two network namespaces of the test's own by broadcast and multicast.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::commands::{example, python};
use crate::process::{Program, run};
use crate::skipped::skipped;

const GROUP: &str = "239.255.80.4";

/// Asks like the program, in Python: `SEEK IP PORT INTERFACE`.
const SEEK: &str = r#"
import socket, sys
ip, port, interface = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
s.settimeout(60)
# No one answers these: nothing, a part of the question, more than it, an answer.
for noise in b"", b"who is there?", b"socketbook?", b"socketbook? who is there!?", b"socketbook! x":
    s.sendto(noise, (ip, port))
s.sendto(b"socketbook? who is there", (ip, port))
data, addr = s.recvfrom(1000)
print(data.decode(), addr[0])
s.setblocking(False)
try:
    print("and", s.recvfrom(1000))
except BlockingIOError:
    pass
"#;

/// Answers like the program, in Python, with whatever answers it is given:
/// `ANNOUNCE IP PORT INTERFACE DEAF ANSWER...`; to the first DEAF questions it says nothing.
const ANNOUNCE: &str = r#"
import socket, struct, sys
ip, port, interface, deaf = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((ip, port))
if ip.startswith("239."):
    group = socket.inet_aton(ip) + socket.inet_aton(interface)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
print("listening on %s:%d" % s.getsockname(), file=sys.stderr, flush=True)
while True:
    data, addr = s.recvfrom(1000)
    assert data == b"socketbook? who is there", data
    if deaf:
        deaf -= 1
        continue
    for answer in sys.argv[5:]:
        for n in range(1000 if "%d" in answer else 1):
            s.sendto(answer.replace("%d", str(n)).encode(), addr)
"#;

fn announce(name: &str, address: &str, interface: &str) -> Command {
    let mut command = example("discover");
    command.args(["announce", name, address, interface]);
    command
}

fn seek(address: SocketAddr, interface: &str) -> Command {
    let mut command = example("discover");
    command.args(["seek", &address.to_string(), interface]);
    command
}

fn python_announce(ip: &str, interface: &str, deaf: u32, answers: &[&str]) -> Option<Command> {
    let mut command = python()?;
    command
        .args(["-c", ANNOUNCE, ip, "0", interface, &deaf.to_string()])
        .args(answers);
    Some(command)
}

fn python_seek(address: SocketAddr, interface: &str) -> Option<Command> {
    let mut command = python()?;
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    command.args(["-c", SEEK, &ip, &port, interface]);
    Some(command)
}

/// Runs a command to its end, which has to be a good one, and gives what it printed.
fn printed(command: Command) -> String {
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    out
}

#[test]
fn two_announcers_on_one_machine_are_both_found() {
    let any = format!("{GROUP}:0");
    let (_one, address) = Program::serve(announce("kitchen", &any, "127.0.0.1"));
    let same = address.to_string();
    let (_two, _) = Program::serve(announce("客厅", &same, "127.0.0.1"));
    let out = printed(seek(address, "127.0.0.1"));
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort();
    let at = format!("at 127.0.0.1:{}", address.port());
    assert_eq!(lines, [format!("kitchen {at}"), format!("客厅 {at}")]);
}

#[test]
fn python_finds_the_announcer() {
    for ip in [GROUP, "127.255.255.255", "127.0.0.1"] {
        let any = format!("{ip}:0");
        let (_announcer, address) = Program::serve(announce("kitchen", &any, "127.0.0.1"));
        let Some(seek) = python_seek(address, "127.0.0.1") else {
            return;
        };
        let out = printed(seek);
        assert_eq!(out, "socketbook! kitchen 127.0.0.1\n");
    }
}

#[test]
fn an_announcer_in_python_is_found_though_the_first_question_is_lost() {
    // At the same time, since each seeks for a second.
    thread::scope(|scope| {
        for ip in [GROUP, "127.255.255.255"] {
            scope.spawn(move || found_though_the_first_question_is_lost(ip));
        }
    });
}

fn found_though_the_first_question_is_lost(ip: &str) {
    let Some(announcer) = python_announce(ip, "127.0.0.1", 1, &["socketbook! kitchen"]) else {
        return;
    };
    let (_announcer, address) = Program::serve(announcer);
    let out = printed(seek(address, "127.0.0.1"));
    let at = format!("127.0.0.1:{}", address.port());
    assert_eq!(
        out,
        format!("kitchen at {at}\n"),
        "once, though asked twice"
    );
}

#[test]
fn what_is_no_answer_is_passed_over_and_nothing_reaches_the_terminal_as_a_command() {
    let long = format!("socketbook! {}", "x".repeat(65));
    let answers = [
        "",
        "kitchen",
        "socketbook? who is there",
        &long,
        "socketbook! \x1b[31mred\r\n",
    ];
    let Some(announcer) = python_announce(GROUP, "127.0.0.1", 0, &answers) else {
        return;
    };
    let (_announcer, address) = Program::serve(announcer);
    let out = printed(seek(address, "127.0.0.1"));
    let at = format!("127.0.0.1:{}", address.port());
    assert_eq!(out, format!("\\u{{1b}}[31mred\\r\\n at {at}\n"));
}

#[test]
fn a_peer_cannot_make_the_list_grow_without_end() {
    let Some(announcer) = python_announce(GROUP, "127.0.0.1", 0, &["socketbook! %d"]) else {
        return;
    };
    let (_announcer, address) = Program::serve(announcer);
    assert_eq!(printed(seek(address, "127.0.0.1")).lines().count(), 256);
}

#[test]
fn no_answer_is_an_error() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("any port");
    let address = silent.local_addr().expect("bound");
    let (status, out, err) = run(seek(address, "127.0.0.1"), "");
    assert_eq!((status.code(), &*out), (Some(1), ""));
    assert_eq!(err, format!("Error: \"no one answers at {address}\"\n"));
}

#[test]
fn its_command_line() {
    let told = |arguments: &[&str]| {
        let mut command = example("discover");
        command.args(arguments);
        run(command, "")
    };
    for wrong in [&[][..], &["announce"], &["seek", "a", "b", "c"], &["find"]] {
        let (status, out, err) = told(wrong);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{wrong:?}");
        assert!(err.contains("usage: discover announce NAME"), "{err}");
    }
    let long = "x".repeat(65);
    for (bad, why) in [
        (&["seek", "localhost:1"][..], "is not IP:PORT"),
        (&["seek", "127.0.0.1:1", "lo"], "is not an IPv4 address"),
        (&["announce", &long], "a name has at most 64 bytes"),
    ] {
        let (status, _, err) = told(bad);
        assert_eq!(status.code(), Some(1), "{bad:?}");
        assert!(err.contains(why), "{err}");
    }
}

/// A machine of its own as far as the network is concerned. It is gone when this is dropped.
struct Machine {
    /// In a mutex, since several threads know the machine.
    _process: Mutex<Program>,
    pid: String,
}

impl Machine {
    /// `None`, said aloud, where this is not allowed; in CI it must be.
    fn first() -> Option<Machine> {
        let tried = Command::new("unshare")
            .args(["-Urn", "ip", "link"])
            .output();
        match tried {
            Ok(output) if output.status.success() => {
                let mut command = Command::new("unshare");
                command.args(["-Urn", "sh", "-c", Machine::LIVE]);
                Some(Machine::running(command))
            }
            refused => {
                skipped(&format!("no network namespaces here: {refused:?}"));
                None
            }
        }
    }

    /// Says its process number, and lives until its input ends.
    const LIVE: &str = "ip link set lo up && echo $$ && read end";

    fn running(command: Command) -> Machine {
        let mut process = Program::start(command);
        let pid = process.out.line();
        Machine {
            _process: Mutex::new(process),
            pid,
        }
    }

    /// A second one that the first may be connected with.
    fn second(&self) -> Machine {
        let mut command = Command::new("unshare");
        command.args(["-n", "sh", "-c", Machine::LIVE]);
        Machine::running(self.on(command))
    }

    /// The same command, on this machine.
    fn on(&self, command: Command) -> Command {
        let mut there = Command::new("nsenter");
        there
            .args(["-t", &self.pid, "-U", "-n", "--preserve-credentials"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                there.env(name, value);
            }
        }
        there
    }

    fn sh(&self, script: &str) {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", script]);
        printed(self.on(command));
    }
}

/// Two machines, 10.9.0.1 and 10.9.0.2, and a cable between them.
fn two_machines() -> Option<[Machine; 2]> {
    let one = Machine::first()?;
    let two = one.second();
    one.sh(&format!(
        "ip link add cable1 type veth peer name cable2 netns {}",
        two.pid
    ));
    for (n, machine) in [(1, &one), (2, &two)] {
        machine.sh(&format!(
            "ip addr add 10.9.0.{n}/24 brd + dev cable{n}
             ip link set cable{n} up
             ip route add default dev cable{n}"
        ));
    }
    Some([one, two])
}

#[test]
fn machines_find_each_other_by_broadcast_and_by_multicast() {
    let Some([one, two]) = two_machines() else {
        return;
    };
    let (one, two) = (&one, &two);
    let ours =
        |ip: &str| Program::serve(two.on(announce("kitchen", &format!("{ip}:0"), "0.0.0.0")));

    let seeks = |address: SocketAddr, name: &str| {
        let out = printed(one.on(seek(address, "0.0.0.0")));
        assert_eq!(out, format!("{name} at 10.9.0.2:{}\n", address.port()));
    };

    // At the same time, since each seeks for a second.
    thread::scope(|scope| {
        // All machines with addresses like these; a group.
        for ip in ["10.9.0.255", GROUP] {
            let (ours, seeks) = (&ours, &seeks);
            scope.spawn(move || {
                let (_announcer, address) = ours(ip);
                seeks(address, "kitchen");
            });
        }
        // All machines of this network.
        scope.spawn(|| {
            let (_announcer, address) = ours("255.255.255.255");
            if let Some(seek) = python_seek(address, "0.0.0.0") {
                let out = printed(one.on(seek));
                assert_eq!(out, "socketbook! kitchen 10.9.0.2\n");
            }
        });
        scope.spawn(|| {
            if let Some(command) = python_announce(GROUP, "0.0.0.0", 0, &["socketbook! snake"]) {
                let (_announcer, address) = Program::serve(two.on(command));
                seeks(address, "snake");
            }
        });
    });
}
