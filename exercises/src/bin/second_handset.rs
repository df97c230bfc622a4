//! # a second handset
//!
//! A program has a connection and wants to hand it over: close its own descriptor, and go on with a
//! second one. `second_handset` makes a new socket for that, which has no connection.

use socketbook::*;

/// A second descriptor for the connection that `phone` has.
fn second_handset(phone: &Socket) -> Result<Socket> {
    // Your part.
    Socket::new(phone.family(), phone.kind())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (caller, callee) = exercises::call()?;
    let second = second_handset(&caller)?;
    caller.close();
    if let Err(error) = second.sendall(b"still there?") {
        panic!("the second descriptor has no connection: {error}");
    }
    let heard = callee.recv(1024)?;
    assert!(
        heard == b"still there?",
        "the callee heard \"{}\"",
        heard.escape_ascii()
    );
    second.close();
    assert!(
        callee.recv(1024)?.is_empty(),
        "the connection ends with its last descriptor"
    );
    Ok(())
}
