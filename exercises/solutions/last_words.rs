//! # Solution: the last words
//!
//! Hint: `close` is too much: it says that no one will read. What says only that you will write
//! no more?
//!
//! Hint: After `shutdown(SHUT_WR)` the client hears the answer and the end. What is on its way
//! to you can still be read.
//!
//! Hint: Read, and throw away, until `recv` returns nothing: the client has closed. Then close,
//! too.

use std::thread;

use socketbook::*;

/// Answers an offer without reading it, and closes.
fn refuse(conn: Socket) -> Result<()> {
    conn.sendall(b"no, thank you")?;
    conn.shutdown(SHUT_WR)?;
    // Until the client has closed, too. A server has a deadline and a limit for this.
    while !conn.recv(64 * 1024)?.is_empty() {}
    conn.close();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, conn) = exercises::call()?;
    client.sendall(&[b'!'; 10_000])?;
    conn.recv_with_flags(1, MSG_PEEK)?; // some of it has arrived
    let client = thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            match client.recv(1024) {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => heard.extend(piece),
                Err(error) => panic!(
                    "the client heard \"{}\", and then, instead of the end: {error}",
                    heard.escape_ascii()
                ),
            }
        }
        heard
    });

    refuse(conn)?;
    let heard = client.join().unwrap();
    assert!(
        heard == b"no, thank you",
        "the client heard \"{}\"",
        heard.escape_ascii()
    );
    Ok(())
}
