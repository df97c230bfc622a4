//! # Solution: nothing yet, or nothing more
//!
//! Hint: How does `recv` report the end? It isn't an error.
//!
//! Hint: An empty vector is the end. "Nothing yet" is the error for which `error.is_would_block()`
//! is true.
//!
//! Hint: Four arms: empty, other bytes, would block, any other error.

use socketbook::*;

/// What is to be heard at this moment.
#[derive(Debug, PartialEq)]
enum Heard {
    Bytes(Vec<u8>),
    NothingYet,
    TheEnd,
}

/// Listens for a moment, on a socket that never waits.
fn listen_in(conn: &Socket) -> Result<Heard> {
    match conn.recv(1024) {
        Ok(bytes) if bytes.is_empty() => Ok(Heard::TheEnd),
        Ok(bytes) => Ok(Heard::Bytes(bytes)),
        Err(error) if error.is_would_block() => Ok(Heard::NothingYet),
        Err(error) => Err(error),
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (client, conn) = socketpair()?;
    conn.setblocking(false)?;

    let heard = listen_in(&conn)?;
    assert!(
        heard == Heard::NothingYet,
        "nothing was said yet, and you heard {heard:?}"
    );
    client.sendall(b"hello")?;
    let heard = listen_in(&conn)?;
    assert!(
        heard == Heard::Bytes(b"hello".to_vec()),
        "the client said hello, and you heard {heard:?}"
    );
    client.close();
    let heard = listen_in(&conn)?;
    assert!(
        heard == Heard::TheEnd,
        "the client has hung up, and you heard {heard:?}"
    );

    let off = Socket::tcp()?; // it has no connection
    off.setblocking(false)?;
    let answer = listen_in(&off);
    assert!(
        answer.is_err(),
        "a socket without a connection fails with ENOTCONN, and you heard {answer:?}"
    );
    Ok(())
}
