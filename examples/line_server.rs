//! A server of lines for many clients: counts the characters and bytes of each line.
//!
//! ```text
//! cargo run --example line_server [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8003 unless told otherwise; with port 0 the system chooses a free port.
//! Try it: `nc 127.0.0.1 8003`. SECONDS is how long a client may take for a line, 30 unless given.
//! Ctrl-C lets each client finish the line it has begun; a second Ctrl-C does not.

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Scope};
use std::time::Duration;
use std::{env, fmt};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use socketbook::{Address, RB, SHUT_WR, Socket, create_server, select, socketpair};

const CLIENTS: usize = 16; // at a time
const LINE: usize = 1024; // bytes, with the newline

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1);
    let address = args.next().unwrap_or("127.0.0.1:8003".into());
    let seconds = args.next().unwrap_or("30".into());
    let seconds: NonZeroU32 = (seconds.to_string_lossy().parse())
        .map_err(|_| format!("{seconds:?} is not a number of seconds"))?;
    serve(
        &address.to_string_lossy(),
        Duration::from_secs(seconds.get().into()),
    )
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    // Ctrl-C raises the flag, and sends a byte into the pair. No one receives that byte, so `stop`
    // is ready for every thread that asks. A second Ctrl-C finds the flag raised, and kills.
    let stopping = Arc::new(AtomicBool::new(false));
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
        pipe::register(signal, bell.dup()?)?;
    }
    let server = create_server(address)?;
    log(format_args!("listening on {}", server.getsockname()?));

    thread::scope(|scope| {
        let end = accept(scope, &server, &stop, &stopping, patience);
        drop(server); // new clients are refused before the others are waited for
        // After an error, too: the clients must not keep a server alive that accepts no more.
        stopping.store(true, Relaxed);
        bell.sendall(b"x")?;
        end
    })
}

/// Accepts clients until the bell rings. An error concerns the server itself.
fn accept<'s>(
    scope: &'s Scope<'s, '_>,
    server: &Socket,
    stop: &'s Socket,
    stopping: &'s AtomicBool,
    patience: Duration,
) -> Result<(), Box<dyn Error>> {
    let places = Arc::new(()); // each client's thread holds a clone
    loop {
        let (conn, addr) = match next(server, stop) {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Ok(()),
            Err(error) if error.is_transient() => {
                log(error); // too many open files, say: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if Arc::strong_count(&places) > CLIENTS {
            let _ = conn.sendall(b"error: all places are taken\n"); // there is room for this
            continue;
        }
        let place = Arc::clone(&places);
        let spawned = thread::Builder::new().spawn_scoped(scope, move || {
            let end = match talk(&conn, stop, stopping, patience) {
                Ok(()) => "hung up".to_owned(),
                Err(error) => dismiss(&conn, &error.to_string()),
            };
            drop((conn, place));
            log(format_args!("{addr}: {end}"));
        });
        if let Err(error) = spawned {
            log(format_args!("no thread for a client: {error}")); // which is closed by that
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: talk
/// Answers line by line, until the client hangs up or the bell has rung.
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
        if file.buffer().is_empty() && !hears(conn, stop, patience)? {
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

/// Ends a conversation that cannot go on: says why, says that this is all, listens a little. Without
/// that the bytes that no one has read would make it a reset, and the client might not see why.
fn dismiss(conn: &Socket, why: &str) -> String {
    let goodbye = || {
        conn.settimeout(Duration::from_secs(1))?;
        conn.sendall(format!("error: {why}\n").as_bytes())?;
        conn.shutdown(SHUT_WR)?;
        conn.makefile(RB.limit(64 * LINE)).readall()
    };
    let _ = goodbye(); // the client may be gone
    why.to_owned()
}
// ANCHOR_END: talk

// ANCHOR: wait
/// The next client, or `None` when the bell has rung.
fn next(server: &Socket, stop: &Socket) -> socketbook::Result<Option<(Socket, Address)>> {
    let ready = select([server, stop], [], None)?;
    match ready.is_readable(stop) {
        true => Ok(None),
        false => server.accept().map(Some),
    }
}

/// Waits until there is something to receive. `false`: the bell has rung.
fn hears(conn: &Socket, stop: &Socket, patience: Duration) -> Result<bool, Box<dyn Error>> {
    let ready = select([conn, stop], [], patience)?;
    match ready.is_empty() {
        true => Err("nothing was said".into()),
        false => Ok(!ready.is_readable(stop)),
    }
}
// ANCHOR_END: wait

/// Not eprintln!, which panics when no one reads our output any more.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
