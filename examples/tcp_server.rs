//! The lesson's TCP server: answers the telephone, and sends back whatever a caller says.
//!
//! ```text
//! cargo run --example tcp_server [HOST:PORT]
//! ```
//!
//! It listens on 127.0.0.1:8002 by default; with port 0 the system chooses a free port. What it
//! hears goes to standard output, everything else to standard error. Ctrl-C ends it. It talks with
//! one caller at a time while the others wait; chapter 13 is about many at once.

use std::io::{self, Write};
use std::{env, fmt, thread, time::Duration};

use socketbook::*;

// ANCHOR: serve
fn main() -> Result<()> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8002".into());
    let phone = Socket::tcp()?; // buy a telephone
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?; // the last run may be in TIME_WAIT
    phone.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?; // notices callers that lost power
    phone.bind(&*address.to_string_lossy())?; // give it a number
    phone.listen(5)?; // switch it on: five callers may wait
    log(format_args!("listening on {}", phone.getsockname()?));

    loop {
        match phone.accept() {
            Ok((conn, addr)) => match talk(&conn, &addr) {
                Ok(()) => log(format_args!("{addr}: hung up")),
                Err(error) => log(format_args!("{addr}: {error}")), // ends this call only
            },
            Err(error) if error.is_transient() => {
                log(error); // too many open files, for example: it passes
                thread::sleep(Duration::from_millis(50));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Talks with one caller until it hangs up.
fn talk(conn: &Socket, addr: &Address) -> Result<()> {
    loop {
        let msg = conn.recv(1024)?;
        if msg.is_empty() {
            return Ok(());
        }
        let (shown, addr) = (msg.escape_ascii(), addr.python());
        let _ = writeln!(io::stdout(), "msg=b'{shown}' addr={addr}"); // as in log
        conn.sendall(&msg)?; // send may send only a part
    }
}
// ANCHOR_END: serve

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
