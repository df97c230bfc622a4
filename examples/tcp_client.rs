//! The lesson's TCP client: calls the server, says each line of its input, prints what comes back.
//!
//! ```text
//! cargo run --example tcp_client [HOST:PORT]
//! ```
//!
//! It calls 127.0.0.1:8002 unless told otherwise. The end of the input (Ctrl-D) ends the call.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};

use socketbook::Socket;

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8002".into());
    let phone = Socket::tcp()?; // buy a telephone
    phone.connect(&*address.to_string_lossy())?; // dial

    let (mut input, mut output) = (io::stdin().lines(), io::stdout());
    loop {
        write!(output, ">>>>")?; // not print!, which panics when no one reads our output any more
        output.flush()?; // a line would go out by itself, a prompt does not
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        if msg.is_empty() {
            continue; // nothing said, nothing to hear: recv would wait forever
        }
        let data = echo(&phone, msg.as_bytes())?;
        writeln!(output, "{}", String::from_utf8_lossy(&data))?;
    }
    if output.is_terminal() {
        writeln!(output)?; // so that the shell's prompt doesn't follow ours
    }
    phone.close(); // hang up
    Ok(())
}

/// Says the message, and listens until all of it has come back.
fn echo(phone: &Socket, msg: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = Vec::with_capacity(msg.len());
    // In pieces: while both sides only talk and neither listens, the buffers between them fill up,
    // and both wait forever. A piece fits into any buffer.
    for piece in msg.chunks(1024) {
        phone.sendall(piece)?;
        let said = data.len() + piece.len();
        // TCP keeps the order of the bytes, not the seams between them: recv returns what has
        // arrived, which may be half of a character.
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
