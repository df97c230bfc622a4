//! # Solution: two kinds of telephone
//!
//! Hint: `Socket::new` takes a family and a kind. The family of both is `AF_INET`.
//!
//! Hint: A stream has no seams: that is a call. Datagrams come one by one: those are letters. The
//! kinds are `SOCK_STREAM` and `SOCK_DGRAM`.
//!
//! Hint: `Socket::udp()` is short for `Socket::new(AF_INET, SOCK_DGRAM)`.

use socketbook::*;

/// A telephone for calls, and a mailbox for letters.
fn buy() -> Result<(Socket, Socket)> {
    let phone = Socket::new(AF_INET, SOCK_STREAM)?;
    let mailbox = Socket::new(AF_INET, SOCK_DGRAM)?;
    Ok((phone, mailbox))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (phone, mailbox) = buy()?;
    for (name, socket, kind) in [
        ("telephone", &phone, SOCK_STREAM),
        ("mailbox", &mailbox, SOCK_DGRAM),
    ] {
        assert!(
            socket.family() == AF_INET && socket.kind() == kind,
            "the {name} should be AF_INET and {kind:?}, and it is {:?} and {:?}",
            socket.family(),
            socket.kind()
        );
    }

    phone.bind(("127.0.0.1", 0))?;
    phone.listen(1)?;
    mailbox.bind(("127.0.0.1", 0))?;
    mailbox.sendto(b"to myself", mailbox.getsockname()?)?;
    assert!(mailbox.recvfrom(1024)?.0 == b"to myself");
    Ok(())
}
