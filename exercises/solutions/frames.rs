//! # Solution: frames, with a limit
//!
//! Hint: `read` is one receive. Which call does `read_frame` make for the length?
//!
//! Hint: `read_exact` fills the buffer, in as many receives as it takes, and fails with
//! UnexpectedEof if the end comes first.
//!
//! Hint: Compare `length` with `limit` before `vec![0; length]`: `return
//! Err(io::Error::new(io::ErrorKind::InvalidData, "too long"))`.

use std::io::{self, Read};
use std::thread;

use socketbook::{Result, socketpair};

/// The next frame. A connection that ends within one is `io::ErrorKind::UnexpectedEof`.
fn read_frame(mut conn: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    conn.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > limit {
        let why = format!("a frame of {length} bytes, and {limit} are the limit");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let mut frame = vec![0; length];
    conn.read_exact(&mut frame)?;
    Ok(frame)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, server) = socketpair()?;
    let watch = server.dup()?;
    let pieces: &[&[u8]] = &[
        b"\0\0\0\x05hello\0\0", // one and a half
        b"\0\x0bin pieces",
        b"!!\0\0\0\0",
        b"\x7f\xff\xff\xffand two billion bytes more, so it says",
    ];
    thread::spawn(move || exercises::dribble(client, &watch, pieces));

    for expected in [&b"hello"[..], b"in pieces!!", b""] {
        match read_frame(&server, 11) {
            Ok(frame) => assert!(
                frame == expected,
                "the frame was \"{}\", and you read \"{}\"",
                expected.escape_ascii(),
                frame.escape_ascii()
            ),
            Err(error) => panic!("\"{}\" was to be read: {error}", expected.escape_ascii()),
        }
    }
    let kind = read_frame(&server, 11).map_err(|error| error.kind());
    assert!(
        kind == Err(io::ErrorKind::InvalidData),
        "a frame of 2 GB is refused with InvalidData, and you gave {kind:?}"
    );
    Ok(())
}
