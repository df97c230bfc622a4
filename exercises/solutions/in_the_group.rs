//! # Solution: in the group
//!
//! Hint: Joining is an option of IPPROTO_IP. Its value names the group, and your own address on
//! the network card.
//!
//! Hint: `IP_ADD_MEMBERSHIP`, with `(group, Ipv4Addr::LOCALHOST)`.
//!
//! Hint: A socket bound to `""` also hears letters to the machine itself. One bound to the
//! group's address doesn't.

use std::net::Ipv4Addr;
use std::time::Duration;

use socketbook::*;

/// A socket that hears what is sent to `group` over loopback, at a port of the kernel's choice.
fn mailbox(group: Ipv4Addr) -> Result<Socket> {
    let mailbox = Socket::udp()?;
    mailbox.bind((group, 0))?;
    mailbox.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, (group, Ipv4Addr::LOCALHOST))?;
    Ok(mailbox)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let group = Ipv4Addr::new(239, 255, 80, 3);
    let mailbox = mailbox(group)?;
    mailbox.settimeout(Duration::from_secs(2))?;
    let port = mailbox.getsockname()?.port().unwrap();

    let sender = Socket::udp()?;
    sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, Ipv4Addr::LOCALHOST)?;
    sender.sendto(b"not for the group", (Ipv4Addr::LOCALHOST, port))?;
    sender.sendto(b"the news", (group, port))?;
    match mailbox.recv(1024) {
        Ok(letter) => assert!(
            letter == b"the news",
            "the mailbox got \"{}\", which was sent to this machine and not to the group",
            letter.escape_ascii()
        ),
        Err(error) if error.is_timeout() => panic!("the mailbox got nothing for 2 s"),
        Err(error) => return Err(error),
    }
    Ok(())
}
