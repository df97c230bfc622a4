//! # Solution: who is still there?
//!
//! Hint: Not `?`, but a `match` for each guest.
//!
//! Hint: `error.is_disconnect()` knows EPIPE, ECONNRESET and their like.
//!
//! Hint: Collect those whose `sendall` went well in a new `Vec`; a socket that is dropped is
//! closed.

use socketbook::*;

/// Says it to all guests, and returns those that are still there.
fn say_to_all(guests: Vec<Socket>, words: &[u8]) -> Result<Vec<Socket>> {
    let mut still_there = Vec::new();
    for guest in guests {
        match guest.sendall(words) {
            Ok(()) => still_there.push(guest),
            Err(error) if error.is_disconnect() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(still_there)
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
