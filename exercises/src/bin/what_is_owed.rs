//! # what is owed
//!
//! `sendall` would wait for a client that reads slowly, and a server with one thread must not
//! wait for one client. `send` takes what there is room for. Send without waiting, keep the
//! rest in `owed`, and say whether all of it has gone.

use socketbook::*;

/// Sends as much of `owed` as there is room for, and takes it out. `conn` is non-blocking.
fn pay(conn: &Socket, owed: &mut Vec<u8>) -> Result<bool> {
    // Your part: what doesn't fit is an error here, and then no one knows what was sent.
    conn.sendall(owed)?;
    owed.clear();
    Ok(true)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, conn) = exercises::call()?;
    conn.setblocking(false)?;
    let letter: Vec<u8> = (0..8_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (mut owed, mut heard) = (letter.clone(), Vec::new());
    let mut full = 0;
    loop {
        let before = owed.len();
        match pay(&conn, &mut owed) {
            Ok(true) => break,
            Ok(false) => full += 1,
            Err(error) => panic!("a full buffer is no error here, and you gave: {error}"),
        }
        assert!(
            owed.len() < before || full > 1,
            "there was room, and nothing was sent"
        );
        heard.extend(client.recv(1_000_000)?); // the client makes some room
    }
    assert!(owed.is_empty(), "you said that all has gone, and kept some");
    conn.close();
    loop {
        match client.recv(1_000_000)? {
            piece if piece.is_empty() => break,
            piece => heard.extend(piece),
        }
    }
    assert!(
        heard == letter,
        "8,000,000 bytes were to arrive, and {} did, or in another order",
        heard.len()
    );
    assert!(full > 0, "the letter was to be longer than the buffers");

    client.close();
    Ok(())
}
