//! The lesson's UDP client: sends each line of its input as a datagram and prints the answer.
//!
//! ```text
//! cargo run --example udp_client
//! ```

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use socketbook::Socket;

const HELP: &str = "\
Sends each line of standard input to udp_server as a datagram and prints the answers.

Usage: udp_client [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8001 unless given. The end of the input (Ctrl-D) ends it.
";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => talk("127.0.0.1:8001"),
        (Some("-h" | "--help"), None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (Some(address), None) if !address.starts_with('-') => talk(address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("udp_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn talk(address: &str) -> Result<(), Box<dyn Error>> {
    let udp_client = Socket::udp()?;
    // On a UDP socket connect sends nothing. It notes whom we talk to: what anybody else sends to
    // our port is not taken for an answer, and that nobody is there is told (ECONNREFUSED).
    udp_client.connect(address)?;
    // A datagram may be lost, and nobody says so: without a timeout we would wait for ever.
    udp_client.settimeout(PATIENCE)?;

    let mut input = io::stdin().lines();
    let mut output = io::stdout();
    loop {
        write!(output, ">>>>")?;
        output.flush()?; // a line would go out by itself, a prompt does not
        let Some(msg) = input.next().transpose()? else {
            break;
        };
        // An empty line is an empty datagram, which is answered like any other.
        udp_client.sendall(msg.as_bytes())?; // one datagram, whole or not at all
        // It ends the program because the answer may only be late, and would then be taken for
        // that to the next line.
        let data = udp_client.recv(1024).map_err(|error| -> Box<dyn Error> {
            if error.is_timeout() {
                let why = "the datagram or its answer was lost, or no server runs there";
                format!("no answer from {address} within {PATIENCE:?}: {why}").into()
            } else {
                error.into()
            }
        })?;
        writeln!(output, "{}", String::from_utf8_lossy(&data))?;
    }
    if output.is_terminal() {
        writeln!(output)?; // the shell's prompt shall not follow ours
    }
    udp_client.close();
    Ok(())
}
