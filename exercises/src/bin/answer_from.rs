//! # to which of my addresses?
//!
//! The server listens at all addresses of its machine, and `IP_PKTINFO` is set. A client wrote to
//! one of them, and accepts only answers from that one. Receive its letter, and answer from the
//! address that it was sent to.

use std::io::IoSlice;

use socketbook::*;

/// Answers the next letter.
fn answer(server: &Socket, text: &[u8]) -> Result<()> {
    // Your part: it goes out from whichever address the kernel chooses.
    let (_, from) = server.recvfrom(1024)?;
    server.sendmsg_to(&[IoSlice::new(text)], &[], MsgFlags::NONE, from)?;
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = Socket::udp()?;
    server.bind(("", 0))?;
    server.setsockopt(IPPROTO_IP, IP_PKTINFO, true)?;
    let Some(port) = server.getsockname()?.port() else {
        panic!("a UDP socket has a port");
    };
    for host in ["127.0.0.1", "127.0.0.2", "127.1.2.3"] {
        let client = Socket::udp()?;
        client.connect((host, port))?;
        client.send(b"who are you?")?;
        answer(&server, host.as_bytes())?;
        let heard = client.recv_with_flags(100, MSG_DONTWAIT);
        assert!(
            heard.is_ok_and(|heard| heard == host.as_bytes()),
            "a client wrote to {host}, and no answer came from there"
        );
    }
    Ok(())
}
