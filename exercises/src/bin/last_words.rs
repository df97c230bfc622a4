//! # the last words
//!
//! `refuse` answers `no, thank you` and hangs up, while the offer is still coming in. Data that
//! nobody has read makes TCP reset the connection, and the caller gets an error for an answer.
//! Hang up so that the caller hears the answer, and then the end.

use std::thread;

use socketbook::*;

/// Answers an offer without listening to it, and hangs up.
fn refuse(conn: Socket) -> Result<()> {
    conn.sendall(b"no, thank you")?;
    // Your part.
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
