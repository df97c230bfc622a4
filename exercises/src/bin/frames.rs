//! # frames, with a limit
//!
//! A frame is its length, four bytes with the highest first, and then that many bytes.
//! `read_frame` takes one `read` for all of them, and believes every length. Read each frame
//! whole, and refuse one that is longer than `limit`, with `io::ErrorKind::InvalidData`, before
//! there is memory for it.

use std::io::{self, Read};
use std::thread;

use socketbook::{Result, socketpair};

/// The next frame. A connection that ends within one is `io::ErrorKind::UnexpectedEof`.
fn read_frame(mut conn: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    conn.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    // Your part: a limit, and all of the frame.
    let mut frame = vec![0; length.min(limit)];
    let n = conn.read(&mut frame)?;
    frame.truncate(n);
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
