//! # a part of a film
//!
//! A viewer jumps to the middle of a film, and asks for the bytes from `first` to `last`, both
//! included, as HTTP counts them. Send those and no others, without reading them into your program.
//! Return how many you have sent: a film may be shorter than the viewer believes.

use std::fs::File;
use std::io::Write;

use socketbook::*;

/// Sends the bytes from `first` to `last` of the film.
fn send_part(viewer: &Socket, film: &File, first: u64, last: u64) -> Result<u64> {
    // Your part: this is the whole film.
    let _ = (first, last);
    viewer.sendfile(film, 0, None)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let path = std::env::temp_dir().join(format!("socketbook-film-{}", std::process::id()));
    let film = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path);
    let Ok(mut film) = film else {
        panic!("there has to be a folder for temporary files");
    };
    let _ = std::fs::remove_file(&path);
    assert!(film.write_all(b"0123456789").is_ok(), "a disk with room");

    for (first, last, part) in [
        (0, 9, &b"0123456789"[..]),
        (3, 5, b"345"),
        (9, 9, b"9"),
        (8, 100, b"89"),
        (10, 12, b""),
    ] {
        let (server, viewer) = socketpair()?;
        let sent = send_part(&server, &film, first, last)?;
        server.close();
        let seen = viewer.makefile(RB).readall()?;
        assert!(
            seen == part,
            "from {first} to {last} is \"{}\", and you sent \"{}\"",
            part.escape_ascii(),
            seen.escape_ascii()
        );
        assert!(
            sent == part.len() as u64,
            "{} bytes were sent, and you said {sent}",
            part.len()
        );
    }
    Ok(())
}
