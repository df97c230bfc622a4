//! # that is all, and you?
//!
//! The shop reads the whole order before it answers. `order` ends it by hanging up in both
//! directions, and hears no answer. Tell the other side that you've finished, and listen.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Sends the whole order, and returns the answer.
fn order(phone: &Socket, what: &[u8]) -> Result<Vec<u8>> {
    phone.sendall(what)?;
    // Your part.
    phone.shutdown(SHUT_RDWR)?;
    phone.recv(1024)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (customer, shop) = exercises::call()?;
    shop.settimeout(Duration::from_secs(5))?;
    let shop = thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            match shop.recv(1024) {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => heard.extend(piece),
                Err(error) => panic!("the shop still waits for the end of the order: {error}"),
            }
        }
        // The customer may be gone.
        let _ = shop.sendall(b"it is on its way");
        heard
    });

    let answer = match order(&customer, b"two telephones") {
        Ok(answer) => answer,
        Err(error) => panic!("the answer met a direction that is shut: {error}"),
    };
    assert!(
        answer == b"it is on its way",
        "the shop has answered, and you heard \"{}\": nothing arrives in a direction that is shut",
        answer.escape_ascii()
    );
    assert!(shop.join().unwrap() == b"two telephones");
    Ok(())
}
