//! The lesson's TCP server: answers the telephone, and says back whatever a caller says.
//!
//! ```text
//! cargo run --example tcp_server [HOST:PORT]
//! ```
//!
//! It listens on 127.0.0.1:8002 unless told otherwise; with port 0 the system chooses a free port.
//! What it hears goes to standard output, everything else to standard error. Ctrl-C ends it. One
//! caller talks at a time, while the others hear the bell; chapter 11 is about many at once.

use std::io::{self, Write};
use std::time::Duration;
use std::{env, fmt, thread};

use socketbook::*;

fn main() -> Result<()> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8002".into());
    let phone = Socket::tcp()?; // buy a telephone
    // Before bind: without it, a server that is restarted finds its address in use as long as
    // connections of its last run are in TIME_WAIT.
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    // A caller whose machine lost its power never says so: this asks. Connections inherit it.
    phone.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?;
    phone.bind(&*address.to_string_lossy())?; // give it a number
    phone.listen(5)?; // switch it on: five callers may wait
    log(format_args!("listening on {}", phone.getsockname()?));

    loop {
        match phone.accept() {
            Ok((conn, addr)) => match talk(&conn, &addr) {
                Ok(()) => log(format_args!("{addr}: hung up")),
                Err(error) => log(format_args!("{addr}: {error}")), // ends this call, not the server
            },
            Err(error) if error.is_transient() => {
                log(error); // too many open files, say: it passes
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
        conn.sendall(&msg)?; // not send, which may send only a part
    }
}

/// Not eprintln!, which panics when no one reads our output any more: the callers need us still.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Bytes as Python prints them: `b'...'`, and `b"..."` around a ' where there is no ".
fn python_bytes(bytes: &[u8]) -> String {
    let escaped = bytes.escape_ascii().to_string(); // which escapes both quotes
    match bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        true => format!("b\"{}\"", escaped.replace(r"\'", "'")),
        false => format!("b'{}'", escaped.replace(r#"\""#, "\"")),
    }
}
