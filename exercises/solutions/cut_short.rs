//! # Solution: a reading, or a part of one
//!
//! Hint: A loop around `recv`, until there are eight bytes. How many may it ask for each time?
//!
//! Hint: `recv` returns nothing at the end. If nothing has come of this reading, that's an end
//! in order.
//!
//! Hint: If one to seven bytes have come, it's `Err(ErrorKind::UnexpectedEof.into())`.

use std::io::{self, ErrorKind};
use std::thread;

use socketbook::*;

/// The next reading; `None` when there are no more.
fn reading(conn: &Socket) -> io::Result<Option<[u8; 8]>> {
    let mut data = Vec::new();
    while data.len() < 8 {
        let piece = conn.recv(8 - data.len())?;
        match (piece.is_empty(), data.is_empty()) {
            (true, true) => return Ok(None),
            (true, false) => return Err(ErrorKind::UnexpectedEof.into()),
            _ => data.extend(piece),
        }
    }
    Ok(data.try_into().ok())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (from, conn) = socketpair()?;
    let watch = conn.dup()?;
    let pieces: [&[u8]; 5] = [b"0000000", b"7", b"00000008000", b"00009", b"000"];
    let sending = thread::spawn(move || exercises::dribble(from, &watch, &pieces));
    for wanted in [b"00000007", b"00000008", b"00000009"] {
        let given = reading(&conn).unwrap_or_else(|error| panic!("a reading gave {error}"));
        assert!(
            given.as_ref() == Some(wanted),
            "it was \"{}\", and you gave {:?}",
            wanted.escape_ascii(),
            given.map(|given| given.escape_ascii().to_string())
        );
    }
    match reading(&conn) {
        Ok(given) => panic!("the end came after 3 of 8 bytes, and you gave {given:?}"),
        Err(error) => assert!(
            error.kind() == ErrorKind::UnexpectedEof,
            "the end came after 3 of 8 bytes, and you gave {error}"
        ),
    }
    assert!(
        matches!(reading(&conn), Ok(None)),
        "after the end there is no reading"
    );
    sending.join().unwrap()
}
