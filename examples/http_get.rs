//! Fetches a page over HTTP/1.1, with a file over the socket.
//!
//! ```text
//! cargo run --example http_get [URL]
//! ```
//!
//! URL is http://HOST[:PORT][/PATH], by default http://127.0.0.1:8000/, as of python3 -m http.server.
//! The head goes to standard error, the body to standard output.

use std::env;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use socketbook::*;

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_LINE: usize = 8 * 1024;
const MOST_HEADERS: usize = 100;

// ANCHOR: ask
fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let url = env::args_os().nth(1);
    let url = url.unwrap_or("http://127.0.0.1:8000/".into());
    let url = url.to_string_lossy();
    let (host, path) = parts(&url)?;
    let has_port = host.rfind(':') > host.rfind(']'); // an IPv6 address has colons within [ ]
    let port = if has_port { "" } else { ":80" };
    let options = ConnectionOptions::new().timeout(TIMEOUT).total(TIMEOUT);
    let client = create_connection_with(format!("{host}{port}"), &options)?;

    let mode = RW.newline(Newline::CrLf).lossy().limit(LONGEST_LINE);
    let mut file = makefile(client, mode);
    write!(file, "GET {path} HTTP/1.1\nHost: {host}\n")?;
    write!(file, "Connection: close\n\n")?;
    file.flush()?; // otherwise both sides would wait

    let mut headers = 0;
    let (code, head) = loop {
        let head = head(&mut file, &mut headers)?;
        let code = head.status.split(' ').nth(1).unwrap_or_default().to_owned();
        match &*code {
            "101" => return Err("the server switches to another protocol".into()),
            code if code.starts_with('1') => headers += 1, // not the answer yet (RFC 9110, 15.2)
            _ => break (code, head),
        }
    };
    match head.chunked {
        _ if code == "204" || code == "304" => {} // these have no body
        true => chunks(&mut file)?,
        false => copy(&mut file, head.length)?,
    }
    match code.starts_with('2') {
        true => Ok(()),
        false => Err(format!("the server says {}", head.status).into()),
    }
}
// ANCHOR_END: ask

struct Head {
    status: String,
    chunked: bool,
    length: Option<u64>,
}

/// Reads the status line, and what the headers say about the end of the body.
fn head(file: &mut TextFile<Socket>, headers: &mut usize) -> Outcome<Head> {
    let status = line(file)?;
    if !status.starts_with("HTTP/1.") {
        return Err(format!("this is not HTTP: {status:?}").into());
    }
    show(&status);
    let (mut chunked, mut length) = (false, None);
    loop {
        if *headers > MOST_HEADERS {
            return Err(format!("more than {MOST_HEADERS} headers").into());
        }
        let header = line(file)?;
        show(&header);
        if header.is_empty() {
            return Ok(Head {
                status,
                chunked,
                length,
            });
        }
        *headers += 1;
        let (name, value) = header.split_once(':').ok_or("a header without a name")?;
        match &*name.to_ascii_lowercase() {
            "transfer-encoding" if value.trim().eq_ignore_ascii_case("chunked") => chunked = true,
            "transfer-encoding" => return Err(format!("an unknown encoding:{value:?}").into()),
            "content-length" => {
                let new = number(value, 10)?;
                // A proxy that believes the other one ends the body elsewhere (RFC 9112, 6.3).
                if length.replace(new).is_some_and(|old| old != new) {
                    return Err("two lengths that differ".into());
                }
            }
            _ => {}
        }
    }
}

/// The next line without its end. Here the end of the stream is an error.
fn line(file: &mut TextFile<Socket>) -> Outcome<String> {
    let line = file.readline()?.strip_suffix("\r\n");
    Ok(line.ok_or("the server hung up within its answer")?.into())
}

/// Shows a line of the head, without control characters. It isn't an error if no one reads it.
fn show(line: &str) {
    let _ = writeln!(io::stderr(), "{}", line.replace(char::is_control, ""));
}

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

// ANCHOR: chunks
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
// ANCHOR_END: chunks

/// Copies `length` bytes to standard output, or all to the end, a piece at a time.
fn copy(file: &mut TextFile<Socket>, length: Option<u64>) -> Outcome {
    let mut output = io::stdout();
    let mut left = length.unwrap_or(u64::MAX);
    while left > 0 {
        let part = file.bytes().read1(left.min(65_536) as usize)?;
        match (part.is_empty(), length) {
            (true, None) => break,
            (true, _) => return Err(format!("hung up, {left} bytes before the end").into()),
            // A file or a pipe gets every byte, a terminal no control characters.
            _ if output.is_terminal() => {
                let hidden = |char: char| char.is_control() && char != '\n' && char != '\t';
                let text = String::from_utf8_lossy(&part).replace(hidden, "");
                output.write_all(text.as_bytes())?;
            }
            _ => output.write_all(&part)?,
        }
        left -= part.len() as u64;
    }
    Ok(output.flush()?)
}

/// Only digits: `from_str_radix` accepts a sign too.
fn number(text: &str, base: u32) -> Outcome<u64> {
    let digits = Some(text.trim()).filter(|text| text.chars().all(|char| char.is_digit(base)));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, base).ok());
    Ok(number.ok_or_else(|| format!("{text:?} is not a length"))?)
}
