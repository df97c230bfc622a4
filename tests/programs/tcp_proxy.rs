//! The program `tcp_proxy` between peers that we did not write: Python's standard library and curl.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use socketbook::Socket;

use crate::commands::{example, python};
use crate::process::{HUNG, Program, run};
use crate::skipped::skipped;

/// One end of a conversation, in Python: `PEER ROLE [PORT]`. Without a port it is the server.
const PEER: &str = r#"
import hashlib, socket, struct, sys, threading

role, port = sys.argv[1], int(sys.argv[2])
MANY = bytes(range(256)) * 40_000  # 10 MB: more than all buffers on the way

if port:
    s = socket.create_connection(("127.0.0.1", port), timeout=60)
else:
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), file=sys.stderr, flush=True)
    s, _ = listener.accept()
    s.settimeout(60)

def hear():
    parts = iter(lambda: s.recv(65536), b"")
    return b"".join(parts)

def told(data):
    print(len(data), hashlib.sha256(data).hexdigest())

if role == "talk":       # all that it says, then the end; then it listens
    s.sendall(MANY)
    s.shutdown(socket.SHUT_WR)
    told(hear())
elif role == "answer":   # all that it hears, to the end; then it talks
    data = hear()
    told(data)
    s.sendall(b"heard %d" % len(data) + MANY[::-1])
elif role == "both":     # talks and listens at the same time
    talking = threading.Thread(target=lambda: (s.sendall(MANY), s.shutdown(socket.SHUT_WR)))
    talking.start()
    told(hear())
    talking.join()
elif role == "reset":    # says something, hears something, breaks off
    s.sendall(b"once upon a time")
    s.recv(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
elif role == "suffer":   # tells how the conversation ended
    s.sendall(b"?")
    try:
        while s.recv(65536):
            pass
        print("the end")
    except ConnectionResetError:
        print("reset")
"#;

/// A server or a client in Python; `None` without Python.
fn peer(role: &str, port: u16) -> Option<Command> {
    let mut command = python()?;
    command.args(["-c", PEER, role, &port.to_string()]);
    Some(command)
}

fn proxy(target: SocketAddr) -> (Program, SocketAddr) {
    let mut command = example("tcp_proxy");
    command.args([&target.to_string(), "127.0.0.1:0"]);
    Program::serve(command)
}

/// Runs two Python programs with the proxy between them, and gives what they printed and what the
/// proxy reported.
fn between(server: &str, client: &str) -> Option<[String; 3]> {
    let (server, target) = Program::serve(peer(server, 0)?);
    let (mut proxy, address) = proxy(target);
    let (status, client, err) = run(peer(client, address.port())?, "");
    assert!(status.success(), "{err}");
    let (status, server, err) = server.finish();
    assert!(status.success(), "{err}");
    Some([server, client, proxy.err.line()])
}

#[test]
fn a_half_close_passes_through_and_the_answer_comes_back() {
    let Some([server, client, told]) = between("answer", "talk") else {
        return;
    };
    assert!(server.starts_with("10240000 "), "{server}");
    assert!(client.starts_with("10240014 "), "{client}");
    assert!(
        told.ends_with(": 10240000 bytes there, 10240014 back"),
        "{told}"
    );
}

#[test]
fn the_server_may_end_first() {
    let Some([server, client, told]) = between("talk", "answer") else {
        return;
    };
    assert!(client.starts_with("10240000 "), "{client}");
    assert!(server.starts_with("10240014 "), "{server}");
    assert!(
        told.ends_with(": 10240014 bytes there, 10240000 back"),
        "{told}"
    );
}

#[test]
fn both_may_talk_at_once_and_no_byte_is_changed() {
    let Some([server, client, _]) = between("both", "both") else {
        return;
    };
    assert!(server.starts_with("10240000 "), "{server}");
    assert_eq!(server, client, "both said the same");
}

#[test]
fn a_reset_passes_through_in_both_directions() {
    for (server, client, sufferer) in [("reset", "suffer", 1), ("suffer", "reset", 0)] {
        let Some(told) = between(server, client) else {
            return;
        };
        assert_eq!(told[sufferer], "reset\n", "not the end: {told:?}");
        assert!(told[2].contains("ECONNRESET (104)"), "{told:?}");
    }
}

#[test]
fn curl_gets_a_page_through_it() {
    let Some(mut command) = python() else { return };
    let curl = Command::new("curl").arg("--version").output();
    if !curl.is_ok_and(|output| output.status.success()) {
        return skipped("no curl here");
    }
    let server = r#"
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()  # no length: the end of the connection is the end of the page
        self.wfile.write(b"x" * 5_000_000)
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print("listening on %s:%d" % server.server_address, file=sys.stderr, flush=True)
server.handle_request()
"#;
    command.args(["-c", server]);
    let (_server, target) = Program::serve(command);
    let (mut proxy, address) = proxy(target);
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--noproxy", "*"])
        .arg(format!("http://{address}/"));
    let (status, page, err) = run(curl, "");
    assert!(status.success(), "{err}");
    assert_eq!(page.len(), 5_000_000);
    assert!(page.bytes().all(|byte| byte == b'x'));
    let told = proxy.err.line();
    assert!(told.contains(" bytes there, 5000"), "{told}");
}

#[test]
fn no_one_at_the_target_ends_one_connection_and_not_the_proxy() {
    // Bound and never listening: no one else gets this port meanwhile.
    let silent = Socket::tcp().expect("a socket");
    silent.bind("127.0.0.1:0").expect("any port");
    let target = silent.getsockname().expect("bound").as_std().expect("IP");
    let (mut proxy, address) = proxy(target);
    for _ in 0..2 {
        let mut caller = TcpStream::connect(address).expect("the proxy is there");
        let error = caller.read(&mut [0]).expect_err("not the end of a call");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let told = proxy.err.line();
        assert!(told.contains("ECONNREFUSED (111)"), "{told}");
    }
}

/// While one side does not read, the other cannot send more than the buffers on the way hold.
#[test]
fn it_keeps_no_more_than_its_buffers() {
    let target = TcpListener::bind("127.0.0.1:0").expect("any port");
    let (mut proxy, address) = proxy(target.local_addr().expect("bound"));
    let mut caller = TcpStream::connect(address).expect("the proxy is there");
    let (mut callee, _) = target.accept().expect("it calls");
    // It has to run out: no one reads.
    let patience = Some(Duration::from_millis(200));
    caller.set_write_timeout(patience).expect("a socket");
    let chunk = [b'x'; 64 * 1024];
    let mut sent = 0;
    loop {
        match caller.write(&chunk) {
            Ok(n) => sent += n,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                break;
            }
        }
        assert!(sent < 100_000_000, "it takes whatever comes");
    }
    drop(caller);
    let mut heard = Vec::new();
    callee.read_to_end(&mut heard).expect("not reset");
    assert_eq!(heard.len(), sent, "and all of it arrives");
    drop(callee);
    assert!(
        proxy
            .err
            .line()
            .ends_with(&format!(": {sent} bytes there, 0 back"))
    );
}

#[test]
fn callers_beyond_the_limit_wait_and_are_served_in_their_turn() {
    let mut echo = example("tokio_echo");
    echo.arg("127.0.0.1:0");
    let (_echo, target) = Program::serve(echo);
    let (mut proxy, address) = proxy(target);
    let call = || {
        let client = TcpStream::connect(address).expect("it listens");
        client.set_read_timeout(Some(HUNG)).expect("a socket");
        client
    };
    let say = |mut client: &TcpStream| client.write_all(b"hello").expect("the kernel takes it");
    let hear = |mut client: &TcpStream| {
        let mut heard = [0; 5];
        client.read_exact(&mut heard).expect("it passes on");
        assert_eq!(&heard, b"hello");
    };
    let mut clients: Vec<TcpStream> = (0..64).map(|_| call()).collect();
    for client in &clients {
        say(client);
        hear(client);
    }
    assert_eq!(proxy.err.line(), "64 connections: the next client waits");

    let mut waiting = call();
    say(&waiting);
    say(&clients[0]); // meanwhile the others are served
    hear(&clients[0]);
    waiting.set_nonblocking(true).expect("a socket");
    let error = waiting.read(&mut [0]).expect_err("there is no place");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    waiting.set_nonblocking(false).expect("a socket");

    clients.pop(); // hangs up
    hear(&waiting);
    assert!(proxy.err.line().ends_with(": 5 bytes there, 5 back"));
}

#[test]
fn its_command_line() {
    let told = |arguments: &[&str]| {
        let mut command = example("tcp_proxy");
        command.args(arguments);
        run(command, "")
    };
    let (status, out, err) = told(&[]);
    assert_eq!((status.code(), &*out), (Some(1), ""));
    assert!(err.contains("usage: tcp_proxy TARGET [HOST:PORT]"), "{err}");
    let (status, _, err) = told(&["127.0.0.1:8002", "127.0.0.1"]);
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("port is missing"), "{err}");
}
