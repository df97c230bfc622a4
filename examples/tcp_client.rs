//! The lesson's TCP client: calls the server, sends each line of its input, prints what comes back.
//!
//! ```text
//! cargo run --example tcp_client [HOST:PORT]
//! ```
//!
//! It calls 127.0.0.1:8002 by default. The end of the input (Ctrl-D) ends the call.

use std::env;
use std::error::Error;
use std::io::{self, Write};

use socketbook::{Socket, show_calls};

fn main() -> Result<(), Box<dyn Error>> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8002".into());
    let phone = Socket::tcp()?; // buy a telephone
    phone.connect(&*address.to_string_lossy())?; // dial

    let (mut input, mut output) = (io::stdin().lines(), io::stdout());
    loop {
        write!(output, ">>>>")?; // print! would panic once no one reads it
        output.flush()?; // a prompt has no newline that would do it
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        if msg.is_empty() {
            continue; // nothing comes back, so recv would wait forever
        }
        let data = echo(&phone, msg.as_bytes())?;
        writeln!(output, "{}", String::from_utf8_lossy(&data))?;
    }
    phone.close(); // hang up
    Ok(())
}

// ANCHOR: echo
/// Sends the message, and receives until all of it has come back.
fn echo(phone: &Socket, msg: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = Vec::with_capacity(msg.len());
    // In pieces that fit into any buffer: if both sides only send and neither receives, the buffers
    // between them fill up and both wait forever.
    for piece in msg.chunks(1024) {
        phone.sendall(piece)?;
        let said = data.len() + piece.len();
        // TCP keeps the order of the bytes, not the boundaries of messages: recv returns what has
        // arrived, which may be half a character.
        while data.len() < said {
            let part = phone.recv(said - data.len())?;
            if part.is_empty() {
                let heard = data.len();
                return Err(format!("the other side hung up: {heard} of {said} bytes").into());
            }
            data.extend(part);
        }
    }
    Ok(data)
}
// ANCHOR_END: echo
