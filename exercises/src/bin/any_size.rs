//! # letters of any size
//!
//! `next_letter` has room for 16 bytes, and cuts off what is longer. Return every letter whole:
//! a long one and an empty one, too. Over IPv4 a letter may have 65,507 bytes.

use socketbook::*;

/// The next letter, whole.
fn next_letter(mailbox: &Socket) -> Result<Vec<u8>> {
    // Your part.
    let (letter, _from) = mailbox.recvfrom(16)?;
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
