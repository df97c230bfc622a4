//! # an adopted socket
//!
//! A program that uses the standard library hands you its `TcpListener`. Take it over as a `Socket`:
//! the very same descriptor. `adopt` makes a second descriptor and closes the first. That's one
//! system call too many, and it gives a number that no one expects.

use std::net::TcpListener;
use std::os::fd::AsRawFd;

use socketbook::*;

/// The listener as a socket of this crate.
fn adopt(listener: TcpListener) -> Result<Socket> {
    // Your part.
    fromfd(&listener, AF_INET, SOCK_STREAM)
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
