//! A server of lines for many callers: counts the characters and bytes of each line.
//!
//! ```text
//! cargo run --example line_server
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use socketbook::{RB, SHUT_WR, Socket, create_server, socketpair};

const CALLERS: usize = 16; // at a time
const LINE: usize = 1024; // bytes, with the newline

const HELP: &str = "\
Answers each line with the number of its characters and bytes. Try it: nc 127.0.0.1 8003

Usage: line_server [ADDRESS [SECONDS]]

ADDRESS is HOST:PORT, 127.0.0.1:8003 unless given; with port 0 the system chooses a free one.
SECONDS is how long a caller may take for a line, 30 unless given. Ctrl-C lets each caller
finish the line it has begun; a second Ctrl-C does not.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or("127.0.0.1:8003".to_owned());
    let seconds = arguments.next().map_or(Ok(30), |text| text.parse::<u32>());
    let outcome = match (&*address, seconds, arguments.next()) {
        ("-h" | "--help", Ok(_), None) => write!(io::stdout(), "{HELP}").map_err(Into::into),
        (_, Ok(seconds @ 1..), None) if !address.starts_with('-') => {
            serve(&address, Duration::from_secs(seconds.into()))
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("line_server: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    // Ctrl-C raises the flag, and sends a byte into the pair. Nobody receives that byte, so `stop`
    // is ready for every thread that asks. A second Ctrl-C finds the flag raised, and kills.
    let stopping = Arc::new(AtomicBool::new(false));
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
        pipe::register(signal, bell.dup()?)?;
    }
    let phone = create_server(address)?;
    eprintln!("listening on {}", phone.getsockname()?);

    let places = Arc::new(()); // each caller holds a clone
    let (stop, stopping, places) = (&stop, &stopping, &places);
    // `move` takes the phone along: it is hung up when the bell rings, before the callers are
    // waited for.
    thread::scope(move |scope| {
        while heard(&phone, stop, None)? {
            let (conn, addr) = match phone.accept() {
                Ok(call) => call,
                Err(error) if error.is_disconnect() => continue, // gave up before we answered
                Err(error) => return Err(error.into()),
            };
            if Arc::strong_count(places) > CALLERS {
                let _ = conn.sendall(b"error: all places are taken\n"); // there is room for this
                continue;
            }
            let place = Arc::clone(places);
            thread::Builder::new().spawn_scoped(scope, move || {
                let end = match talk(&conn, stop, stopping, patience) {
                    Ok(()) => "hung up".to_owned(),
                    Err(error) => dismiss(&conn, &error.to_string()),
                };
                drop((conn, place));
                eprintln!("{addr}: {end}");
            })?;
        }
        Ok(())
    })
}
// ANCHOR_END: serve

// ANCHOR: talk
/// Answers line by line, until the caller hangs up or the bell has rung.
fn talk(
    conn: &Socket,
    stop: &Socket,
    stopping: &AtomicBool,
    patience: Duration,
) -> Result<(), Box<dyn Error>> {
    conn.settimeout(patience)?; // for each line, and for each answer
    let mut file = conn.makefile(RB.limit(LINE));
    loop {
        // Between two lines the bell counts; a line that has begun is read to its end.
        if file.buffer().is_empty() && !heard(conn, stop, Some(patience))? {
            break;
        }
        let line = match file.readline()? {
            [] => return Ok(()),
            [line @ .., b'\n'] => String::from_utf8_lossy(line),
            _ => return Err("hung up in the middle of a line".into()),
        };
        let last = stopping.load(Relaxed);
        let (chars, bytes) = (line.chars().count(), line.len());
        conn.sendall(format!("{chars} characters, {bytes} bytes\n").as_bytes())?;
        if last {
            break;
        }
    }
    Err("the server stops".into())
}

/// Ends a call that cannot go on: says why, says that this is all, listens a little. Without that
/// the bytes that nobody has read would make it a reset, and the caller might not see why.
fn dismiss(conn: &Socket, why: &str) -> String {
    let goodbye = || {
        conn.settimeout(Duration::from_secs(1))?;
        conn.sendall(format!("error: {why}\n").as_bytes())?;
        conn.shutdown(SHUT_WR)?;
        conn.makefile(RB.limit(64 * LINE)).readall()
    };
    let _ = goodbye(); // the caller may be gone
    why.to_owned()
}
// ANCHOR_END: talk

// ANCHOR: heard
/// Waits until there is something to receive or to accept. `false`: the bell has rung.
fn heard(socket: &Socket, stop: &Socket, patience: Option<Duration>) -> Result<bool, &'static str> {
    let time = patience.map(|time| Timespec::try_from(time).expect("seconds fit"));
    let mut fds = [stop, socket].map(|socket| PollFd::new(socket, PollFlags::IN));
    match retry_on_intr(|| poll(&mut fds, time.as_ref())) {
        Ok(0) => Err("nothing was said"),
        Ok(_) => Ok(fds[0].revents().is_empty()),
        Err(_) => Err("poll failed"),
    }
}
// ANCHOR_END: heard
