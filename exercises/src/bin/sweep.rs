//! # the seats of those who left
//!
//! A server that keeps its guests' sockets keeps their descriptors, too, until there are none
//! left: EMFILE. Return the guests that are still there, without waiting, and without losing
//! what they have said. Drop the others.

use std::fs;

use socketbook::*;

/// Keeps the guests that haven't hung up.
fn sweep(guests: Vec<Socket>) -> Result<Vec<Socket>> {
    // Your part: this keeps all of them.
    Ok(guests)
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
