//! # all of it
//!
//! `send` hands the kernel as much as it has room for, and returns how many bytes that was. Write
//! `sendall`: call `send` until everything is sent. After each `send` call `other_side_reads`, which
//! makes room again.
//!
//! (Both sides live in one thread here, so that no one reads behind your back. Don't use `sendall`.)

use std::time::Duration;

use socketbook::*;

/// Sends all of the data, with `send`.
fn send_whole(phone: &Socket, data: &[u8], mut other_side_reads: impl FnMut()) -> Result<()> {
    // Your part: this is one send. How much has gone out?
    let _sent = phone.send(data)?;
    other_side_reads();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (phone, other_side) = socketpair()?;
    other_side.settimeout(Duration::from_millis(10))?;
    // Under a timeout a send takes what there is room for; without one it would wait for all.
    phone.settimeout(Duration::from_secs(5))?;
    let data: Vec<u8> = (0..2_000_000).map(|n| (n % 251) as u8).collect();
    let mut heard = Vec::new();
    send_whole(&phone, &data, || {
        // Until nothing is left in the kernel's buffer.
        while let Ok(piece) = other_side.recv(1_000_000) {
            heard.extend(piece);
        }
    })?;
    assert!(
        heard.len() == data.len(),
        "{} bytes were to be sent, and {} arrived: what did `send` return?",
        data.len(),
        heard.len()
    );
    assert!(heard == data, "all bytes arrived, but not in their order");
    Ok(())
}
