//! # Solution: to which of my addresses?
//!
//! Hint: `recvfrom` returns who has written, but not to whom. `recvmsg` receives ancillary data too,
//! and has room for one item with `CMSG_SPACE(12)`.
//!
//! Hint: Look for `Ancillary::PacketInfo` among the ancillary data. `SendAncillary::PacketInfo`
//! takes what is in it.
//!
//! Hint: `sendmsg_to` takes the buffers, the ancillary data, flags (`MsgFlags::NONE`) and the
//! client's address.

use std::io::IoSlice;

use socketbook::*;

/// Answers the next letter.
fn answer(server: &Socket, text: &[u8]) -> Result<()> {
    let (_, ancillary, _, from) = server.recvmsg(1024, CMSG_SPACE(12))?;
    let mut here = Vec::new();
    for item in ancillary {
        if let Ancillary::PacketInfo(info) = item {
            here.push(SendAncillary::PacketInfo(info));
        }
    }
    server.sendmsg_to(&[IoSlice::new(text)], &here, MsgFlags::NONE, from)?;
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
