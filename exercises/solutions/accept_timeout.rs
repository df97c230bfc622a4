//! # Solution: no one called
//!
//! Hint: Don't let `?` carry the error away: `match` on what `accept` returns.
//!
//! Hint: `error.is_timeout()` tells this error from the others.
//!
//! Hint: `gettimeout` before, `settimeout` after, and no way out of the function between the two.

use std::time::Duration;

use socketbook::*;

/// A client, or none within `patience`.
fn wait_for_client(server: &Socket, patience: Duration) -> Result<Option<Socket>> {
    let before = server.gettimeout();
    server.settimeout(patience)?;
    let call = server.accept();
    server.settimeout(before)?;
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
    let server = create_server(("127.0.0.1", 0))?;
    server.settimeout(Duration::from_secs(7))?;

    match wait_for_client(&server, Duration::from_millis(20)) {
        Ok(conn) => assert!(conn.is_none(), "no one has connected"),
        Err(error) => {
            panic!("no client in time is an answer here, and you returned an error: {error}")
        }
    }
    assert!(
        server.gettimeout() == Some(Duration::from_secs(7)),
        "the socket had a timeout of 7 s, and now it has {:?}",
        server.gettimeout()
    );

    let client = create_connection(server.getsockname()?)?;
    let conn = wait_for_client(&server, Duration::from_secs(5))?.expect("a client has connected");
    assert!(conn.getpeername()? == client.getsockname()?);

    let off = Socket::tcp()?; // it doesn't listen
    let answer = wait_for_client(&off, Duration::from_millis(20));
    assert!(
        answer.is_err_and(|error| error.errno() == Some(EINVAL)),
        "accept on a socket that does not listen is an error, EINVAL"
    );
    Ok(())
}
