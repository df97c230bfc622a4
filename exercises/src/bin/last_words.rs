//! # the last words
//!
//! `refuse` answers `no, thank you` and closes, while the offer is still coming in. Data that
//! no one has read makes TCP reset the connection, and the client gets an error instead of the
//! answer. Close so that the client hears the answer, and then the end.

use std::thread;

use socketbook::*;

/// Answers an offer without reading it, and closes.
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
