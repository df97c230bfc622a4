//! # Solution: a second handset
//!
//! Hint: Family and kind aren't the connection. You need a second descriptor of the same open
//! socket.
//!
//! Hint: Python has `s.dup()` for it, and so has this crate.

use socketbook::*;

/// A second descriptor for the connection that `conn` has.
fn second_descriptor(conn: &Socket) -> Result<Socket> {
    conn.dup()
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, server) = exercises::call()?;
    let second = second_descriptor(&client)?;
    client.close();
    if let Err(error) = second.sendall(b"still there?") {
        panic!("the second descriptor has no connection: {error}");
    }
    let received = server.recv(1024)?;
    assert!(
        received == b"still there?",
        "the server received \"{}\"",
        received.escape_ascii()
    );
    second.close();
    assert!(
        server.recv(1024)?.is_empty(),
        "the connection ends with its last descriptor"
    );
    Ok(())
}
