//! # lines, by hand
//!
//! Lines come in pieces that have nothing to do with their ends. Make `take_line` cut the first
//! whole line out of what has arrived, without its `\n`, and leave the rest for the next time.
//! As long as there is no `\n`, there is no line.

use std::thread;

use socketbook::*;

/// The first whole line of `arrived`, which is taken out of it.
fn take_line(arrived: &mut Vec<u8>) -> Option<Vec<u8>> {
    // Your part: this takes whatever has arrived as a line.
    if arrived.is_empty() {
        return None;
    }
    Some(std::mem::take(arrived))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, server) = socketpair()?;
    let watch = server.dup()?;
    let pieces: &[&[u8]] = &[b"one\ntw", b"o\n\nthr", b"ee", b"\nfo"];
    thread::spawn(move || exercises::dribble(client, &watch, pieces));

    let (mut arrived, mut lines) = (Vec::new(), Vec::new());
    loop {
        while let Some(line) = take_line(&mut arrived) {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        let piece = server.recv(1024)?;
        if piece.is_empty() {
            break;
        }
        arrived.extend(piece);
    }
    let said = ["one", "two", "", "three"];
    assert!(
        lines == said,
        "the lines were {said:?}, and you cut {lines:?}"
    );
    assert!(
        arrived == b"fo",
        "the last line has no end: it is not one, and stays"
    );
    Ok(())
}
