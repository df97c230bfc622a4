//! A server for many clients, a thread for each: counts the characters and bytes of every line.
//!
//! ```text
//! cargo run --example line_server [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8007 by default; with port 0 the system chooses a free port. Try it with
//! `nc 127.0.0.1 8007`. SECONDS is how long a client may take for a line, 30 by default. Ctrl-C lets
//! each client finish the line it has started; a second Ctrl-C doesn't.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, atomic::AtomicBool};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};
use std::{env, fmt};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use socketbook::*;

const CLIENTS: usize = 16; // at a time
const LINE: usize = 1024; // bytes, with the newline

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

pub fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let address = args.nth(1).unwrap_or("127.0.0.1:8007".into());
    let seconds = args.next().unwrap_or("30".into());
    let patience = (seconds.parse().ok())
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .ok_or_else(|| format!("SECONDS is a number from 0.001 to 1e9, not {seconds}"))?;
    serve(&address, Duration::from_secs_f64(patience))
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Outcome {
    // Ctrl-C sends a byte into the pair. No one receives it, so `stop` stays readable, for every
    // thread. A second Ctrl-C finds the flag set by the first, and kills.
    let pressed = Arc::new(AtomicBool::new(false));
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&pressed))?;
        flag::register(signal, Arc::clone(&pressed))?;
        pipe::register(signal, bell.dup()?)?;
    }
    let server = create_server(address)?;
    log(format_args!("listening on {}", server.getsockname()?));

    thread::scope(|scope| {
        let end = accept(scope, &server, &stop, patience);
        drop(server); // new clients are refused while the others finish
        // After an error too: the clients mustn't keep a server alive that accepts no one.
        bell.sendall(b"x")?;
        end
    })
}

/// Accepts clients until the bell rings. An error means that the server itself can't go on.
fn accept<'s>(
    on: &'s Scope<'s, '_>,
    server: &Socket,
    stop: &'s Socket,
    patience: Duration,
) -> Outcome {
    let places = Arc::new(()); // each client's thread holds a clone
    loop {
        let (conn, addr) = match next(server, stop) {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Ok(()),
            Err(error) if error.is_transient() => {
                log(error); // too many open files, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if Arc::strong_count(&places) > CLIENTS {
            let _ = conn.sendall(b"error: all places are taken\n"); // fits into its empty buffer
            continue;
        }
        let place = Arc::clone(&places);
        let spawned = thread::Builder::new().spawn_scoped(on, move || {
            let end = talk(&conn, stop, patience).err();
            // After one of the crate's own errors there's no one left to talk to.
            if let Some(why) = end.as_deref().filter(|why| !why.is::<socketbook::Error>()) {
                let _ = dismiss(&conn, why); // the client may be gone
            }
            drop((conn, place));
            log(format_args!("{addr}: {}", end.unwrap_or("hung up".into())));
        });
        if let Err(error) = spawned {
            log(format_args!("no thread for a client: {error}")); // its connection is closed
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: talk
/// Answers line by line, until the client hangs up or the bell has rung.
fn talk(conn: &Socket, stop: &Socket, patience: Duration) -> Outcome {
    conn.settimeout(patience)?; // for each line, and for each answer
    let mut file = conn.makefile(RB.limit(LINE));
    loop {
        // Between two lines the bell counts; a line that has started is read to its end.
        if file.buffer().is_empty() && !hears(conn, stop, patience)? {
            break;
        }
        let line = match file.readline() {
            Ok([]) => return Ok(()),
            Ok([line @ .., b'\n']) => String::from_utf8_lossy(line),
            Ok(_) => return Err("hung up in the middle of a line".into()),
            Err(error) if error.is_timeout() => return Err("too slow".into()),
            Err(error) if error.is_too_long() => {
                return Err(format!("a line has at most {LINE} bytes").into());
            }
            Err(error) => return Err(error.into()),
        };
        let last = !select([stop], [], Duration::ZERO)?.is_empty();
        let (chars, bytes) = (line.chars().count(), line.len());
        conn.sendall(format!("{chars} characters, {bytes} bytes\n").as_bytes())?;
        if last {
            break;
        }
    }
    Err("the server stops".into())
}

/// Ends a conversation that can't go on. Says why, and discards what still comes: closing with
/// unread bytes would reset the connection, and the client might never see the reason.
fn dismiss(conn: &Socket, why: &dyn Error) -> Outcome {
    let (end, mut room) = (Instant::now() + Duration::from_secs(1), 100_000_000_usize);
    conn.settimeout(Duration::from_secs(1))?;
    conn.sendall(format!("error: {why}\n").as_bytes())?;
    conn.shutdown(SHUT_WR)?;
    let mut buffer = [0; 64 * LINE];
    while let taken @ 1.. = conn.recv_into(&mut buffer)? {
        room = room.checked_sub(taken).ok_or("it sends too much")?;
        conn.settimeout(end.saturating_duration_since(Instant::now()))?; // zero: no more waiting
    }
    Ok(())
}
// ANCHOR_END: talk

// ANCHOR: wait
/// The next client, or `None` when the bell has rung.
fn next(server: &Socket, stop: &Socket) -> Result<Option<(Socket, Address)>> {
    let ready = select([server, stop], [], None)?;
    match ready.is_readable(stop) {
        true => Ok(None),
        false => server.accept().map(Some),
    }
}

/// Waits until there is something to receive. `false`: the bell has rung.
fn hears(conn: &Socket, stop: &Socket, patience: Duration) -> Outcome<bool> {
    let ready = select([conn, stop], [], patience)?;
    match ready.is_empty() {
        true => Err("nothing was said".into()),
        false => Ok(!ready.is_readable(stop)),
    }
}
// ANCHOR_END: wait

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
