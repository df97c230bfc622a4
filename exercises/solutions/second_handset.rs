//! # Solution: a second handset
//!
//! Hint: Family and kind are not the call. What is needed is a second descriptor of the same
//! open socket.
//!
//! Hint: Python has `s.dup()` for it, and so has this crate.

use socketbook::*;

/// A second socket on the call that `phone` has.
fn second_handset(phone: &Socket) -> Result<Socket> {
    phone.dup()
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
