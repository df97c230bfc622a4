//! Receives files from file_send, and goes on where a broken transfer stopped.
//!
//! ```text
//! cargo run --example file_receive /tmp
//! ```

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use socketbook::*;

const HELP: &str = "\
Receives files from file_send, one sender at a time. A transfer that broke off goes on when the
same file is sent again. Files that exist are not touched.

Usage: file_receive [FOLDER [ADDRESS]]

FOLDER is the current one and ADDRESS, as HOST:PORT, is 127.0.0.1:8004 unless given.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => serve(".", "127.0.0.1:8004"),
        ["-h" | "--help"] => write!(io::stdout(), "{HELP}").map_err(Into::into),
        [folder] if !folder.starts_with('-') => serve(folder, "127.0.0.1:8004"),
        [folder, address] if !folder.starts_with('-') => serve(folder, address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = outcome {
        eprintln!("file_receive: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

// ANCHOR: receive
type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST: u64 = 10 << 30; // 10 GiB

fn serve(folder: &str, address: &str) -> Outcome {
    let phone = create_server(address)?;
    eprintln!("listening on {}", phone.getsockname()?);
    loop {
        let (conn, addr) = match phone.accept() {
            Err(error) if error.is_disconnect() => continue, // gave up before we answered
            call => call?,
        };
        conn.settimeout(TIMEOUT)?;
        // One sender's trouble is not the end of the server.
        match receive(&conn, Path::new(folder)) {
            Ok(name) => writeln!(io::stdout(), "{name}")?,
            Err(error) => eprintln!("{addr}: {error}"),
        }
    }
}

/// `LENGTH NAME`, answered by `have COUNT` or `no REASON`; the rest of the bytes; `done`.
fn receive(conn: &Socket, folder: &Path) -> Outcome<String> {
    let mut file = conn.makefile(RW.limit(1024));
    let offer = file.readline()?.to_owned();
    let (name, length, mut part) = match open(&offer, folder) {
        Ok(opened) => opened,
        Err(error) => {
            writeln!(file, "no {error}")?;
            file.flush()?;
            return Err(error);
        }
    };
    let mut have = part.metadata()?.len();
    writeln!(file, "have {have}")?;
    file.flush()?;
    while have < length {
        let most = (length - have).min(65_536) as usize;
        let piece = file.bytes().read1(most)?;
        if piece.is_empty() {
            return Err(format!("{name}: hung up after {have} of {length} bytes").into());
        }
        part.write_all(&piece)?;
        have += piece.len() as u64;
    }
    part.sync_all()?;
    fs::rename(folder.join(format!("{name}.part")), folder.join(&name))?;
    writeln!(file, "done")?;
    file.flush()?;
    Ok(name)
}
// ANCHOR_END: receive

// ANCHOR: open
/// Checks an offer, and opens what there is of the file already.
fn open(offer: &str, folder: &Path) -> Outcome<(String, u64, File)> {
    let (length, name) = offer
        .trim_end_matches('\n')
        .split_once(' ')
        .ok_or("no offer")?;
    let length: u64 = length.parse().map_err(|_| "not a length")?;
    // The peer chose the name: "../.bashrc" would be its choice, too.
    let plain = |char: char| char.is_alphanumeric() || "._- ()".contains(char);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err("not a plain file name".into());
    } else if name.ends_with(".part") || folder.join(name).symlink_metadata().is_ok() {
        return Err("there is such a file, or it would be in the way".into());
    } else if length > LARGEST {
        return Err(format!("more than {LARGEST} bytes").into());
    }
    let path = folder.join(format!("{name}.part"));
    let part = File::options().append(true).create(true).open(path)?;
    if part.metadata()?.len() > length {
        part.set_len(0)?; // it was another file
    }
    Ok((name.to_owned(), length, part))
}
// ANCHOR_END: open
