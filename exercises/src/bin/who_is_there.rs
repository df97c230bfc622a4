//! # who is there?
//!
//! A call is answered, or refused, or met with silence. Make `who_is_there` tell the three apart by
//! the code that `connect_ex` returns. As in Python, a timeout is EAGAIN there. Any other code is no
//! answer to the question: panic with its name.

use std::time::Duration;

use socketbook::*;

/// What becomes of a call.
#[derive(Debug, PartialEq)]
enum Answer {
    Open,
    Refused,
    Silence,
}

/// Calls the number, and waits for an answer as long as `patience` says.
fn who_is_there(number: &Address, patience: Duration) -> Result<Answer> {
    let phone = Socket::tcp()?;
    phone.settimeout(patience)?;
    // Your part.
    if phone.connect_ex(number)? == 0 {
        Ok(Answer::Open)
    } else {
        Ok(Answer::Silence)
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let open = create_server(("127.0.0.1", 0))?;

    // It has the number and isn't switched on.
    let off = Socket::tcp()?;
    off.bind(("127.0.0.1", 0))?;

    // As many callers wait as may: the kernel leaves all further ones without an answer.
    let full = Socket::tcp()?;
    full.bind(("127.0.0.1", 0))?;
    full.listen(0)?;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let caller = Socket::new(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)?;
        caller.connect_ex(full.getsockname()?)?;
        waiting.push(caller);
    }

    for (phone, patience, expected, why) in [
        (&open, 5000, Answer::Open, "someone is listening"),
        (&off, 5000, Answer::Refused, "no one is listening"),
        (&full, 50, Answer::Silence, "the queue is full"),
    ] {
        let answer = who_is_there(&phone.getsockname()?, Duration::from_millis(patience))?;
        assert!(
            answer == expected,
            "{why} there: that is {expected:?}, and you said {answer:?}"
        );
    }
    Ok(())
}
