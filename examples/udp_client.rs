//! The lesson's UDP client: sends each line of its input as a datagram and prints the answer.
//!
//! ```text
//! cargo run --example udp_client [HOST:PORT]
//! ```
//!
//! It sends to 127.0.0.1:8001 by default. The end of the input (Ctrl-D) ends it.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use socketbook::{Socket, show_calls};

const PATIENCE: Duration = Duration::from_secs(2); // for an answer

fn main() -> Result<(), Box<dyn Error>> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8001".into());
    let address = address.to_string_lossy();
    let udp_client = Socket::udp()?;
    // On a UDP socket connect sends nothing, it sets the peer: datagrams from anyone else are
    // dropped, and we get ECONNREFUSED if no server is there.
    udp_client.connect(&*address)?;
    // A lost datagram isn't reported: without a timeout we would wait forever.
    udp_client.settimeout(PATIENCE)?;

    let (mut input, mut output) = (io::stdin().lines(), io::stdout());
    loop {
        write!(output, ">>>>")?; // print! would panic once no one reads it
        output.flush()?; // a prompt has no newline that would do it
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        // An empty line is an empty datagram, and gets an answer like any other.
        udp_client.sendall(msg.as_bytes())?; // one datagram, whole or not at all
        match udp_client.recv(1024) {
            Ok(data) => writeln!(output, "{}", String::from_utf8_lossy(&data))?,
            // Going on would be wrong: a late answer would be taken for the next one.
            Err(error) if error.is_timeout() => {
                let why = "the datagram or its answer was lost, or no server runs there";
                return Err(format!("no answer from {address} within {PATIENCE:?}: {why}").into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    udp_client.close();
    Ok(())
}
