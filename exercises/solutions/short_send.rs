//! # Solution: all of it
//!
//! Hint: What `send` hasn't taken is still yours. Where does the rest of `data` start?
//!
//! Hint: After `sent` bytes, `&data[sent..]` is the rest. Send that, until it is empty.
//!
//! Hint: `let mut rest = data; while !rest.is_empty() { … rest = &rest[sent..]; … }`

use std::time::Duration;

use socketbook::*;

/// Sends all of the data, with `send`.
fn send_whole(phone: &Socket, data: &[u8], mut other_side_reads: impl FnMut()) -> Result<()> {
    let mut rest = data;
    while !rest.is_empty() {
        let sent = phone.send(rest)?;
        rest = &rest[sent..];
        other_side_reads();
    }
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
