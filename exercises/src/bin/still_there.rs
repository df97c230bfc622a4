//! # who is still there?
//!
//! Someone has left a chat room, and sending to all fails: EPIPE. That's no reason to stop
//! talking to the others. Return those that are still there. Errors other than a lost
//! connection are reported.

use socketbook::*;

/// Says it to all guests, and returns those that are still there.
fn say_to_all(guests: Vec<Socket>, words: &[u8]) -> Result<Vec<Socket>> {
    for guest in &guests {
        // Your part.
        guest.sendall(words)?;
    }
    Ok(guests)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (anna, seat_1) = socketpair()?;
    let (bert, seat_2) = socketpair()?;
    let (cleo, seat_3) = socketpair()?;
    bert.close();

    let guests = match say_to_all(vec![seat_1, seat_2, seat_3], b"welcome") {
        Ok(guests) => guests,
        Err(error) => panic!("Bert has gone, and Cleo was not welcomed: {error}"),
    };
    assert!(
        guests.len() == 2,
        "two guests are still there, and you returned {}",
        guests.len()
    );
    assert!(anna.recv(1024)? == b"welcome", "Anna was not welcomed");
    assert!(cleo.recv(1024)? == b"welcome", "Cleo was not welcomed");

    // Anna doesn't read, and her buffer is full: that isn't the same as being gone.
    guests[0].setblocking(false)?;
    while guests[0].send(&[b'.'; 4096]).is_ok() {}
    let answer = say_to_all(guests, b"hello?");
    assert!(
        answer.is_err_and(|error| error.is_would_block()),
        "a full buffer is not a lost connection: report it"
    );
    Ok(())
}
