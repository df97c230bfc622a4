//! # Solution: the last words
//!
//! Hint: `close` is too much: it says that nobody will read. What says only that you will write
//! no more?
//!
//! Hint: After `shutdown(SHUT_WR)` the caller hears the answer and the end. What is on its way
//! to you can still be read.
//!
//! Hint: Read, and throw away, until `recv` returns nothing: the caller has hung up. Then
//! close.

use std::thread;

use socketbook::*;

/// Answers an offer without listening to it, and hangs up.
fn refuse(conn: Socket) -> Result<()> {
    conn.sendall(b"no, thank you")?;
    conn.shutdown(SHUT_WR)?;
    // Until the caller has hung up, too. A server sets a timeout before that, and a limit.
    while !conn.recv(64 * 1024)?.is_empty() {}
    conn.close();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (caller, conn) = exercises::call()?;
    caller.sendall(&[b'!'; 10_000])?;
    conn.recv_with_flags(1, MSG_PEEK)?; // some of it has arrived
    let caller = thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            match caller.recv(1024) {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => heard.extend(piece),
                Err(error) => panic!(
                    "the caller heard \"{}\", and then, instead of the end: {error}",
                    heard.escape_ascii()
                ),
            }
        }
        heard
    });

    refuse(conn)?;
    let heard = caller.join().unwrap();
    assert!(
        heard == b"no, thank you",
        "the caller heard \"{}\"",
        heard.escape_ascii()
    );
    Ok(())
}
