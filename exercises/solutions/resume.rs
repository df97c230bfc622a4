//! # Solution: where sendall stopped
//!
//! Hint: `sendall`'s error has more than a kind: see chapter 4, on a `sendall` that fails
//! half-way.
//!
//! Hint: `error.sent()` is the number of bytes that were sent. It counts from the start of what this
//! `sendall` was given.
//!
//! Hint: `rest` becomes `&rest[error.sent()..]`, and has to be `mut` for that.

use std::time::Duration;

use socketbook::*;

/// Sends all of the data. A timeout is no reason to give up.
fn send_patiently(conn: &Socket, data: &[u8], mut other_side_reads: impl FnMut()) -> Result<()> {
    let mut rest = data;
    loop {
        match conn.sendall(rest) {
            Err(error) if error.is_timeout() => {
                rest = &rest[error.sent()..];
                other_side_reads();
            }
            done_or_failed => return done_or_failed,
        }
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (conn, other_side) = socketpair()?;
    other_side.settimeout(Duration::from_millis(10))?;
    conn.settimeout(Duration::from_millis(10))?;
    let data: Vec<u8> = (0..1_000_000).map(|n| (n % 251) as u8).collect();
    let mut heard = Vec::new();
    let mut read = || {
        while let Ok(piece) = other_side.recv(1_000_000) {
            heard.extend(piece);
        }
        let expected = data.get(..heard.len()).unwrap_or(&data);
        if let Some(at) = (0..heard.len()).find(|&at| expected.get(at) != Some(&heard[at])) {
            panic!("after {at} bytes a wrong one came: that is where the line broke off");
        }
    };
    send_patiently(&conn, &data, &mut read)?;
    read();
    assert!(
        heard.len() == data.len(),
        "{} of {} bytes arrived",
        heard.len(),
        data.len()
    );
    Ok(())
}
