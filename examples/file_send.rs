//! Sends a file to file_receive, or the rest of it, with sendfile.
//!
//! ```text
//! cargo run --example file_send Cargo.toml
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use socket2::SockRef;
use socketbook::*;

const HELP: &str = "\
Sends a file to file_receive. If a part of it is there, only the rest is sent.

Usage: file_send FILE [ADDRESS]

ADDRESS is HOST:PORT, 127.0.0.1:8004 unless given.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["-h" | "--help"] => write!(io::stdout(), "{HELP}").map_err(Into::into),
        [path] if !path.starts_with('-') => send(path, "127.0.0.1:8004"),
        [path, address] if !path.starts_with('-') => send(path, address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = outcome {
        eprintln!("file_send: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

// ANCHOR: send
type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TIMEOUT: Duration = Duration::from_secs(10);

fn send(path: &str, address: &str) -> Outcome {
    let file = File::open(path)?;
    let about = file.metadata()?;
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    let (Some(name), true) = (name, about.is_file()) else {
        return Err("not a file with a name in UTF-8".into());
    };
    let options = ConnectionOptions::new().timeout(TIMEOUT).total(TIMEOUT);
    let phone = create_connection_with(address, &options)?;

    let mut talk = phone.makefile(RW.limit(1024));
    writeln!(talk, "{} {name}", about.len())?;
    talk.flush()?;
    let answer = talk.readline()?.trim_end();
    let have = answer
        .strip_prefix("have ")
        .and_then(|have| have.parse().ok());
    let have = have.filter(|have| *have <= about.len());
    let have = have.ok_or_else(|| format!("the receiver says {answer:?}"))?;

    send_rest(&phone, &file, have, about.len())?;
    // That it was sent does not mean that it is there. The receiver says when it is.
    match talk.readline()? {
        "done\n" => println!("{} bytes sent, {have} were there", about.len() - have),
        other => return Err(format!("the receiver says {other:?}").into()),
    }
    Ok(())
}
// ANCHOR_END: send

// ANCHOR: sendfile
/// From the file to the socket within the kernel.
fn send_rest(phone: &Socket, file: &File, have: u64, length: u64) -> Outcome {
    let (mut at, end) = (usize::try_from(have)?, usize::try_from(length)?);
    while let Some(left) = NonZeroUsize::new(end - at) {
        match SockRef::from(phone).sendfile(file, at, Some(left)) {
            Ok(0) => return Err(format!("the file ends at {at} now").into()),
            Ok(sent) => at += sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => wait_for_room(phone)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("sendfile, after {at} bytes: {error}").into()),
        }
    }
    Ok(())
}

/// The socket has a timeout, so its descriptor does not wait: poll does.
fn wait_for_room(phone: &Socket) -> Outcome {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let left = deadline
            .saturating_duration_since(Instant::now())
            .try_into()?;
        match poll(&mut [PollFd::new(phone, PollFlags::OUT)], Some(&left)) {
            Ok(0) => return Err("the receiver takes nothing any more: timed out".into()),
            Err(rustix::io::Errno::INTR) => {} // a signal; the deadline stays
            ready => return Ok(ready.map(drop)?),
        }
    }
}
// ANCHOR_END: sendfile
