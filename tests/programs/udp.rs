//! `udp_server` and `udp_client`, with each other, with the lesson's programs, and with peers that
//! do not answer.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::commands::{example, lesson};
use crate::process::{HUNG, Program, run};
use crate::skipped::skipped;

fn server() -> (Program, SocketAddr) {
    let mut command = example("udp_server");
    command.arg("127.0.0.1:0");
    Program::serve(command)
}

fn client(address: SocketAddr) -> Command {
    let mut command = example("udp_client");
    command.arg(address.to_string());
    command
}

fn peer() -> UdpSocket {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("any port");
    peer.set_read_timeout(Some(HUNG)).expect("a socket");
    peer
}

/// An empty line is an empty datagram, and answered.
const INPUT: &str = "hello\n\n喂?\n";
const SHOWN: &str = ">>>>恭喜您传输成功\n>>>>恭喜您传输成功\n>>>>恭喜您传输成功\n>>>>";

/// What a server prints for INPUT; the client's address is the same in each line.
fn check_server(server: &mut Program) {
    let first = server.out.line();
    let add = first
        .strip_prefix("data= b'hello',add = ")
        .expect(&first)
        .to_owned();
    assert!(
        add.starts_with("('127.0.0.1', ") && add.ends_with(')'),
        "{add}"
    );
    assert_eq!(server.out.line(), format!("data= b'',add = {add}"));
    assert_eq!(
        server.out.line(),
        format!(r"data= b'\xe5\x96\x82?',add = {add}")
    );
}

#[test]
fn client_and_server_talk() {
    let (mut server, address) = server();
    let (status, out, err) = run(client(address), INPUT);
    assert!(status.success(), "{err}");
    assert_eq!((&*out, &*err), (SHOWN, ""));
    check_server(&mut server);
}

#[test]
fn the_client_talks_with_the_lessons_server() {
    let Some(command) = lesson("udp_server.py", 0) else {
        return;
    };
    let (mut server, address) = Program::serve(command);
    let (status, out, err) = run(client(address), INPUT);
    assert!(status.success(), "{err}");
    assert_eq!(out, SHOWN);
    check_server(&mut server);
}

#[test]
fn the_lessons_client_talks_with_the_server() {
    let (mut server, address) = server();
    let Some(command) = lesson("udp_client.py", address.port()) else {
        return;
    };
    let (_, out, err) = run(command, INPUT);
    assert!(
        err.contains("EOFError"),
        "so ends the lesson's client: {err}"
    );
    assert_eq!(out, SHOWN);
    check_server(&mut server);
}

/// Both servers print the same for all bytes there are but for quotes, of which ours escapes each,
/// and for a datagram that is cut; ours says so too.
#[test]
fn the_servers_print_alike() {
    let Some(command) = lesson("udp_server.py", 0) else {
        return;
    };
    let quote = |byte: &u8| matches!(byte, b'\'' | b'"');
    let all: Vec<u8> = (0..=255).filter(|byte| !quote(byte)).collect();
    let long = [b'x'; 3000];
    let messages = [&all[..], br"\\", &long];
    let peer = peer();
    let [ours, theirs] = [server(), Program::serve(command)].map(|(mut server, address)| {
        let shown = messages.map(|message| {
            peer.send_to(message, address).expect("sent");
            let mut answer = [0; 100];
            let (len, from) = peer.recv_from(&mut answer).expect("answered");
            assert_eq!(
                (&answer[..len], from),
                ("恭喜您传输成功".as_bytes(), address)
            );
            server.out.line()
        });
        (shown, server)
    });
    assert_eq!(ours.0, theirs.0);
    assert_eq!(ours.0[2].matches('x').count(), 1024, "{}", ours.0[2]);
    let mut server = ours.1;
    let own = peer.local_addr().expect("bound");
    assert_eq!(
        server.err.line(),
        format!("{own}: 3000 bytes sent, 1024 kept")
    );
}

/// The client does not wait forever for an answer.
#[test]
fn the_client_gives_up_when_the_datagram_is_lost() {
    let silent = peer();
    let address = silent.local_addr().expect("bound");
    let (status, out, err) = run(client(address), "hello\nnever sent\n");
    assert_eq!((status.code(), &*out), (Some(1), ">>>>"));
    assert!(
        err.contains(&format!("no answer from {address} within 2s")),
        "{err}"
    );

    let mut heard = [0; 100];
    assert_eq!(silent.recv(&mut heard).expect("it came"), 5);
    silent.set_nonblocking(true).expect("a socket");
    assert!(silent.recv(&mut heard).is_err(), "no second one");
}

#[test]
fn the_client_says_that_no_server_is_there() {
    let gone = peer();
    let address = gone.local_addr().expect("bound");
    let mut client = Program::start(client(address));
    client.out.until(">>>>");
    // From now on it is no one's port but for that peer. Closing it would take effect only when no
    // child that another test has just started holds a copy, as each does until its exec.
    gone.connect("127.0.0.1:1").expect("a socket");
    client.types("hello\n");
    let (status, _, err) = client.finish();
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("recv(): ECONNREFUSED (111)"), "{err}");
}

#[test]
fn a_strangers_datagram_is_no_answer() {
    let [server, stranger] = [(); 2].map(|()| peer());
    let mut client = Program::start(client(server.local_addr().expect("bound")));
    client.types("hello\n");
    let (_, addr) = server.recv_from(&mut [0; 100]).expect("it sends");
    stranger.send_to(b"a lie", addr).expect("sent");
    server.send_to("真的".as_bytes(), addr).expect("sent");
    let (status, out, err) = client.finish();
    assert!(status.success(), "{err}");
    assert_eq!(out, ">>>>真的\n>>>>");
}

#[test]
fn a_line_too_long_for_a_datagram_is_an_error() {
    let (_server, address) = server();
    let (status, _, err) = run(client(address), &format!("{}\n", "x".repeat(65_508)));
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("EMSGSIZE (90)"), "{err}");
}

/// Asks a server, and hears the answer: it has then handled all that came before.
fn ask(peer: &UdpSocket, address: SocketAddr) {
    peer.send_to(b"ask", address).expect("sent");
    let (len, from) = peer.recv_from(&mut [0; 100]).expect("answered");
    assert_eq!((len, from), ("恭喜您传输成功".len(), address));
}

/// A datagram that says it is from the other server. Only the kernel's `connect` would stop such,
/// and a server has none; so here it really comes from there, a moment before the server does.
#[test]
fn two_servers_do_not_answer_each_other() {
    let (mut one, address) = server();
    let pid = Pid::from_raw(one.pid().try_into().expect("a process"));
    kill(pid, Signal::SIGSTOP).expect("our child");
    let forger = peer();
    forger.send_to(b"forged", address).expect("sent");
    let forged = forger.local_addr().expect("bound");
    drop(forger);
    let mut command = example("udp_server");
    command.arg(forged.to_string());
    let (mut other, _) = Program::serve(command);
    kill(pid, Signal::SIGCONT).expect("our child");

    assert!(
        other.out.line().contains(r"data= b'\xe6\x81\xad"),
        "the answer"
    );
    assert_eq!(
        other.err.line(),
        format!("{address}: a server, not answered")
    );
    let peer = peer();
    ask(&peer, forged);
    ask(&peer, address); // whose answer would have been here before this
    assert!(one.out.line().starts_with("data= b'forged'"));
    assert!(one.out.line().starts_with("data= b'ask'"));
    assert!(other.out.line().starts_with("data= b'ask'"));
}

/// Ports below 1024 belong to servers: an old echo, say.
#[test]
fn a_service_is_not_answered() {
    let (mut server, address) = server();
    let service = (1..1024)
        .rev()
        .find_map(|port| UdpSocket::bind(("127.0.0.1", port)).ok());
    let Some(service) = service else {
        return skipped("no port below 1024 for this user");
    };
    service.send_to(b"hello", address).expect("sent");
    let own = service.local_addr().expect("bound");
    assert_eq!(server.err.line(), format!("{own}: a server, not answered"));
    ask(&peer(), address);
    service.set_nonblocking(true).expect("a socket");
    assert!(service.recv(&mut [0; 100]).is_err(), "it would be here");
}

/// Whatever a loop would be made of, it is bounded: 1000 answers a second.
#[test]
fn there_are_so_many_answers_a_second() {
    let (mut server, address) = server();
    server.out.ignore();
    let (peer, start) = (peer(), Instant::now());
    for _ in 0..2001 {
        ask(&peer, address); // and no question is lost meanwhile
    }
    // At most 1000 in the second that had begun, 1000 in the next, so one has passed between.
    assert!(
        start.elapsed() >= Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}
