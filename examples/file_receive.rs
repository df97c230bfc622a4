//! Receives files from file_send, and resumes a transfer that was interrupted.
//!
//! ```text
//! cargo run --example file_receive [FOLDER [HOST:PORT]]
//! ```
//!
//! FOLDER is the current one by default; its file system must have hard links. The program listens
//! on 127.0.0.1:8004 by default, and takes one sender at a time. It never changes a file that exists.
//! The names of the files received go to standard output, everything else to standard error. It
//! trusts no name and no length, but anyone who can reach the port can fill the disk.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fmt, thread};

use rustix::fs::OFlags;
use socketbook::*;

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST: u64 = 10 << 30; // 10 GiB

pub fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().skip(1);
    let folder = PathBuf::from(args.next().unwrap_or(".".into()));
    let address = args.next().unwrap_or("127.0.0.1:8004".into());
    let server = create_server(&*address.to_string_lossy())?;
    log(format_args!("listening on {}", server.getsockname()?));
    let mut finished = Vec::new(); // the latest transfers, in case a `done` gets lost
    loop {
        let (conn, addr) = match server.accept() {
            Err(error) if error.is_transient() => {
                log(error); // too many open files, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            accepted => accepted?,
        };
        // An error with one sender doesn't end the server.
        match receive(&conn, &addr, &folder, &mut finished) {
            Ok(name) => drop(writeln!(io::stdout(), "{name}")), // as in log
            Err(error) => log(format_args!("{addr}: {error}")),
        }
        finished.truncate(1000);
    }
}

/// `LENGTH VERSION NAME`, answered by `have COUNT` or `no REASON`; the rest of the bytes; `done`.
fn receive(
    conn: &Socket,
    addr: &Address,
    to: &Path,
    finished: &mut Vec<String>,
) -> Outcome<String> {
    conn.settimeout(TIMEOUT)?;
    let mut file = conn.makefile(RWB.limit(1024));
    let offer = String::from_utf8_lossy(file.readline()?).into_owned();
    let opened = check(&offer, addr).and_then(|offer| {
        // A sender that missed its `done` tries again.
        let again = finished.contains(&offer.part) && to.join(&offer.name).exists();
        let part = if again { None } else { Some(open(&offer, to)?) };
        Ok((offer, part))
    });
    let (offer, part) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            writeln!(file, "no {error}")?;
            file.flush()?;
            return Err(error);
        }
    };
    match part {
        Some(part) => fetch(&mut file, &offer, part, to)?,
        None => writeln!(file, "have {}", offer.length)?,
    }
    finished.insert(0, offer.part);
    writeln!(file, "done")?;
    file.flush()?;
    Ok(offer.name)
}

// ANCHOR: fetch
/// Receives what is missing, and gives the file its name.
fn fetch(file: &mut SocketFile<&Socket>, offer: &Offer, mut part: File, to: &Path) -> Outcome {
    let (length, mut have) = (offer.length, part.metadata()?.len());
    writeln!(file, "have {have}")?;
    file.flush()?;
    while have < length {
        let most = (length - have).min(65_536) as usize;
        let piece = file.read1(most)?;
        if piece.is_empty() {
            return Err(format!("{}: hung up after {have} of {length} bytes", offer.name).into());
        }
        part.write_all(&piece)?;
        have += piece.len() as u64;
    }
    part.sync_all()?;
    // Not rename, which replaces a file that was made meanwhile.
    fs::hard_link(to.join(&offer.part), to.join(&offer.name))?;
    fs::remove_file(to.join(&offer.part))?;
    Ok(File::open(to)?.sync_all()?) // the names are on the disk too
}
// ANCHOR_END: fetch

struct Offer {
    name: String,
    length: u64,
    part: String, // what the file is called until all of it is there
}

// ANCHOR: check
fn check(offer: &str, addr: &Address) -> Outcome<Offer> {
    let mut words = offer.trim_end_matches('\n').splitn(3, ' ');
    let (Some(length), Some(version), Some(name)) = (words.next(), words.next(), words.next())
    else {
        return Err("no offer".into());
    };
    let length: u64 = length.parse().map_err(|_| "not a length")?;
    let version: u64 = version.parse().map_err(|_| "not a version")?;
    // The peer chooses the name, so it may choose "../.bashrc" or "-rf".
    let plain = |char: char| char.is_alphanumeric() || "._- ()".contains(char);
    if !name.starts_with(char::is_alphanumeric) || !name.chars().all(plain) || name.len() > 128 {
        return Err("not a plain file name".into());
    } else if length > LARGEST {
        return Err(format!("more than {LARGEST} bytes").into());
    }
    // It starts with a dot, so no offer can have this name. Only the same host can resume it, and
    // only with the same file.
    let ip = addr.ip().ok_or("no IP address")?;
    let part = format!(".{name}.{length}.{version}.{ip}.part");
    let name = name.to_owned();
    Ok(Offer { name, length, part })
}
// ANCHOR_END: check

/// Opens what is there of the file already.
fn open(offer: &Offer, to: &Path) -> Outcome<File> {
    if to.join(&offer.name).symlink_metadata().is_ok() {
        return Err("there is such a file".into());
    }
    // Don't follow a symbolic link, and don't wait for the reader of a FIFO.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let part = File::options()
        .append(true)
        .create(true)
        .custom_flags(flags.bits() as i32)
        .open(to.join(&offer.part))?;
    let about = part.metadata()?;
    if !about.is_file() || about.nlink() != 1 || about.len() > offer.length {
        return Err("something else is in its place".into());
    }
    Ok(part)
}

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
