//! # two kinds of telephone
//!
//! One shop sells telephones for calls, which are TCP, and mailboxes for letters, which are UDP.
//! `buy` should bring home one of each, over IPv4. At the moment it brings two of the same.

use socketbook::*;

/// A telephone for calls, and a mailbox for letters.
fn buy() -> Result<(Socket, Socket)> {
    // Your part.
    Ok((Socket::tcp()?, Socket::tcp()?))
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
