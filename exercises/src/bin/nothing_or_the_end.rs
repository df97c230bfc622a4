//! # nothing yet, or nothing more
//!
//! A non-blocking socket has three answers: bytes, nothing yet, and nothing more. The last two are
//! easy to confuse. `listen_in` confuses them.

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
    // Your part: not every error means "nothing yet", and not all that is received is bytes.
    match conn.recv(1024) {
        Ok(bytes) => Ok(Heard::Bytes(bytes)),
        Err(_) => Ok(Heard::NothingYet),
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
