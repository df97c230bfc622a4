//! # Solution: no one called
//!
//! Hint: Don't let `?` carry the error away: `match` on what `accept` returns.
//!
//! Hint: `error.is_timeout()` tells this error from the others.
//!
//! Hint: `gettimeout` before, `settimeout` after, and no way out of the function between the two.

use std::time::Duration;

use socketbook::*;

/// A call, or none within `patience`.
fn wait_for_call(phone: &Socket, patience: Duration) -> Result<Option<Socket>> {
    let before = phone.gettimeout();
    phone.settimeout(patience)?;
    let call = phone.accept();
    phone.settimeout(before)?;
    match call {
        Ok((conn, _addr)) => Ok(Some(conn)),
        Err(error) if error.is_timeout() => Ok(None),
        Err(error) => Err(error),
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let phone = create_server(("127.0.0.1", 0))?;
    phone.settimeout(Duration::from_secs(7))?;

    match wait_for_call(&phone, Duration::from_millis(20)) {
        Ok(call) => assert!(call.is_none(), "no one has called"),
        Err(error) => {
            panic!("no client in time is an answer here, and you returned an error: {error}")
        }
    }
    assert!(
        phone.gettimeout() == Some(Duration::from_secs(7)),
        "the telephone had a timeout of 7 s, and now it has {:?}",
        phone.gettimeout()
    );

    let caller = create_connection(phone.getsockname()?)?;
    let call = wait_for_call(&phone, Duration::from_secs(5))?.expect("a client has called");
    assert!(call.getpeername()? == caller.getsockname()?);

    let off = Socket::tcp()?; // it does not listen
    let answer = wait_for_call(&off, Duration::from_millis(20));
    assert!(
        answer.is_err_and(|error| error.errno() == Some(EINVAL)),
        "accept on a telephone that is switched off is an error, EINVAL"
    );
    Ok(())
}
