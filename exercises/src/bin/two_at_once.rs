//! # two clients at once
//!
//! The server repeats what each client says. The first client stays connected and says nothing,
//! and all others wait for it. Serve each client in a thread of its own.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Accepts clients, and repeats what each client says until it hangs up.
fn serve(server: &Socket) -> Result<()> {
    loop {
        let (conn, _addr) = next(server)?;
        // Your part: this is where the others wait.
        repeat(&conn)?;
    }
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
    loop {
        let words = conn.recv(1024)?;
        if words.is_empty() {
            return Ok(());
        }
        conn.sendall(&words)?;
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let server = create_server(("127.0.0.1", 0))?;
    let address = server.getsockname()?;
    thread::spawn(move || serve(&server));

    let silent = create_connection(&address)?;
    let second = create_connection(&address)?;
    second.settimeout(Duration::from_secs(2))?;
    for client in [&second, &silent] {
        client.sendall(b"hello")?;
        match client.recv(1024) {
            Ok(heard) => assert!(heard == b"hello", "\"hello\" came back as {heard:?}"),
            Err(error) if error.is_timeout() => {
                panic!("the second client has waited 2 s for the first, which says nothing")
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
