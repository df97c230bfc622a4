//! # Solution: the first that answers
//!
//! Hint: Loop over the numbers. Keep an error, and return it only at the end of the list.
//!
//! Hint: POSIX leaves open what a socket is good for after a failed `connect`, so make a new one
//! for each number.
//!
//! Hint: `let mut last = None;` before the loop, `Err(error) => last = Some(error)` in it,
//! `Err(last.expect("…"))` after it. `create_connection` does this for the addresses of a name.

use socketbook::*;

/// The call to the first of these numbers that is answered.
fn call_any(numbers: &[Address]) -> Result<Socket> {
    let mut last = None;
    for number in numbers {
        // A socket whose connect has failed isn't used again: a new one each time.
        let phone = Socket::tcp()?;
        match phone.connect(number) {
            Ok(()) => return Ok(phone),
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("at least one number"))
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let off = [Socket::tcp()?, Socket::tcp()?];
    let mut numbers = Vec::new();
    for phone in &off {
        phone.bind(("127.0.0.1", 0))?; // and doesn't listen: the call is refused
        numbers.push(phone.getsockname()?);
    }

    let error = call_any(&numbers).unwrap_err();
    let last = numbers[1].to_string();
    assert!(
        error.errno() == Some(ECONNREFUSED) && error.to_string().contains(&last),
        "no one answers, and the last number was {last}; your error is {error}"
    );

    let open = create_server(("127.0.0.1", 0))?;
    numbers.push(open.getsockname()?);
    let phone = match call_any(&numbers) {
        Ok(phone) => phone,
        Err(error) => panic!("the third number would have answered: {error}"),
    };
    assert!(phone.getpeername()? == numbers[2]);
    Ok(())
}
