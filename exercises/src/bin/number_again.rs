//! # the number comes back
//!
//! A shop checks its telephones: it takes one out of the box, writes down its descriptor, and puts
//! it back before it takes the next. `descriptors` never puts one back, so each has another
//! number, and sooner or later the table is full. Make all of them have the same number.

use socketbook::*;

/// Makes `n` telephones, one after the other, and returns their descriptors.
fn descriptors(n: usize) -> Result<Vec<i32>> {
    let mut phones = Vec::new();
    let mut numbers = Vec::new();
    for _ in 0..n {
        let phone = Socket::tcp()?;
        numbers.push(phone.fileno());
        phones.push(phone); // Your part.
    }
    Ok(numbers)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let numbers = match descriptors(3000) {
        Ok(numbers) => numbers,
        Err(error) => panic!("the table of descriptors is full: {error}"),
    };
    assert!(
        numbers.len() == 3000,
        "3000 telephones were asked for, and {} have a number",
        numbers.len()
    );
    let first = numbers[0];
    if let Some(other) = numbers.iter().find(|number| **number != first) {
        panic!(
            "the first telephone had descriptor {first}, and a later one has {other}: the first \
             was still open then"
        );
    }
    Ok(())
}
