//! # Solution: whose TIME_WAIT?
//!
//! Hint: The side that sends the first FIN keeps the TIME_WAIT. How does a program find out
//! that the other side has sent its own?
//!
//! Hint: `recv` returns nothing when the client has hung up. Call it before `close`.
//!
//! Hint: `settimeout` on `conn` is what a client that stays silent runs into. That timeout is
//! no error here.

use std::thread;
use std::time::{Duration, Instant};

use socketbook::*;

/// Answers one client.
fn answer(conn: Socket) -> Result<()> {
    conn.sendall(b"done!")?;
    conn.settimeout(Duration::from_secs(1))?;
    match conn.recv(1024) {
        Ok(_) => {} // the client has hung up, or talks on: that is the end, either way
        Err(error) if error.is_timeout() => {}
        Err(error) => return Err(error),
    }
    conn.close();
    Ok(())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    // Without SO_REUSEADDR, so that a TIME_WAIT is in the way.
    let server = Socket::tcp()?;
    server.bind(("127.0.0.1", 0))?;
    server.listen(5)?;
    let address = server.getsockname()?;

    let client = create_connection(&address)?;
    let (conn, _) = server.accept()?;
    let answering = exercises::Watched::this_thread();
    let talking = thread::spawn(move || -> Result<()> {
        client.recv_with_flags(5, MSG_WAITALL)?;
        // A server that hangs up first does so now; one that waits for the client doesn't.
        while select([&client], [], Duration::ZERO)?.is_empty() && !answering.waits() {
            thread::yield_now();
        }
        client.close();
        Ok(())
    });
    answer(conn)?;
    talking.join().unwrap()?;
    server.close();
    let start = Instant::now();
    // The last ACK may still be on its way; a TIME_WAIT stays for a minute.
    while Socket::tcp()?.bind(&address).is_err() {
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "the server's address is still in use: the TIME_WAIT is at its end"
        );
        thread::yield_now();
    }

    let (_silent, conn) = exercises::call()?;
    let start = Instant::now();
    answer(conn)?;
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "a client that doesn't hang up held the server for {:?}",
        start.elapsed()
    );
    Ok(())
}
