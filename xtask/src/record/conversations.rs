//! The small conversations behind the book's diagrams.
//!
//! [`record`](super::run) runs each of them, as `cargo xtask converse NAME`, while it records the
//! system calls and the packets, and draws what it saw. Both ends are in one thread, so that the
//! order of events is always the same. What comes before the line with the conversation's name is
//! its preparation, and isn't drawn.
//!
//! Each line of the two programs stands in `client! { … }` or `server! { … }`: it prints its own
//! number, which the recorder reads, and runs. So what a reader sees beside a call is what made it.

use std::convert::Infallible;
use std::fmt::Display;
use std::io::{IoSlice, Write};
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

use socketbook::{
    EADDRINUSE, EINPROGRESS, IPPROTO_TCP, Result, SHUT_WR, SO_ERROR, SO_KEEPALIVE, SO_RCVBUF,
    SO_REUSEADDR, SO_SNDBUF, SOL_SOCKET, Socket, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL,
    TCP_NODELAY, TCP_QUICKACK, create_connection, create_server, recv_fds, select, send_fds,
    socketpair,
};

/// The name of a conversation, what its picture shows, and the conversation, which ends the process:
/// what is dropped at the end of a function would be drawn as well.
pub type Conversation = (&'static str, &'static str, fn() -> Result<Infallible>);

pub const CONVERSATIONS: [Conversation; 21] = [
    ("handshake", "Three packets make a connection", handshake),
    ("echo", "Five bytes there, five bytes back", echo),
    (
        "four-way-close",
        "Each side ends its own direction",
        four_way_close,
    ),
    ("reset", "Closed with data unread: the peer is reset", reset),
    (
        "udp",
        "Datagrams there and back, and one that meets nobody",
        udp,
    ),
    ("refused", "Nobody listens: the call is refused", refused),
    (
        "nonblocking-connect",
        "A connect that does not wait",
        nonblocking_connect,
    ),
    (
        "partial-send",
        "Both buffers fill up, then the server reads",
        partial_send,
    ),
    (
        "time-wait",
        "The server closed first, and starts again",
        time_wait,
    ),
    ("backlog-0", "Six clients, and listen(0)", || backlog(0)),
    ("backlog-1", "Six clients, and listen(1)", || backlog(1)),
    ("backlog-2", "Six clients, and listen(2)", || backlog(2)),
    ("backlog-4", "Six clients, and listen(4)", || backlog(4)),
    ("sticky", "Two sends, one recv", sticky),
    ("split", "One send, three recvs", split),
    ("keepalive", "Keepalive finds a dead peer", keepalive),
    ("nagle", "Two small sends, and Nagle's algorithm", nagle),
    ("nodelay", "Two small sends with TCP_NODELAY", nodelay),
    (
        "udp-loss",
        "A datagram is lost, and asked for again",
        udp_loss,
    ),
    (
        "descriptor",
        "A descriptor goes through a Unix socket",
        descriptor,
    ),
    (
        "slow-reader",
        "The server doesn't read: sendall reaches its deadline",
        slow_reader,
    ),
];

/// This file, of which a recording shows lines.
pub const SOURCE: &str = include_str!("conversations.rs");

/// Set while a conversation is recorded.
pub const RECORDING: &str = "SOCKETBOOK_RECORDING";

/// How long a line waits before it runs, for the packets of the one before: more than the 40 ms for
/// which a kernel may hold an acknowledgment back.
const QUIET: Duration = Duration::from_millis(100);

/// A line of the client's program.
macro_rules! client {
    ($($line:tt)*) => { step("client", line!()); $($line)* };
}

/// A line of the server's program.
macro_rules! server {
    ($($line:tt)*) => { step("server", line!()); $($line)* };
}

/// One that doesn't wait for the packets of the line before.
macro_rules! client_at_once {
    ($($line:tt)*) => { say("client+", line!()); $($line)* };
}

macro_rules! server_at_once {
    ($($line:tt)*) => { say("server+", line!()); $($line)* };
}

fn recording() -> bool {
    std::env::var_os(RECORDING).is_some()
}

fn quiet() {
    if recording() {
        sleep(QUIET);
    }
}

/// Says which line runs next, once the packets of the line before are through.
fn step(side: &str, line: u32) {
    quiet();
    say(side, line);
}

fn say(side: &str, line: u32) {
    let shown = super::order::shown(line as usize).expect("a line of this file");
    println!("{side} {line}: {shown}");
}

/// Lets time pass, and says why.
fn pause(why: &str, time: Duration) {
    quiet();
    println!("note: {why}");
    if recording() {
        sleep(time);
    }
}

/// From here on the network loses the packets of one side (`client`, `server`), or of none.
fn network_loses(side: &str, text: &str) {
    quiet();
    println!("aside");
    let mut nft = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("nft is installed");
    let rule = match side {
        "client" => "add rule inet loss input th dport 8002 counter name lost drop\n",
        "server" => "add rule inet loss input th sport 8002 counter name lost drop\n",
        _ => "",
    };
    let rules = format!("flush chain inet loss input\n{rule}");
    let mut stdin = nft.stdin.take().expect("it's piped");
    stdin.write_all(rules.as_bytes()).expect("nft reads");
    drop(stdin);
    assert!(nft.wait().expect("nft ends").success());
    println!("lost {side}: {text}");
}

/// Ends a conversation that needs a network of its own, where it has none.
fn needs_a_network() {
    if !recording() {
        println!("SKIPPED: only `cargo xtask record` has a network that loses packets");
        exit(0);
    }
}

/// Shows the error of the call before.
fn failed(error: impl Display) {
    println!("error: {error}");
}

/// The end, without the close of what is still open: that is a diagram of its own.
fn end() -> ! {
    quiet();
    exit(0);
}

/// Where a server is: at the lesson's port while it's recorded, in a network of its own; else where
/// there is room.
fn here() -> (&'static str, u16) {
    let port = if recording() { super::order::PORT } else { 0 };
    ("127.0.0.1", port)
}

fn handshake() -> Result<Infallible> {
    println!("handshake");
    server! { let server = Socket::tcp()?; }
    server! { server.bind(here())?; }
    server! { server.listen(5)?; }
    let address = server.getsockname()?;

    client! { let client = Socket::tcp()?; }
    client! { client.connect(address)?; }
    server! { let (_conn, _addr) = server.accept()?; }
    end()
}

/// A connection: the listening socket and both ends.
fn connected() -> Result<(Socket, Socket, Socket)> {
    let server = create_server(here())?;
    let client = create_connection(server.getsockname()?)?;
    let (conn, _) = server.accept()?;
    Ok((server, client, conn))
}

fn echo() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("echo");
    client! { client.sendall(b"hello")?; }
    server! { let msg = conn.recv(1024)?; }
    server! { conn.sendall(&msg)?; }
    client! { assert_eq!(client.recv(1024)?, b"hello"); }
    end()
}

fn four_way_close() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("four-way-close");
    client! { client.shutdown(SHUT_WR)?; } // I have said all
    server! { assert_eq!(conn.recv(1024)?, b""); }
    server! { conn.sendall(b"bye")?; } // the other direction is still open
    client! { assert_eq!(client.recv(1024)?, b"bye"); }
    server! { conn.close(); }
    client! { assert_eq!(client.recv(1024)?, b""); }
    client! { client.close(); }
    end()
}

fn reset() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("reset");
    client! { client.sendall(b"hello")?; }
    server! { conn.close(); } // without having read it
    client! { let error = client.recv(1024).unwrap_err(); }
    failed(&error);
    assert!(error.is_disconnect());
    end()
}

fn udp() -> Result<Infallible> {
    println!("udp");
    server! { let server = Socket::udp()?; }
    server! { server.bind(here())?; }
    let address = server.getsockname()?;

    client! { let client = Socket::udp()?; }
    client! { client.sendto(b"hello", &address)?; }
    server! { let (data, addr) = server.recvfrom(1024)?; }
    server! { server.sendto(&data, addr)?; }
    client! { assert_eq!(client.recvfrom(1024)?.0, b"hello"); }

    client! { client.connect(&address)?; }
    server! { server.close(); }
    client! { client.sendto(b"anybody?", &address)?; } // sent, and no one is there
    client! { let error = client.recv(1024).unwrap_err(); }
    failed(error);
    end()
}

fn refused() -> Result<Infallible> {
    let server = Socket::tcp()?;
    server.bind(here())?;
    let address = server.getsockname()?; // bound, and not listening
    println!("refused");
    client! { let client = Socket::tcp()?; }
    client! { let error = client.connect(address).unwrap_err(); }
    failed(error);
    end()
}

fn nonblocking_connect() -> Result<Infallible> {
    let server = create_server(here())?;
    let address = server.getsockname()?;
    println!("nonblocking-connect");
    client! { let client = Socket::tcp()?; }
    client! { client.setblocking(false)?; }
    client! { assert_eq!(client.connect_ex(address)?, EINPROGRESS); }

    // Whatever else there is to do is done here. Writable means: the outcome is known.
    client! { assert!(select([], [&client], None)?.is_writable(&client)); }
    client! { assert_eq!(client.getsockopt(SOL_SOCKET, SO_ERROR)?, 0, "connected"); }
    end()
}

/// A connection with small buffers.
fn connected_narrowly() -> Result<(Socket, Socket)> {
    let server = Socket::tcp()?;
    server.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)?;
    server.bind(here())?;
    server.listen(1)?;
    let client = Socket::tcp()?;
    client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)?;
    client.connect(server.getsockname()?)?;
    let (conn, _) = server.accept()?;
    Ok((client, conn))
}

fn partial_send() -> Result<Infallible> {
    let (client, conn) = connected_narrowly()?;
    client.setblocking(false)?;
    println!("partial-send");

    let data = [b'x'; 100_000];
    let mut sent = 0;
    let error = loop {
        client_at_once! { let some = client.send(&data[sent..]); }
        match some {
            Ok(some) => sent += some,
            Err(error) => break error, // both buffers are full
        }
    };
    failed(&error);
    assert!(error.is_would_block() && sent < data.len());
    server! { conn.recv(100_000)?; } // the server reads, and there is room again
    end()
}

fn time_wait() -> Result<Infallible> {
    let (server, client, conn) = connected()?;
    let address = server.getsockname()?;
    println!("time-wait");
    server! { conn.close(); } // the server closes first
    client! { assert_eq!(client.recv(1024)?, b""); }
    client! { client.close(); }
    server! { server.close(); } // and the server ends
    server! { let again = Socket::tcp()?; }
    server! { let error = again.bind(&address).unwrap_err(); }
    failed(&error);
    assert_eq!(error.errno(), Some(EADDRINUSE));
    server! { again.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?; }
    server! { again.bind(&address)?; }
    server! { again.listen(5)?; }
    end()
}

/// The same six clients for each size of the queue.
fn backlog(size: i32) -> Result<Infallible> {
    let clients: Vec<Socket> = (0..6)
        .map(|_| {
            let client = Socket::tcp()?;
            client.setblocking(false)?;
            Ok(client)
        })
        .collect::<Result<_>>()?;
    println!("backlog-{size}");
    server! { let server = Socket::tcp()?; }
    server! { server.bind(here())?; }
    server! { server.listen(size)?; }
    let address = server.getsockname()?;
    for client in &clients {
        client! { assert_eq!(client.connect_ex(&address)?, EINPROGRESS); }
    }
    server! { let (_conn, _addr) = server.accept()?; }
    let why = "A second has passed: a client's kernel that had no answer asks again";
    pause(why, Duration::from_millis(1200));
    end()
}

fn sticky() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("sticky");
    client! { client.sendall(b"hello")?; }
    client! { client.sendall(b"world")?; }
    server! { assert_eq!(conn.recv(1024)?, b"helloworld"); }
    end()
}

fn split() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("split");
    client! { client.sendall(b"helloworld")?; }
    server! { assert_eq!(conn.recv(4)?, b"hell"); }
    server! { assert_eq!(conn.recv(4)?, b"owor"); }
    server! { assert_eq!(conn.recv(4)?, b"ld"); }
    end()
}

fn keepalive() -> Result<Infallible> {
    let (_server, _client, conn) = connected()?;
    let one = Duration::from_secs(1);
    println!("keepalive");
    needs_a_network();
    server! { conn.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?; }
    server! { conn.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, one)?; } // ask after a second of silence
    server! { conn.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, one)?; } // and each second after it
    server! { conn.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 2)?; } // two questions are enough
    network_loses("server", "The client's cable is pulled out");
    server! { let error = conn.recv(1024).unwrap_err(); }
    failed(error);
    end()
}

/// A connection on which the server's kernel holds its acknowledgments back, as it does in every
/// conversation that has lasted for a while.
fn connected_for_a_while() -> Result<(Socket, Socket, Socket)> {
    let (server, client, conn) = connected()?;
    conn.setsockopt(IPPROTO_TCP, TCP_QUICKACK, false)?;
    Ok((server, client, conn))
}

fn nagle() -> Result<Infallible> {
    let (_server, client, conn) = connected_for_a_while()?;
    println!("nagle");
    client! { client.sendall(b"head")?; }
    client_at_once! { client.sendall(b"body")?; }
    server_at_once! { assert_eq!(conn.recv(4)?, b"head"); }
    server_at_once! { assert_eq!(conn.recv(4)?, b"body"); }
    end()
}

fn nodelay() -> Result<Infallible> {
    let (_server, client, conn) = connected_for_a_while()?;
    println!("nodelay");
    client! { client.setsockopt(IPPROTO_TCP, TCP_NODELAY, true)?; }
    client! { client.sendall(b"head")?; }
    client_at_once! { client.sendall(b"body")?; }
    server_at_once! { assert_eq!(conn.recv(4)?, b"head"); }
    server_at_once! { assert_eq!(conn.recv(4)?, b"body"); }
    end()
}

fn udp_loss() -> Result<Infallible> {
    println!("udp-loss");
    needs_a_network();
    server! { let server = Socket::udp()?; }
    server! { server.bind(here())?; }
    let address = server.getsockname()?;
    client! { let client = Socket::udp()?; }
    client! { client.settimeout(Duration::from_millis(200))?; }
    network_loses("client", "The network loses what the client sends");
    client! { client.sendto(b"time?", &address)?; }
    client! { let error = client.recvfrom(1024).unwrap_err(); }
    failed(&error);
    assert!(error.is_timeout());
    network_loses("none", "The network is well again");
    client! { client.sendto(b"time?", &address)?; } // ask again
    server! { let (_data, addr) = server.recvfrom(1024)?; }
    server! { server.sendto(b"12:00", addr)?; }
    client! { assert_eq!(client.recvfrom(1024)?.0, b"12:00"); }
    end()
}

fn descriptor() -> Result<Infallible> {
    let (server, client) = socketpair()?;
    println!("descriptor");
    server! { let (ours, theirs) = socketpair()?; }
    server! { send_fds(&server, &[IoSlice::new(b"serve")], &[&theirs])?; }
    client! { let (_data, mut fds, _flags, _from) = recv_fds(&client, 1024, 1)?; }
    let fd = fds.pop().expect("one has come");
    server! { theirs.close(); } // the client has it as well, and it stays open
    client! { let conn = Socket::try_from(fd)?; } // looks what it is
    client! { conn.sendall(b"hello")?; }
    server! { assert_eq!(ours.recv(1024)?, b"hello"); }
    end()
}

fn slow_reader() -> Result<Infallible> {
    let (client, conn) = connected_narrowly()?;
    client.settimeout(Duration::from_millis(50))?;
    let data = [b'x'; 100_000];
    println!("slow-reader");
    client! { let error = client.sendall(&data).unwrap_err(); }
    failed(&error);
    assert!(error.is_timeout());
    server! { conn.recv(100_000)?; }
    end()
}
