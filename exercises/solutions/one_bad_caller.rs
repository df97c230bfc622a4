//! # Solution: one bad client
//!
//! Hint: An error of the listening socket is the server's. An error of a connection is that
//! client's.
//!
//! Hint: Take what `repeat` returns into a `match`, or an `if let`, instead of `?`.
//!
//! Hint: `Ok(()) => went_well += 1`, and on `Err(error)` a line in the log.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Serves so many clients, and repeats the first words of each. Returns how many went well.
fn serve(server: &Socket, calls: usize) -> Result<usize> {
    let mut went_well = 0;
    for _ in 0..calls {
        let (conn, addr) = next(server)?;
        match repeat(&conn) {
            Ok(()) => went_well += 1,
            Err(error) => println!("{addr}: {error}"),
        }
    }
    Ok(went_well)
}

/// The next client. It waits out an error that passes, such as too many open files.
fn next(server: &Socket) -> Result<(Socket, Address)> {
    loop {
        match server.accept() {
            Err(error) if error.is_transient() => thread::sleep(Duration::from_millis(50)),
            accepted => return accepted,
        }
    }
}

fn repeat(conn: &Socket) -> Result<()> {
    let words = conn.recv(1024)?;
    conn.sendall(&words)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = create_server(("127.0.0.1", 0))?;
    let address = server.getsockname()?;

    let good = create_connection(&address)?;
    good.sendall(b"hello")?;
    let bad = create_connection(&address)?;
    bad.setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))?;
    bad.close(); // lingering for no time is a reset
    let last = create_connection(&address)?;
    last.sendall(b"me, too")?;

    let went_well = match serve(&server, 3) {
        Ok(went_well) => went_well,
        Err(error) => panic!("the second client was reset, and the server ended: {error}"),
    };
    assert!(
        went_well == 2,
        "two of three conversations went well, and you counted {went_well}"
    );
    assert!(good.recv(1024)? == b"hello");
    assert!(last.recv(1024)? == b"me, too");

    let off = Socket::tcp()?; // it doesn't listen
    assert!(
        serve(&off, 1).is_err(),
        "that `accept` fails is the server's own error, and ends it"
    );
    Ok(())
}
