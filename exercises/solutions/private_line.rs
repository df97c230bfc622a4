//! # Solution: a private line
//!
//! Hint: `socketpair_with` takes a family, a kind and a protocol. The family is AF_UNIX, the
//! protocol 0.
//!
//! Hint: SOCK_DGRAM keeps messages apart. But datagrams have no connection, and so no end.
//!
//! Hint: SOCK_SEQPACKET has both.

use socketbook::*;

/// Both ends of a line for messages.
fn private_line() -> Result<(Socket, Socket)> {
    socketpair_with(AF_UNIX, SOCK_SEQPACKET, 0)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (parent, child) = private_line()?;
    child.setblocking(false)?;
    for message in [&b"wash your hands"[..], b"dinner"] {
        assert!(parent.send(message)? == message.len());
    }
    for message in [&b"wash your hands"[..], b"dinner"] {
        let heard = child.recv(1024)?;
        assert!(
            heard == message,
            "\"{}\" was one message, and \"{}\" was heard",
            message.escape_ascii(),
            heard.escape_ascii()
        );
    }
    parent.close();
    match child.recv(1024) {
        Ok(end) => assert!(end.is_empty()),
        Err(error) => panic!("the parent is gone, and the child hears no end: {error}"),
    }
    Ok(())
}
