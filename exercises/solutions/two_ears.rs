//! # Solution: a client, or the bell
//!
//! Hint: One call waits for two sockets: `select`.
//!
//! Hint: A listening socket is a reader like any other: it is readable when a client is in the
//! queue.
//!
//! Hint: Ask `is_readable(bell)` first. You don't need to receive the byte.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use socketbook::*;

/// The next client; `None` when the bell has rung.
fn next_client(server: &Socket, bell: &Socket) -> Result<Option<Socket>> {
    if select([server, bell], [], None)?.is_readable(bell) {
        return Ok(None);
    }
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
