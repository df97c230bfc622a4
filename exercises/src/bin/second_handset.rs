//! # a second handset
//!
//! Somebody talks, and shall be able to hand the call over: put the first handset down, and
//! talk on with the second. `second_handset` buys a new telephone for that, which has no call.

use socketbook::*;

/// A second socket on the call that `phone` has.
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
        panic!("the second handset is not in the call: {error}");
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
        "with the last handset the call ends"
    );
    Ok(())
}
