//! # the first that answers
//!
//! A shop has several numbers. Make `call_any` try them in order. Return the connected socket of the
//! first number that answers, or the last error if none does. At the moment it gives up after the
//! first number.

use socketbook::*;

/// The call to the first of these numbers that is answered.
fn call_any(numbers: &[Address]) -> Result<Socket> {
    let phone = Socket::tcp()?;
    // Your part: the numbers after the first.
    phone.connect(&numbers[0])?;
    Ok(phone)
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
