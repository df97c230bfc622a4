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
use std::time::Duration;
use std::{env, fmt, thread};

use socketbook::*;

// ANCHOR: serve
fn main() -> Result<()> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8002".into());
    let phone = Socket::tcp()?; // buy a telephone
    // Without it a restarted server finds its address in use, as long as connections of its last
    // run are in TIME_WAIT.
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    // Notices callers whose machine has lost power. Connections inherit it.
    phone.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?;
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
        let (shown, addr) = (python_bytes(&msg), addr.python());
        let _ = writeln!(io::stdout(), "msg={shown} addr={addr}"); // as in log
        conn.sendall(&msg)?; // send may send only a part
    }
}
// ANCHOR_END: serve

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Bytes as Python prints them: `b'...'`, and `b"..."` around a ' where there is no ".
fn python_bytes(bytes: &[u8]) -> String {
    let escaped = bytes.escape_ascii().to_string(); // escapes both kinds of quotes
    match bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        true => format!("b\"{}\"", escaped.replace(r"\'", "'")),
        false => format!("b'{}'", escaped.replace(r#"\""#, "\"")),
    }
}
