//! # Solution: ten bytes, in pieces
//!
//! Hint: A loop: while bytes are missing, receive more.
//!
//! Hint: Ask each time for what is missing, not for `n`. Otherwise you take bytes of what follows.
//!
//! Hint: An empty piece is the end. A loop that doesn't check for it never ends.

use std::thread;

use socketbook::*;

/// Receives `n` bytes, fewer only if the end comes first.
fn recv_exactly(phone: &Socket, n: usize) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    while data.len() < n {
        let piece = phone.recv(n - data.len())?;
        if piece.is_empty() {
            break;
        }
        data.extend(piece);
    }
    Ok(data)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (caller, callee) = socketpair()?;
    let watch = callee.dup()?;
    let pieces: &[&[u8]] = &[b"01", b"2345", b"6789and", b" no more"];
    thread::spawn(move || exercises::dribble(caller, &watch, pieces));

    for (n, expected) in [(10, &b"0123456789"[..]), (3, b"and"), (100, b" no more")] {
        let data = recv_exactly(&callee, n)?;
        assert!(
            data == expected,
            "asked for {n} bytes: \"{}\" was to come, and it was \"{}\"",
            expected.escape_ascii(),
            data.escape_ascii()
        );
    }
    Ok(())
}
