//! # Solution: the number comes back
//!
//! Hint: Which line makes a telephone outlive its turn of the loop?
//!
//! Hint: A socket is closed when its owner goes out of scope. The vector owns all of them.
//!
//! Hint: Without the vector, `phone` itself is the owner, and each turn of the loop ends it. You
//! can also say `phone.close()`.

use socketbook::*;

/// Makes `n` telephones, one after the other, and returns their descriptors.
fn descriptors(n: usize) -> Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for _ in 0..n {
        let phone = Socket::tcp()?;
        numbers.push(phone.fileno());
        phone.close();
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
