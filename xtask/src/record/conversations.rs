//! The small conversations behind the book's diagrams.
//!
//! [`record`](super::run) runs each of them, as `cargo xtask converse NAME`, while it records the
//! system calls and the packets, and draws what it saw. Both ends are in one thread, so that the
//! order of events is always the same. What comes before the line that a conversation prints is its
//! preparation, and isn't drawn.

use std::convert::Infallible;
use std::process::exit;

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
        "Both buffers fill up, then the callee reads",
        partial_send,
    ),
];

fn handshake() -> Result<Infallible> {
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

/// A connection: the listening socket and both ends.
fn connected() -> Result<(Socket, Socket, Socket)> {
    let server = create_server(("127.0.0.1", 0))?;
    let client = create_connection(server.getsockname()?)?;
    let (conn, _) = server.accept()?;
    Ok((server, client, conn))
}

fn echo() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("echo");
    client.sendall(b"hello")?;
    let msg = conn.recv(1024)?;
    conn.sendall(&msg)?;
    assert_eq!(client.recv(1024)?, b"hello");
    exit(0);
}

fn four_way_close() -> Result<Infallible> {
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

fn reset() -> Result<Infallible> {
    let (_server, client, conn) = connected()?;
    println!("reset");
    client.sendall(b"hello")?;
    conn.close(); // without having read it
    let error = client.recv(1024).unwrap_err();
    assert!(error.is_disconnect());
    exit(0);
}

fn udp() -> Result<Infallible> {
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
    client.sendto(b"anybody?", &address)?; // sent, and no one is there
    assert!(client.recv(1024).is_err());
    exit(0);
}

fn refused() -> Result<Infallible> {
    let server = Socket::tcp()?;
    server.bind(("127.0.0.1", 0))?;
    let address = server.getsockname()?; // bound, and not listening
    println!("refused");
    let client = Socket::tcp()?;
    assert!(client.connect(address).is_err());
    exit(0);
}

fn nonblocking_connect() -> Result<Infallible> {
    let server = create_server(("127.0.0.1", 0))?;
    let address = server.getsockname()?;
    println!("nonblocking-connect");
    let client = Socket::tcp()?;
    client.setblocking(false)?;
    assert_eq!(client.connect_ex(address)?, EINPROGRESS);

    // Whatever else there is to do is done here. Writable means: the outcome is known.
    assert!(select([], [&client], None)?.is_writable(&client));
    assert_eq!(client.getsockopt(SOL_SOCKET, SO_ERROR)?, 0, "connected");
    exit(0);
}

fn partial_send() -> Result<Infallible> {
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
