//! # wake up!
//!
//! A thread waits in `accept`, for ever if nobody calls. `stop` shall make it return, so that
//! the server can end in order. Closing a duplicate, as it is handed out, does not wake
//! anybody.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use socketbook::*;

/// Makes the `accept` of another thread return.
fn stop(phone: &Socket) -> Result<()> {
    // Your part.
    phone.dup()?.close();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let phone = Arc::new(create_server(("127.0.0.1", 0))?);
    let (report, reports) = mpsc::channel();
    let server = Arc::clone(&phone);
    thread::spawn(move || {
        loop {
            match server.accept() {
                Ok((conn, _addr)) => conn.sendall(b"one moment").expect("the caller waits"),
                Err(error) => return report.send(error),
            }
        }
    });
    let caller = create_connection(phone.getsockname()?)?;
    assert!(caller.recv(1024)? == b"one moment");

    stop(&phone)?;
    match reports.recv_timeout(Duration::from_secs(2)) {
        Ok(error) => assert!(
            error.errno() == Some(EINVAL),
            "`accept` was to fail with EINVAL, and failed with {error}"
        ),
        Err(_) => panic!("2 s after `stop` the other thread still waits in `accept`"),
    }
    Ok(())
}
