//! # no one connected
//!
//! Wait for a client, but not forever. If none comes in time, that's no failure: it's `None`. Other
//! errors are reported. And the code that lent you the socket has to find it with the timeout that
//! it had before.

use std::time::Duration;

use socketbook::*;

/// A client, or none within `patience`.
fn wait_for_client(server: &Socket, patience: Duration) -> Result<Option<Socket>> {
    // Your part: this is right as long as a client comes.
    server.settimeout(patience)?;
    let (conn, _addr) = server.accept()?;
    Ok(Some(conn))
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
