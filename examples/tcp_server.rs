//! The lesson's TCP server: answers the telephone, and says back whatever a caller says.
//!
//! ```text
//! cargo run --example tcp_server
//! ```
//!
//! One caller talks at a time; the others hear the bell (chapter 10 is about many at once).

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use socketbook::{SO_KEEPALIVE, SO_REUSEADDR, SOL_SOCKET, Socket};

const HELP: &str = "\
Answers calls of tcp_client and says back what it hears.

Usage: tcp_server [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8002 unless given; with port 0 the system chooses a free one.
What is heard goes to standard output, everything else to standard error. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => serve("127.0.0.1:8002"),
        (Some("-h" | "--help"), None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (Some(address), None) if !address.starts_with('-') => serve(address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tcp_server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns only with an error that concerns the server itself, never one caller alone.
fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let phone = Socket::tcp()?; // buy a telephone
    // Before bind: without it, a server that is started again finds its address in use as long as
    // connections of the last one are in TIME_WAIT.
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    // A caller whose machine lost its power never says that it is gone: this asks. Each connection
    // that is accepted inherits it.
    phone.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?;
    phone.bind(address)?; // give it a number
    phone.listen(5)?; // switch it on: five callers may wait
    eprintln!("listening on {}", phone.getsockname()?);

    loop {
        let (conn, addr) = match phone.accept() {
            Ok(call) => call,
            Err(error) if error.is_disconnect() => continue, // gave up before we answered
            Err(error) => return Err(error.into()),
        };

        // One caller's trouble ends one call, so it is told, not returned.
        let end = loop {
            let msg = match conn.recv(1024) {
                Ok(msg) if msg.is_empty() => break "hung up".to_owned(),
                Ok(msg) => msg,
                Err(error) => break error.to_string(),
            };
            // Not println!, which panics when nobody reads our output any more.
            writeln!(
                io::stdout(),
                "msg={} addr={}",
                python_bytes(&msg),
                addr.python()
            )?;
            // Not send, which may send a part only.
            if let Err(error) = conn.sendall(&msg) {
                break error.to_string();
            }
        };
        conn.close();
        eprintln!("{addr}: {end}");
    }
}

/// Bytes as Python prints them: `b'...'`, and `b"..."` around a ' where there is no ".
fn python_bytes(bytes: &[u8]) -> String {
    let escaped = bytes.escape_ascii().to_string(); // which escapes both quotes
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        format!("b\"{}\"", escaped.replace(r"\'", "'"))
    } else {
        format!("b'{}'", escaped.replace(r#"\""#, "\""))
    }
}
