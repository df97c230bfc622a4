//! The small conversations behind the book's diagrams.
//!
//!     cargo run --example packets -- handshake
//!
//! `cargo xtask record` runs each of them while it records the system calls and the packets, and
//! draws what it saw. Both ends are in one thread, so that the order of events is always the same.
//! What comes before the line that a conversation prints is its preparation, and is not drawn.

use std::process::exit;

use socketbook::{
    EINPROGRESS, Result, SHUT_WR, SO_ERROR, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, Socket,
    create_connection, create_server,
};

type Conversation = fn() -> Result<()>;

const CONVERSATIONS: [(&str, Conversation); 8] = [
    ("handshake", handshake),
    ("echo", echo),
    ("four-way-close", four_way_close),
    ("reset", reset),
    ("udp", udp),
    ("refused", refused),
    ("nonblocking-connect", nonblocking_connect),
    ("partial-send", partial_send),
];

fn main() -> Result<()> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    match CONVERSATIONS.iter().find(|(name, _)| *name == asked) {
        Some((_, conversation)) => conversation(),
        None => {
            println!("usage: packets NAME, where NAME is one of");
            for (name, _) in CONVERSATIONS {
                println!("    {name}");
            }
            exit(if asked == "--help" { 0 } else { 2 });
        }
    }
}

// ANCHOR: handshake
fn handshake() -> Result<()> {
    println!("handshake");
    let server = Socket::tcp()?;
    server.bind(("127.0.0.1", 0))?;
    server.listen(5)?;
    let address = server.getsockname()?;

    let client = Socket::tcp()?;
    client.connect(address)?;
    let (_conn, _addr) = server.accept()?;
    exit(0); // without the close, which is a diagram of its own
}
// ANCHOR_END: handshake

/// A connection: the one who listens, the one who called, the one who answers.
fn connected() -> Result<(Socket, Socket, Socket)> {
    let server = create_server(("127.0.0.1", 0))?;
    let client = create_connection(server.getsockname()?)?;
    let (conn, _) = server.accept()?;
    Ok((server, client, conn))
}

// ANCHOR: echo
fn echo() -> Result<()> {
    let (_server, client, conn) = connected()?;
    println!("echo");
    client.sendall(b"hello")?;
    let msg = conn.recv(1024)?;
    conn.sendall(&msg)?;
    assert_eq!(client.recv(1024)?, b"hello");
    exit(0);
}
// ANCHOR_END: echo

// ANCHOR: four-way-close
fn four_way_close() -> Result<()> {
    let (_server, client, conn) = connected()?;
    println!("four-way-close");
    client.shutdown(SHUT_WR)?; // I have said all
    assert_eq!(conn.recv(1024)?, b"");
    conn.sendall(b"bye")?; // the other direction is still open
    assert_eq!(client.recv(1024)?, b"bye");
    conn.close();
    assert_eq!(client.recv(1024)?, b"");
    client.close();
    exit(0);
}
// ANCHOR_END: four-way-close

// ANCHOR: reset
fn reset() -> Result<()> {
    let (_server, client, conn) = connected()?;
    println!("reset");
    client.sendall(b"hello")?;
    conn.close(); // without having read it
    let error = client.recv(1024).unwrap_err();
    assert!(error.is_disconnect());
    exit(0);
}
// ANCHOR_END: reset

// ANCHOR: udp
fn udp() -> Result<()> {
    println!("udp");
    let server = Socket::udp()?;
    server.bind(("127.0.0.1", 0))?;
    let address = server.getsockname()?;

    let client = Socket::udp()?;
    client.sendto(b"hello", &address)?;
    let (data, addr) = server.recvfrom(1024)?;
    server.sendto(&data, addr)?;
    assert_eq!(client.recvfrom(1024)?.0, b"hello");

    client.connect(&address)?;
    server.close();
    client.sendto(b"anybody?", &address)?; // sent, and nobody is there
    assert!(client.recv(1024).is_err());
    exit(0);
}
// ANCHOR_END: udp

// ANCHOR: refused
fn refused() -> Result<()> {
    let server = Socket::tcp()?;
    server.bind(("127.0.0.1", 0))?;
    let address = server.getsockname()?; // bound, and not listening
    println!("refused");
    let client = Socket::tcp()?;
    assert!(client.connect(address).is_err());
    exit(0);
}
// ANCHOR_END: refused

// ANCHOR: nonblocking-connect
fn nonblocking_connect() -> Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};

    let server = create_server(("127.0.0.1", 0))?;
    let address = server.getsockname()?;
    println!("nonblocking-connect");
    let client = Socket::tcp()?;
    client.setblocking(false)?;
    assert_eq!(client.connect_ex(address)?, EINPROGRESS);

    // Whatever else there is to do is done here. Writable means: the outcome is known.
    let mut fds = [PollFd::new(&client, PollFlags::OUT)];
    assert_eq!(poll(&mut fds, None), Ok(1));
    assert_eq!(client.getsockopt(SOL_SOCKET, SO_ERROR)?, 0, "connected");
    exit(0);
}
// ANCHOR_END: nonblocking-connect

// ANCHOR: partial-send
fn partial_send() -> Result<()> {
    let server = Socket::tcp()?;
    server.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)?;
    server.bind(("127.0.0.1", 0))?;
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
        match client.send(&data[sent..]) {
            Ok(some) => sent += some,
            Err(error) => break error, // both buffers are full
        }
    };
    assert!(error.is_would_block() && sent < data.len());
    conn.recv(100_000)?; // the callee reads, and there is room again
    exit(0);
}
// ANCHOR_END: partial-send
