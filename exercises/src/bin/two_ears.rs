//! # a client, or the bell
//!
//! `next_client` waits for a client, and must also notice when another thread wants it to stop.
//! That thread rings a bell: it sends a byte through a socketpair. Wait for both. The bell goes
//! first, and the byte stays where it is, so that others can hear it too.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use socketbook::*;

/// The next client; `None` when the bell has rung.
fn next_client(server: &Socket, bell: &Socket) -> Result<Option<Socket>> {
    // Your part: this hears only one of them.
    let _ = bell;
    let (conn, _addr) = server.accept()?;
    Ok(Some(conn))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = create_server(("127.0.0.1", 0))?;
    let address = server.getsockname()?;
    let (bell, rope) = socketpair()?;

    let _client = create_connection(&address)?;
    assert!(
        next_client(&server, &bell)?.is_some(),
        "a client is in the queue, and no bell has rung"
    );

    let (report, reports) = mpsc::channel();
    thread::spawn(move || {
        for _ in 0..2 {
            let heard = next_client(&server, &bell).map(|client| client.is_none());
            let _ = report.send(heard);
        }
    });
    rope.sendall(b"!")?;
    for time in ["", "the second time, "] {
        match reports.recv_timeout(Duration::from_secs(2)) {
            Ok(heard) => assert!(heard?, "{time}the bell has rung, and you gave a client"),
            Err(_) => panic!("{time}2 s after the bell `next_client` still waits"),
        }
    }
    Ok(())
}
