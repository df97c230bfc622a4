//! # Solution: the first call
//!
//! Hint: You need the two lines in the middle of every call: one talks, one listens.
//!
//! Hint: `phone.sendall(b"hello")?` talks. `phone.recv(1024)` listens: it waits until something
//! arrives, and returns at most 1024 bytes.

use std::thread;

use socketbook::*;

/// Calls the number, says hello, and returns the answer.
fn make_a_call(number: &Address) -> Result<Vec<u8>> {
    let phone = Socket::tcp()?;
    phone.connect(number)?;
    phone.sendall(b"hello")?;
    phone.recv(1024)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let phone = create_server(("127.0.0.1", 0))?;
    let number = phone.getsockname()?;
    let callee = thread::spawn(move || {
        let (conn, _) = phone.accept()?;
        let heard = conn.recv(1024)?;
        // The caller may be gone already.
        let _ = conn.sendall(b"hello yourself");
        Ok::<_, Error>(heard)
    });

    let answer = make_a_call(&number)?;
    let heard = callee.join().unwrap()?;
    assert!(
        heard == b"hello",
        "the callee waited for \"hello\" and heard \"{}\"",
        heard.escape_ascii()
    );
    assert!(
        answer == b"hello yourself",
        "the callee said \"hello yourself\", and you returned \"{}\"",
        answer.escape_ascii()
    );
    Ok(())
}
