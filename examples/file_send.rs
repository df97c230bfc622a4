//! Sends a file, or what is missing of it, to file_receive, with sendfile(2).
//!
//! ```text
//! cargo run --example file_send FILE [HOST:PORT [SECONDS]]
//! ```
//!
//! The receiver is at 127.0.0.1:8004 by default. SECONDS is how long it may neither take nor answer
//! anything, 10 by default. If it has a part of the file already, only the rest is sent.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use socketbook::*;

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

pub fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().skip(1);
    let usage = "usage: file_send FILE [HOST:PORT [SECONDS]]";
    let path = args.next().ok_or(usage)?;
    let address = args.next().unwrap_or("127.0.0.1:8004".into());
    let seconds = args.next().unwrap_or("10".into());
    let patience = (seconds.to_string_lossy().parse().ok())
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or(usage)?;
    send(path.as_ref(), &address.to_string_lossy(), patience)
}

// ANCHOR: send
fn send(path: &Path, address: &str, patience: Duration) -> Outcome {
    let name = path.file_name().and_then(|name| name.to_str());
    let (Some(name), true) = (name, path.is_file()) else {
        return Err("not a file with a name in UTF-8".into());
    };
    let file = File::open(path)?;
    let about = file.metadata()?;
    if name.contains(char::is_control) {
        return Err(format!("{name:?} does not fit into a line").into());
    }
    // It changes when the file does, so that the part of an older file isn't taken for this one's.
    let version = about.modified()?.duration_since(UNIX_EPOCH)?.as_nanos() as u64;
    let options = ConnectionOptions::new().timeout(patience).total(patience);
    let client = create_connection_with(address, &options)?;

    let mut talk = client.makefile(RW.newline(Newline::Lf).limit(1024));
    writeln!(talk, "{} {version} {name}", about.len())?;
    talk.flush()?;
    let answer = talk.readline()?.trim_end();
    let have = answer
        .strip_prefix("have ")
        .and_then(|have| have.parse().ok());
    let have = have.filter(|have| *have <= about.len());
    let have = have.ok_or_else(|| format!("the receiver says {answer:?}"))?;

    send_rest(&client, &file, have, about.len())?;
    // Sent isn't received. The receiver says when all of it is on its disk, and that may be long
    // after the last byte has arrived.
    client.settimeout(patience.saturating_mul(60))?;
    match talk.readline()? {
        "done\n" => {
            let sent = about.len() - have;
            writeln!(io::stdout(), "{sent} bytes sent, {have} were there")?;
            Ok(())
        }
        other => Err(format!("the receiver says {other:?}").into()),
    }
}
// ANCHOR_END: send

// ANCHOR: sendfile
/// Sends from the file to the socket within the kernel.
fn send_rest(client: &Socket, file: &File, have: u64, length: u64) -> Outcome {
    let mut at = have;
    while at < length {
        match client.sendfile(file, at, Some(length - at)) {
            Ok(0) => return Err(format!("the file ends at {at} now").into()),
            Ok(sent) => at += sent,
            // The deadline is for the whole call. As long as the receiver takes something, it gets
            // another.
            Err(error) if error.is_timeout() && error.sent() > 0 => at += error.sent() as u64,
            Err(error) => return Err(format!("after {at} bytes: {error}").into()),
        }
    }
    Ok(())
}
// ANCHOR_END: sendfile
