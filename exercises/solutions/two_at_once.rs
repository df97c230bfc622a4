//! # Solution: two callers at once
//!
//! Hint: The loop shall be back at `accept` at once. Something else has to do the repeating.
//!
//! Hint: `thread::spawn` runs a closure in a new thread. The connection has to move into it.
//!
//! Hint: `thread::spawn(move || repeat(&conn));` and no `?`, since there is nothing to wait
//! for.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Takes calls, and repeats what each caller says until it hangs up.
fn serve(phone: &Socket) -> Result<()> {
    loop {
        let (conn, _addr) = phone.accept()?;
        thread::spawn(move || repeat(&conn));
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
