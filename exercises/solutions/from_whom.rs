//! # Solution: from whom?
//!
//! Hint: `recvfrom` returns the letter and the address of its sender. Addresses compare with
//! `==`.
//!
//! Hint: A loop: receive, compare, and return only if it's from the server.
//!
//! Hint: The kernel can do it as well: a UDP socket that is connected gets only the letters of
//! its peer. But what is in the mailbox before `connect` stays there.

use socketbook::*;

/// The next letter from the server.
fn answer_of(mailbox: &Socket, server: &Address) -> Result<Vec<u8>> {
    loop {
        let (letter, from) = mailbox.recvfrom(1024)?;
        if from == *server {
            return Ok(letter.into_vec());
        }
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let mailbox = Socket::udp()?;
    mailbox.bind(("127.0.0.1", 0))?;
    let own = mailbox.getsockname()?;
    let (server, stranger) = (Socket::udp()?, Socket::udp()?);
    server.bind(("127.0.0.1", 0))?;

    stranger.sendto(b"You have won!", &own)?;
    stranger.sendto(b"You have won again!", &own)?;
    server.sendto(b"the answer", &own)?;
    server.sendto(b"the second answer", &own)?;
    for expected in [&b"the answer"[..], b"the second answer"] {
        let answer = answer_of(&mailbox, &server.getsockname()?)?;
        assert!(
            answer == expected,
            "the server wrote \"{}\", and you took \"{}\"",
            expected.escape_ascii(),
            answer.escape_ascii()
        );
    }
    Ok(())
}
