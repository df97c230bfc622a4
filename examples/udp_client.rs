//! The lesson's UDP client: sends each line of its input as a datagram and prints the answer.
//!
//! ```text
//! cargo run --example udp_client [HOST:PORT]
//! ```
//!
//! It sends to 127.0.0.1:8001 unless told otherwise. The end of the input (Ctrl-D) ends it.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use socketbook::Socket;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8001".into());
    let address = address.to_string_lossy();
    let udp_client = Socket::udp()?;
    // On a UDP socket connect sends nothing. It notes whom we talk to: what anyone else sends to
    // our port isn't taken for an answer, and we hear it if no one is there (ECONNREFUSED).
    udp_client.connect(&*address)?;
    // A datagram may be lost, and no one says so: without a timeout we would wait forever.
    udp_client.settimeout(PATIENCE)?;

    let (mut input, mut output) = (io::stdin().lines(), io::stdout());
    loop {
        write!(output, ">>>>")?; // not print!, which panics when no one reads our output any more
        output.flush()?; // a line would go out by itself, a prompt does not
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        // An empty line is an empty datagram, which is answered like any other.
        udp_client.sendall(msg.as_bytes())?; // one datagram, whole or not at all
        match udp_client.recv(1024) {
            Ok(data) => writeln!(output, "{}", String::from_utf8_lossy(&data))?,
            // The end, because the answer may only be late: it would be taken for the next one.
            Err(error) if error.is_timeout() => {
                let why = "the datagram or its answer was lost, or no server runs there";
                return Err(format!("no answer from {address} within {PATIENCE:?}: {why}").into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if output.is_terminal() {
        writeln!(output)?; // so that the shell's prompt doesn't follow ours
    }
    udp_client.close();
    Ok(())
}
