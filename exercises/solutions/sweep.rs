//! # Solution: the seats of those who left
//!
//! Hint: From a guest that has hung up, `recv` returns nothing. How do you ask without waiting,
//! and without taking?
//!
//! Hint: `recv_with_flags(1, MSG_PEEK | MSG_DONTWAIT)`: MSG_PEEK leaves the bytes where they
//! are, MSG_DONTWAIT doesn't wait.
//!
//! Hint: Empty: gone. Bytes, or an error that `is_would_block`: still there. A socket that
//! isn't kept is dropped, and so closed.

use std::fs;

use socketbook::*;

/// Keeps the guests that haven't hung up.
fn sweep(guests: Vec<Socket>) -> Result<Vec<Socket>> {
    let mut kept = Vec::new();
    for guest in guests {
        match guest.recv_with_flags(1, MSG_PEEK | MSG_DONTWAIT) {
            Ok(bytes) if bytes.is_empty() => {} // hung up: dropped, and so closed
            Ok(_) => kept.push(guest),
            Err(error) if error.is_would_block() => kept.push(guest),
            Err(error) if error.is_disconnect() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (silent, seat_1) = socketpair()?;
    let (talks, seat_2) = socketpair()?;
    talks.sendall(b"hello")?;
    let descriptors = count_descriptors();

    let mut guests = vec![seat_1];
    for _ in 0..100 {
        let (guest, seat) = socketpair()?;
        guests.push(seat);
        guest.close();
    }
    guests.push(seat_2);

    let guests = sweep(guests)?;
    let now = count_descriptors();
    assert!(
        guests.len() == 2,
        "2 of 102 guests have not hung up, and you kept {}: {now} descriptors are open, \
         {descriptors} would do",
        guests.len()
    );
    assert!(
        now == descriptors,
        "{now} descriptors are open, and {descriptors} would do"
    );
    silent.sendall(b"I am here")?;
    let heard = (guests[0].recv(1024)?, guests[1].recv(1024)?);
    assert!(
        heard == (b"I am here".to_vec(), b"hello".to_vec()),
        "what the guests have said must not be lost"
    );
    Ok(())
}

fn count_descriptors() -> usize {
    fs::read_dir("/proc/self/fd")
        .expect("/proc is there")
        .count()
}
