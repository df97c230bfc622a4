//! # to everyone
//!
//! A letter to the broadcast address reaches every mailbox that is bound to that port at the
//! broadcast address, or at all addresses. The kernel forbids it unless you ask for it: EACCES.
//! Ask.

use socketbook::*;

/// Sends a letter to all mailboxes of this machine's own network that have the port.
fn to_everyone(letter: &[u8], port: u16) -> Result<()> {
    let sender = Socket::udp()?;
    // Your part.
    sender.sendto(letter, ("127.255.255.255", port))?;
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    // Two mailboxes with one port, which both have to allow.
    let mailboxes = [Socket::udp()?, Socket::udp()?];
    let mut port = 0;
    for mailbox in &mailboxes {
        mailbox.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
        mailbox.bind(("127.255.255.255", port))?;
        port = mailbox.getsockname()?.port().expect("UDP has ports");
    }

    if let Err(error) = to_everyone(b"dinner!", port) {
        panic!("a broadcast has to be allowed by its sender: {error}");
    }
    for mailbox in &mailboxes {
        let (letter, _from) = mailbox.recvfrom(1024)?;
        assert!(letter == b"dinner!", "a mailbox got {letter:?}");
    }
    Ok(())
}
