//! # wake up!
//!
//! A thread waits in `accept`, forever if no one connects. Make `stop` wake it, so that the
//! server can end in order. What is handed out closes a duplicate of the socket, and that wakes
//! no one.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use socketbook::*;

/// Makes the `accept` of another thread return.
fn stop(server: &Socket) -> Result<()> {
    // Your part.
    server.dup()?.close();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = Arc::new(create_server(("127.0.0.1", 0))?);
    let (report, reports) = mpsc::channel();
    let accepting = Arc::clone(&server);
    thread::spawn(move || {
        loop {
            match accepting.accept() {
                Ok((conn, _addr)) => conn.sendall(b"one moment").expect("the client waits"),
                Err(error) => return report.send(error),
            }
        }
    });
    let client = create_connection(server.getsockname()?)?;
    assert!(client.recv(1024)? == b"one moment");

    stop(&server)?;
    match reports.recv_timeout(Duration::from_secs(2)) {
        Ok(error) => assert!(
            error.errno() == Some(EINVAL),
            "`accept` was to fail with EINVAL, and failed with {error}"
        ),
        Err(_) => panic!("2 s after `stop` the other thread still waits in `accept`"),
    }
    Ok(())
}
