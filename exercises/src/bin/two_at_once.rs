//! # two callers at once
//!
//! The server repeats what each caller says. The first caller holds the line and says nothing,
//! and all others wait for it. Serve each caller in a thread of its own.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Takes calls, and repeats what each caller says until it hangs up.
fn serve(phone: &Socket) -> Result<()> {
    loop {
        let (conn, _addr) = phone.accept()?;
        // Your part: this is where the others wait.
        repeat(&conn)?;
    }
}

fn repeat(conn: &Socket) -> Result<()> {
    loop {
        let words = conn.recv(1024)?;
        if words.is_empty() {
            return Ok(());
        }
        conn.sendall(&words)?;
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let phone = create_server(("127.0.0.1", 0))?;
    let number = phone.getsockname()?;
    thread::spawn(move || serve(&phone));

    let silent = create_connection(&number)?;
    let second = create_connection(&number)?;
    second.settimeout(Duration::from_secs(2))?;
    for caller in [&second, &silent] {
        caller.sendall(b"hello")?;
        match caller.recv(1024) {
            Ok(heard) => assert!(heard == b"hello", "\"hello\" came back as {heard:?}"),
            Err(error) if error.is_timeout() => {
                panic!("the second caller has waited 2 s for the first, who says nothing")
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
