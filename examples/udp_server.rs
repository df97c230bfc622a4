//! The lesson's UDP server: prints each datagram and answers it.
//!
//! ```text
//! cargo run --example udp_server
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use socketbook::Socket;

const HELP: &str = "\
Prints each datagram of udp_client and answers it.

Usage: udp_server [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8001 unless given; with port 0 the system chooses a free one.
What is received goes to standard output, everything else to standard error. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => serve("127.0.0.1:8001"),
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
            eprintln!("udp_server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns only with an error that concerns the server itself, never one client alone.
fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let udp_server = Socket::udp()?;
    // No SO_REUSEADDR: UDP has no TIME_WAIT, and two servers would share the address unnoticed.
    udp_server.bind(address)?;
    eprintln!("listening on {}", udp_server.getsockname()?);

    loop {
        let (data, addr) = udp_server.recvfrom(1024)?;
        // Not println!, which panics when nobody reads our output any more.
        writeln!(
            io::stdout(),
            "data= {},add = {}",
            python_bytes(&data),
            addr.python()
        )?;
        if data.is_truncated() {
            let (kept, sent) = (data.len(), data.full_len());
            eprintln!("{addr}: {kept} of {sent} bytes kept, the rest is lost");
        }
        // An answer that cannot be sent is that client's loss; the next one shall have its own.
        if let Err(error) = udp_server.sendto("恭喜您传输成功".as_bytes(), &addr) {
            eprintln!("{error}");
        }
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
