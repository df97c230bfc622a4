//! Fetches a page over HTTP/1.1, line by line, from a file over the socket.
//!
//! ```text
//! cargo run --example http_get http://127.0.0.1:8000/
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use socketbook::*;

const HELP: &str = "\
Fetches a page over plain HTTP: the head goes to standard error, the body to standard output.

Usage: http_get [URL]

URL is http://HOST[:PORT][/PATH], http://127.0.0.1:8000/ unless given (python3 -m http.server).
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [] => get("http://127.0.0.1:8000/"),
        [flag] if flag == "-h" || flag == "--help" => {
            write!(io::stdout(), "{HELP}").map_err(Into::into)
        }
        [url] if !url.starts_with('-') => get(url),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = outcome {
        eprintln!("http_get: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

// ANCHOR: get
type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_LINE: usize = 8 * 1024;
const MOST_HEADERS: usize = 100;

fn get(url: &str) -> Outcome {
    let (host, path) = parts(url)?;
    let has_port = host.rfind(':') > host.rfind(']'); // an IPv6 address has : within [ ]
    let port = if has_port { "" } else { ":80" };
    let options = ConnectionOptions::new().timeout(TIMEOUT).total(TIMEOUT);
    let phone = create_connection_with(format!("{host}{port}"), &options)?;

    let mode = RW.newline(Newline::CrLf).lossy().limit(LONGEST_LINE);
    let mut file = makefile(phone, mode);
    write!(file, "GET {path} HTTP/1.1\nHost: {host}\n")?;
    write!(file, "Connection: close\n\n")?;
    file.flush()?; // else both sides would wait

    let status = line(&mut file)?;
    if !status.starts_with("HTTP/1.") {
        return Err(format!("this is not HTTP: {status:?}").into());
    }
    eprintln!("{status}");
    let (mut chunked, mut length) = (false, None);
    for count in 0.. {
        let header = line(&mut file)?;
        if header.is_empty() {
            break;
        } else if count == MOST_HEADERS {
            return Err(format!("more than {MOST_HEADERS} headers").into());
        }
        eprintln!("{header}");
        let (name, value) = header.split_once(':').unwrap_or_default();
        match &*name.to_ascii_lowercase() {
            "transfer-encoding" => chunked = true,
            "content-length" => length = Some(number(value, 10)?),
            _ => {}
        }
    }
    match chunked {
        true => chunks(&mut file)?,
        false => copy(&mut file, length)?,
    }
    match status.split(' ').nth(1) {
        Some(code) if code.starts_with('2') => Ok(()),
        _ => Err(format!("the server says {status}").into()),
    }
}

/// The next line without its end. The end of the stream is an error here.
fn line(file: &mut TextFile<Socket>) -> Outcome<String> {
    let line = file.readline()?.strip_suffix("\r\n");
    Ok(line.ok_or("the server hung up within its answer")?.into())
}
// ANCHOR_END: get

// ANCHOR: parts
fn parts(url: &str) -> Outcome<(&str, &str)> {
    let rest = url
        .strip_prefix("http://")
        .ok_or("not a URL with http://")?;
    // A space or a newline would end the request's first line early.
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a character that a URL writes as %XX".into());
    }
    match rest.split_at(rest.find('/').unwrap_or(rest.len())) {
        ("", _) => Err("no host".into()),
        (host, "") => Ok((host, "/")),
        parts => Ok(parts),
    }
}
// ANCHOR_END: parts

// ANCHOR: body
/// Pieces, each after a line with its length in hexadecimal. An empty one is the last.
fn chunks(file: &mut TextFile<Socket>) -> Outcome {
    loop {
        let size = line(file)?;
        let size = number(size.split(';').next().unwrap_or_default(), 16)?;
        if size == 0 {
            return Ok(());
        }
        copy(file, Some(size))?;
        if !line(file)?.is_empty() {
            return Err("a chunk that goes on after its end".into());
        }
    }
}

/// Copies so many bytes to standard output, or all to the end, a piece at a time.
fn copy(file: &mut TextFile<Socket>, length: Option<u64>) -> Outcome {
    let mut left = length.unwrap_or(u64::MAX);
    while left > 0 {
        let part = file.bytes().read1(left.min(65_536) as usize)?;
        match (part.is_empty(), length) {
            (true, None) => break,
            (true, _) => return Err(format!("hung up, {left} bytes before the end").into()),
            _ => io::stdout().write_all(&part)?,
        }
        left -= part.len() as u64;
    }
    Ok(io::stdout().flush()?)
}

fn number(text: &str, base: u32) -> Outcome<u64> {
    let number = u64::from_str_radix(text.trim(), base);
    Ok(number.map_err(|_| format!("{text:?} is not a length"))?)
}
// ANCHOR_END: body
