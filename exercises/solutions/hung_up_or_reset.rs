//! # Solution: hung up, or cut off
//!
//! Hint: The `?` carries every error away. One of them is an answer.
//!
//! Hint: The errno of a reset is ECONNRESET.
//!
//! Hint: In the loop `match conn.recv(1024)`: empty is `HungUp`, other bytes go on,
//! `error.errno() == Some(ECONNRESET)` is `CutOff`.

use socketbook::*;

/// How a conversation ended.
#[derive(Debug, PartialEq)]
enum Ending {
    HungUp,
    CutOff,
}

/// Receives to the end, and says how it came.
fn how_it_ended(conn: &Socket) -> Result<Ending> {
    loop {
        match conn.recv(1024) {
            Ok(bytes) if bytes.is_empty() => return Ok(Ending::HungUp),
            Ok(_) => {}
            Err(error) if error.errno() == Some(ECONNRESET) => return Ok(Ending::CutOff),
            Err(error) => return Err(error),
        }
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, server) = exercises::call()?;
    server.sendall(b"goodbye")?;
    server.close();
    let ending = how_it_ended(&client)?;
    assert!(
        ending == Ending::HungUp,
        "the other side said goodbye and hung up, and you say {ending:?}"
    );

    let (client, server) = exercises::call()?;
    client.sendall(b"Listen!")?;
    server.recv_with_flags(1, MSG_PEEK)?; // it has arrived
    server.close(); // no one has read it: TCP answers with a reset
    match how_it_ended(&client) {
        Ok(ending) => assert!(
            ending == Ending::CutOff,
            "the other side has reset the connection, and you say {ending:?}"
        ),
        Err(error) => panic!("the reset is an answer here, and you gave an error: {error}"),
    }

    let answer = how_it_ended(&Socket::tcp()?);
    assert!(
        answer.is_err(),
        "a socket without a connection fails with ENOTCONN, and you say {answer:?}"
    );
    Ok(())
}
