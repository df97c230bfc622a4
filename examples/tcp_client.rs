//! The lesson's TCP client: calls the server, says each line of its input, prints what comes back.
//!
//! ```text
//! cargo run --example tcp_client
//! ```

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use socketbook::Socket;

const HELP: &str = "\
Calls tcp_server, says each line of standard input and prints what it hears back.

Usage: tcp_client [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8002 unless given. The end of the input (Ctrl-D) ends the call.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => call("127.0.0.1:8002"),
        (Some("-h" | "--help"), None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (Some(address), None) if !address.starts_with('-') => call(address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tcp_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn call(address: &str) -> Result<(), Box<dyn Error>> {
    let phone = Socket::tcp()?; // buy a telephone
    phone.connect(address)?; // dial

    let mut input = io::stdin().lines();
    let mut output = io::stdout();
    loop {
        write!(output, ">>>>")?;
        output.flush()?; // a line would go out by itself, a prompt does not
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        // Nothing said, nothing to hear: recv would wait for ever.
        if msg.is_empty() {
            continue;
        }
        let data = echo(&phone, msg.as_bytes())?;
        writeln!(output, "{}", String::from_utf8_lossy(&data))?;
    }
    if output.is_terminal() {
        writeln!(output)?; // the shell's prompt shall not follow ours
    }
    phone.close(); // hang up
    Ok(())
}

/// Says the message, and listens until all of it has come back.
fn echo(phone: &Socket, msg: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = Vec::with_capacity(msg.len());
    // In pieces: while both sides only talk and neither listens, the buffers between them fill up,
    // and both wait for ever. A piece fits into any buffer.
    for piece in msg.chunks(1024) {
        phone.sendall(piece)?;
        let said = data.len() + piece.len();
        // TCP keeps the order of the bytes, not the seams between them: recv returns what has
        // arrived, which may be half of a character.
        while data.len() < said {
            let part = phone.recv(said - data.len())?;
            if part.is_empty() {
                let heard = data.len();
                return Err(
                    format!("the other side hung up: {heard} of {said} bytes came back").into(),
                );
            }
            data.extend(part);
        }
    }
    Ok(data)
}
