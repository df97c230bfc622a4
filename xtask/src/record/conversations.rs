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
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use socketbook::{
    EINPROGRESS, Result, SHUT_WR, SO_ERROR, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, Socket,
    create_connection, create_server, select,
};

/// The name of a conversation, what its picture shows, and the conversation, which ends the process:
/// what is dropped at the end of a function would be drawn as well.
pub type Conversation = (&'static str, &'static str, fn() -> Result<Infallible>);

pub const CONVERSATIONS: [Conversation; 8] = [
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

fn recording() -> bool {
    std::env::var_os(RECORDING).is_some()
}

fn quiet() {
    if recording() {
        sleep(QUIET);
    }
}

/// Says which line runs next. A line that runs again, in a loop, doesn't wait.
fn step(side: &str, line: u32) {
    static LAST: AtomicU32 = AtomicU32::new(0);
    if LAST.swap(line, Ordering::Relaxed) != line {
        quiet();
    }
    let shown = super::order::shown(line as usize).expect("a line of this file");
    println!("{side} {line}: {shown}");
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

fn partial_send() -> Result<Infallible> {
    let server = Socket::tcp()?;
    server.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)?;
    server.bind(here())?;
    server.listen(1)?;
    let client = Socket::tcp()?;
    client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)?;
    client.connect(server.getsockname()?)?;
    let (conn, _) = server.accept()?;
    client.setblocking(false)?;
    println!("partial-send");

    let data = [b'x'; 100_000];
    let mut sent = 0;
    let error = loop {
        client! { let some = client.send(&data[sent..]); }
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
