//! # ten bytes, in pieces
//!
//! The caller has promised a number of bytes. They come in pieces, because one `recv` returns what
//! has arrived. Collect exactly `n` bytes, and leave what follows in the socket. If the caller hangs
//! up earlier, return what there is.

use std::thread;

use socketbook::*;

/// Receives `n` bytes, fewer only if the end comes first.
fn recv_exactly(phone: &Socket, n: usize) -> Result<Vec<u8>> {
    // Your part: this is one piece.
    phone.recv(n)
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
