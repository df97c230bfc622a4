//! # Solution: wake up!
//!
//! Hint: To close a socket that another thread uses is not possible here, and would not wake
//! it. What else ends something at a socket?
//!
//! Hint: `shutdown` works on the open socket itself, whoever waits at it.
//!
//! Hint: On a listening socket `shutdown(SHUT_RD)` ends the listening, and each `accept`
//! returns EINVAL.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use socketbook::*;

/// Makes the `accept` of another thread return.
fn stop(phone: &Socket) -> Result<()> {
    phone.shutdown(SHUT_RD)
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
