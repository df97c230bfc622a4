//! # a reading, or a part of one
//!
//! A thermometer sends readings of eight bytes each. They come in pieces, and the connection
//! may end in the middle of one. `reading` takes one `recv` for a whole reading. Return each
//! one whole, `None` at an end between two readings, and `io::ErrorKind::UnexpectedEof` at an
//! end inside one.

use std::io::{self, ErrorKind};
use std::thread;

use socketbook::*;

/// The next reading; `None` when there are no more.
fn reading(conn: &Socket) -> io::Result<Option<[u8; 8]>> {
    // Your part: one recv is not one message.
    let data = conn.recv(8)?;
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
