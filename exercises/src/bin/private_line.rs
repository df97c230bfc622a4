//! # a private line
//!
//! Two threads need a line of their own, for messages: each arrives by itself, and when one
//! side is gone the other one gets the end. `socketpair` gives a stream, in which messages flow
//! together. Which kind keeps them apart, and has an end?

use socketbook::*;

/// Both ends of a line for messages.
fn private_line() -> Result<(Socket, Socket)> {
    // Your part.
    socketpair()
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
