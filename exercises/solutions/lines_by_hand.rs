//! # Solution: lines, by hand
//!
//! Hint: Look for the first `\n`. If there is none, there is nothing to return yet.
//!
//! Hint: `arrived.iter().position(|byte| *byte == b'\n')` says where it is.
//!
//! Hint: `arrived.drain(..=end)` takes the line out, with its `\n`, and leaves the rest.

use std::thread;

use socketbook::*;

/// The first whole line of `arrived`, which is taken out of it.
fn take_line(arrived: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = arrived.iter().position(|byte| *byte == b'\n')?;
    let mut line: Vec<u8> = arrived.drain(..=end).collect();
    line.pop();
    Some(line)
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
