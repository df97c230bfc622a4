//! # Solution: an adopted socket
//!
//! Hint: `fromfd` is Python's, and leaves the descriptor with its owner. Which call takes it over?
//!
//! Hint: Python writes `socket.socket(fileno=fd)`. Here it's a conversion: a `Socket` can be made
//! from an `OwnedFd`, and from the types of std.
//!
//! Hint: `Socket::from(listener)`, or in two steps
//! `Socket::try_from(std::os::fd::OwnedFd::from(listener))`.

use std::net::TcpListener;
use std::os::fd::AsRawFd;

use socketbook::*;

/// The listener as a socket of this crate.
fn adopt(listener: TcpListener) -> Result<Socket> {
    Ok(Socket::from(listener))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let descriptor = listener.as_raw_fd();

    let server = adopt(listener)?;
    assert!(
        server.fileno() == descriptor,
        "the listener had descriptor {descriptor}, and the socket has {}: that is a duplicate",
        server.fileno()
    );
    let client = create_connection(address)?;
    let (_, addr) = server.accept()?;
    assert!(addr == client.getsockname()?);
    Ok(())
}
