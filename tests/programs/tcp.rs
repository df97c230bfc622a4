//! `tcp_server` and `tcp_client`, with each other, with the lesson's programs, and with peers
//! that hang up, reset, and let an answer come in parts.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::commands::{example, lesson};
use crate::process::{HUNG, Program, run};

fn server() -> (Program, SocketAddr) {
    let mut command = example("tcp_server");
    command.arg("127.0.0.1:0");
    Program::serve(command)
}

fn client(address: SocketAddr) -> Command {
    let mut command = example("tcp_client");
    command.arg(address.to_string());
    command
}

/// Input with Chinese, quotes and empty lines, and what a client prints for it. Each line fits into
/// one `recv(1024)`, so that the lesson's client gets along with it.
const INPUT: &str = "hello\n\n喂?\n\n\nit's \"so\"\t\\\n恭喜您传输成功\n";
const SHOWN: &str = ">>>>hello\n>>>>>>>>喂?\n>>>>>>>>>>>>it's \"so\"\t\\\n>>>>恭喜您传输成功\n>>>>";

#[test]
fn client_and_server_talk() {
    let (mut server, address) = server();
    let (status, out, err) = run(client(address), INPUT);
    assert!(status.success(), "{err}");
    assert_eq!((&*out, &*err), (SHOWN, ""));

    let first = server.out.line();
    let addr = first
        .strip_prefix("msg=b'hello' addr=")
        .expect(&first)
        .to_owned();
    assert!(
        addr.starts_with("('127.0.0.1', ") && addr.ends_with(')'),
        "{addr}"
    );
    for msg in [
        r"b'\xe5\x96\x82?'",
        r#"b'it\'s \"so\"\t\\'"#,
        r"b'\xe6\x81\xad\xe5\x96\x9c\xe6\x82\xa8\xe4\xbc\xa0\xe8\xbe\x93\xe6\x88\x90\xe5\x8a\x9f'",
    ] {
        assert_eq!(server.out.line(), format!("msg={msg} addr={addr}"));
    }
    assert!(
        server.err.line().ends_with(": hung up"),
        "and no endless b''"
    );
}

#[test]
fn the_client_talks_with_the_lessons_server() {
    let Some(command) = lesson("tcp_server.py", 0) else {
        return;
    };
    let (mut server, address) = Program::serve(command);
    let (status, out, err) = run(client(address), INPUT);
    assert!(status.success(), "{err}");
    assert_eq!(out, SHOWN);
    assert!(
        server
            .out
            .line()
            .starts_with("msg=b'hello' addr=('127.0.0.1', ")
    );
}

#[test]
fn the_lessons_client_talks_with_the_server() {
    let (mut server, address) = server();
    let Some(command) = lesson("tcp_client.py", address.port()) else {
        return;
    };
    let (_, out, err) = run(command, INPUT);
    assert!(
        err.contains("EOFError"),
        "so ends the lesson's client: {err}"
    );
    assert_eq!(out, SHOWN);
    assert!(
        server
            .out
            .line()
            .starts_with("msg=b'hello' addr=('127.0.0.1', ")
    );
}

/// Both servers print the same for all bytes there are, but for quotes: Python chooses those around
/// it by those within, and ours escapes each.
#[test]
fn the_servers_print_alike() {
    let Some(command) = lesson("tcp_server.py", 0) else {
        return;
    };
    let quote = |byte: &u8| matches!(byte, b'\'' | b'"');
    let all: Vec<u8> = (0..=255).filter(|byte| !quote(byte)).collect();
    let messages = [&all[..], br"\\", br#"it's "so""#];
    let [ours, theirs] = [server(), Program::serve(command)].map(|(mut server, address)| {
        let mut peer = connect(address);
        let addr = format!(
            " addr=('127.0.0.1', {})",
            peer.local_addr().expect("bound").port()
        );
        let shown = messages.map(|message| {
            assert_eq!(exchange(&mut peer, message), message);
            let line = server.out.line();
            line.strip_suffix(&addr).expect(&line).to_owned()
        });
        // Before the peer hangs up: the lesson's server would print b'' without end.
        server.kill();
        shown
    });
    assert_eq!(ours[..2], theirs[..2]);
    assert_eq!(ours[2], r#"msg=b'it\'s \"so\"'"#);
}

/// What the lesson's server does when its caller hangs up, and ours does not.
#[test]
fn the_lessons_server_does_not_notice_that_its_caller_hung_up() {
    let Some(command) = lesson("tcp_server.py", 0) else {
        return;
    };
    let (mut server, address) = Program::serve(command);
    let peer = connect(address);
    peer.shutdown(Shutdown::Write).expect("connected");
    for _ in 0..1000 {
        assert!(server.out.line().starts_with("msg=b'' addr="));
    }
}

/// Longer than the server's `recv(1024)`, than the client's pieces, and than all the buffers of a
/// connection together: a client that says all of 9 MB before it listens never ends. A character
/// sits across the seams.
#[test]
fn long_lines_come_back_whole() {
    let (mut server, address) = server();
    server.out.ignore();
    for characters in [342, 1000, 3_000_000] {
        let line = "成".repeat(characters);
        let (status, out, err) = run(client(address), &format!("{line}\nand on\n"));
        assert!(status.success(), "{err}");
        assert!(
            out == format!(">>>>{line}\n>>>>and on\n>>>>"),
            "{characters} characters"
        );
    }
}

/// The server sends all, to a caller who is slow to listen.
#[test]
fn a_flood_comes_back_whole() {
    let (mut server, address) = server();
    server.out.ignore();
    let mut peer = connect(address);
    let flood: Vec<u8> = (0..4_000_000u32).map(|n| n as u8).collect();
    let (mut sender, to_send) = (peer.try_clone().expect("a duplicate"), flood.clone());
    let sending = thread::spawn(move || {
        sender.write_all(&to_send).expect("the server listens");
        sender.shutdown(Shutdown::Write).expect("connected");
    });
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard)
        .expect("the server hangs up in order");
    sending.join().expect("sent");
    assert!(heard == flood);
}

#[test]
fn the_prompt_comes_before_the_input() {
    let (_server, address) = server();
    let mut client = Program::start(client(address));
    client.out.until(">>>>");
    client.types("one\n");
    assert_eq!(client.out.until(">>>>"), "one\n>>>>");
    client.types("two"); // the last line may lack its newline
    let (status, out, _) = client.finish();
    assert!(status.success());
    assert_eq!(out, "two\n>>>>");
}

#[test]
fn input_that_is_not_utf_8_is_an_error() {
    let (_server, address) = server();
    let input = std::env::temp_dir().join(format!("socketbook-not-utf-8-{}", std::process::id()));
    fs::write(&input, b"ok\n\xff\n").expect("a file");
    let file = fs::File::open(&input).expect("just written");
    fs::remove_file(&input).expect("just written");
    let output = client(address).stdin(file).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b">>>>ok\n>>>>");
    assert!(output.stderr.starts_with(b"Error: "));
}

#[test]
fn the_server_goes_on_after_callers_who_hang_up_or_reset() {
    let (mut server, address) = server();
    for resets in [false, true, true, false] {
        let mut peer = connect(address);
        let name = peer.local_addr().expect("bound");
        assert_eq!(exchange(&mut peer, b"first"), b"first");
        if resets {
            reset(peer);
            let end = server.err.line();
            assert!(
                end.starts_with(&format!("{name}: recv(): ECONNRESET (104)")),
                "{end}"
            );
        } else {
            drop(peer);
            assert_eq!(server.err.line(), format!("{name}: hung up"));
        }
    }
    let mut peer = connect(address);
    assert_eq!(exchange(&mut peer, b"last"), b"last");
}

/// Callers who give up while another one talks.
#[test]
fn the_server_goes_on_after_a_caller_who_did_not_wait() {
    let (_server, address) = server();
    let mut talks = connect(address);
    assert_eq!(exchange(&mut talks, b"one"), b"one");
    let [mut waits, silent, mut last] = [(); 3].map(|()| connect(address));
    waits.write_all(b"never heard").expect("connected");
    reset(waits);
    reset(silent);
    last.write_all(b"three").expect("connected");
    assert_eq!(exchange(&mut talks, b"two"), b"two");
    drop(talks);
    assert_eq!(hear(&mut last, 5), b"three");
}

#[test]
fn the_server_restarts_at_once() {
    let (server, address) = server();
    let mut peer = connect(address);
    assert_eq!(exchange(&mut peer, b"one"), b"one");
    // The side that closes first has the TIME_WAIT, so the server must go first.
    server.kill();
    assert_eq!(peer.read(&mut [0; 1]).expect("closed in order"), 0);
    drop(peer);

    // Without SO_REUSEADDR the address is in use; so this test would notice.
    let plain = socketbook::Socket::tcp().expect("a socket");
    let error = plain.bind(address).expect_err("in TIME_WAIT");
    assert_eq!(error.errno(), Some(socketbook::EADDRINUSE));

    let mut command = example("tcp_server");
    command.arg(address.to_string());
    let (_server, again) = Program::serve(command);
    assert_eq!(again, address);
    let mut peer = connect(address);
    assert_eq!(exchange(&mut peer, b"two"), b"two");
}

/// The answer comes in parts, each only when the client has read the one before.
#[test]
fn the_client_waits_for_the_whole_echo() {
    let (mut client, mut conn) = call_us();
    client.types("成功\n");
    let begun = Instant::now();
    for byte in hear(&mut conn, 6) {
        conn.write_all(&[byte]).expect("connected");
        let own = conn.local_addr().expect("bound").port();
        while unread_at(conn.peer_addr().expect("connected").port(), own) {
            assert!(
                begun.elapsed() < HUNG,
                "the client does not listen any more"
            );
            thread::yield_now();
        }
    }
    assert_eq!(client.out.until("功\n"), ">>>>成功\n");
    assert!(client.finish().0.success());
}

#[test]
fn the_client_says_that_the_server_hung_up() {
    let (mut client, mut conn) = call_us();
    client.types("hello\n");
    hear(&mut conn, 5);
    conn.write_all(b"hel").expect("connected");
    drop(conn);
    let (status, out, err) = client.finish();
    assert_eq!(status.code(), Some(1));
    assert_eq!(out, ">>>>");
    assert!(
        err.contains("the other side hung up: 3 of 5 bytes"),
        "{err}"
    );
}

#[test]
fn the_client_says_that_the_server_reset() {
    let (mut client, mut conn) = call_us();
    client.types("hello\n");
    hear(&mut conn, 5);
    reset(conn);
    let (status, _, err) = client.finish();
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("recv(): ECONNRESET (104)"), "{err}");
}

#[test]
fn the_client_says_that_no_server_listens() {
    // Bound and never listening: no one else gets this port meanwhile.
    let silent = socketbook::Socket::tcp().expect("a socket");
    silent.bind("127.0.0.1:0").expect("any port");
    let address = silent.getsockname().expect("bound").as_std().expect("IPv4");
    let (status, out, err) = run(client(address), "");
    assert_eq!((status.code(), &*out), (Some(1), ""));
    assert!(
        err.contains(&format!("connect({address}): ECONNREFUSED (111)")),
        "{err}"
    );
}

fn connect(address: SocketAddr) -> TcpStream {
    let peer = TcpStream::connect(address).expect("it listens");
    peer.set_read_timeout(Some(HUNG)).expect("a socket");
    peer.set_write_timeout(Some(HUNG)).expect("a socket");
    peer
}

/// Starts a client that calls this test, and answers.
fn call_us() -> (Program, TcpStream) {
    let phone = socketbook::create_server("127.0.0.1:0").expect("any port");
    phone.settimeout(HUNG).expect("a socket");
    let address = phone.getsockname().expect("bound").as_std().expect("IPv4");
    let client = Program::start(client(address));
    let (conn, _) = phone.accept().expect("it calls");
    let conn = TcpStream::try_from(conn).expect("TCP");
    conn.set_read_timeout(Some(HUNG)).expect("a socket");
    conn.set_nodelay(true).expect("connected");
    (client, conn)
}

/// Says a message and hears as many bytes.
fn exchange(peer: &mut TcpStream, message: &[u8]) -> Vec<u8> {
    peer.write_all(message).expect("connected");
    hear(peer, message.len())
}

fn hear(peer: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut heard = vec![0; len];
    peer.read_exact(&mut heard).expect("the other side answers");
    heard
}

/// Closes with a reset: SO_LINGER zero.
fn reset(peer: TcpStream) {
    SockRef::from(&peer)
        .set_linger(Some(Duration::ZERO))
        .expect("a socket");
}

/// Whether the connection from `local` to `remote` has received what its owner has not read.
fn unread_at(local: u16, remote: u16) -> bool {
    let ends = format!("0100007F:{local:04X} 0100007F:{remote:04X} ");
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux");
    let row = table
        .lines()
        .find(|row| row.contains(&ends))
        .expect("connected");
    let queues = row.split_whitespace().nth(4).expect("tx_queue:rx_queue");
    !queues.ends_with(":00000000")
}
