//! # Solution: letters of any size
//!
//! Hint: Either you make room for the longest possible letter, or you look at the size first.
//!
//! Hint: `letter.full_len()` says how long a letter was, even when it was cut off. But then it's
//! too late. Is there a way to look without taking?
//!
//! Hint: `recvfrom_with_flags(0, MSG_PEEK)` waits for a letter and leaves it in the mailbox.
//! Its `full_len()` is the room that `recvfrom` needs.

use socketbook::*;

/// The next letter, whole.
fn next_letter(mailbox: &Socket) -> Result<Vec<u8>> {
    let (envelope, _from) = mailbox.recvfrom_with_flags(0, MSG_PEEK)?;
    let (letter, _from) = mailbox.recvfrom(envelope.full_len())?;
    Ok(letter.into_vec())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let mailbox = Socket::udp()?;
    mailbox.bind(("127.0.0.1", 0))?;
    let sender = Socket::udp()?;
    for size in [5, 0, 3_000, 65_507] {
        let letter = vec![b'x'; size];
        sender.sendto(&letter, mailbox.getsockname()?)?;
        let read = next_letter(&mailbox)?;
        assert!(
            read == letter,
            "a letter of {size} bytes was sent, and you read {} of them: the rest is lost",
            read.len()
        );
    }
    Ok(())
}
