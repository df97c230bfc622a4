//! A TCP proxy: connects to a server for each client, and passes on what each of them sends.
//!
//! ```text
//! cargo run --example tcp_proxy TARGET [HOST:PORT]
//! ```
//!
//! TARGET is the server's HOST:PORT. The proxy listens on 127.0.0.1:8003 by default; with port 0 the
//! system chooses a free port. It reports what happens on standard error. Ctrl-C ends it.

use std::error::Error;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, fmt, thread};

use socketbook::*;

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const CLIENTS: usize = 64; // at a time; the others wait in the kernel's queue
const PATIENCE: Duration = Duration::from_secs(10); // for TARGET to answer
const SILENCE: Duration = Duration::from_secs(300); // of a connection, in both directions

fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let target = args.nth(1).ok_or("usage: tcp_proxy TARGET [HOST:PORT]")?;
    let address = args.next().unwrap_or("127.0.0.1:8003".into());
    let server = create_server(address)?;
    // Until both directions have ended well, closing is a reset: a broken transfer mustn't look
    // complete. Accepted connections inherit this.
    server.setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))?;
    log(format_args!("listening on {}", server.getsockname()?));
    let (give_back, places) = mpsc::channel();
    for _ in 0..CLIENTS {
        give_back.send(())?;
    }
    loop {
        if places.try_recv().is_err() {
            log(format_args!("{CLIENTS} connections: the next client waits"));
            places.recv()?;
        }
        let place = Place(give_back.clone());
        let (conn, addr) = match server.accept() {
            Err(error) if error.is_transient() => {
                log(error); // too many open files, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            accepted => accepted?,
        };
        let target = target.clone();
        let spawned = thread::Builder::new().spawn(move || {
            let _place = place;
            match relay(&conn, &target) {
                Ok((there, back)) => log(format_args!("{addr}: {there} bytes there, {back} back")),
                Err(error) => log(format_args!("{addr}: {error}")),
            }
        });
        if let Err(error) = spawned {
            log(format_args!("no thread for a client: {error}")); // its connection is reset
        }
    }
}

/// A place for one connection, given back when it ends, however it ends.
struct Place(Sender<()>);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.0.send(()); // fails when the program ends
    }
}

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

// ANCHOR: relay
/// Serves one connection to the end of both directions: how many bytes went there and back. Closing
/// `conn` and `upstream` resets them, until both directions have ended well.
fn relay(conn: &Socket, target: &str) -> Outcome<(u64, u64)> {
    let options = ConnectionOptions::new().total(PATIENCE);
    let upstream = create_connection_with(target, &options)?;
    upstream.setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))?;
    conn.settimeout(SILENCE)?;
    upstream.settimeout(SILENCE)?;

    let (moved, broken) = (AtomicU64::new(0), AtomicBool::new(false));
    let one_way = |from: &Socket, to: &Socket| {
        let outcome = pass_on(from, to, &moved, &broken);
        if outcome.is_err() {
            broken.store(true, SeqCst);
            // Wakes the other direction, and unlike SHUT_WR sends nothing to the peers. It fails
            // on a connection that is gone, where there's no one to wake.
            let _ = conn.shutdown(SHUT_RD);
            let _ = upstream.shutdown(SHUT_RD);
        }
        outcome
    };
    let (there, back) = thread::scope(|scope| {
        let there = thread::Builder::new().spawn_scoped(scope, || one_way(conn, &upstream))?;
        let back = one_way(&upstream, conn);
        io::Result::Ok((there.join().expect("it does not panic"), back))
    })?;
    let bytes = (there?, back?);
    conn.setsockopt(SOL_SOCKET, SO_LINGER, None)?;
    upstream.setsockopt(SOL_SOCKET, SO_LINGER, None)?;
    Ok(bytes)
}

/// Passes on one direction until `from` ends it; then `to` gets the end, and can still answer.
fn pass_on(from: &Socket, to: &Socket, moved: &AtomicU64, broken: &AtomicBool) -> Result<u64> {
    // This is all we keep of what a peer sends: while `to` doesn't take it, `from` has to wait.
    let mut buffer = [0; 64 * 1024];
    let mut bytes = 0;
    loop {
        let before = moved.load(SeqCst);
        match from.recv_into(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                to.sendall(&buffer[..n])?;
                bytes += n as u64;
                moved.fetch_add(1, SeqCst);
            }
            // Silent in this direction, but not in the other: a download, for example.
            Err(error) if error.is_timeout() && moved.load(SeqCst) != before => {}
            Err(error) => return Err(error),
        }
    }
    if !broken.load(SeqCst) {
        to.shutdown(SHUT_WR)?;
    }
    Ok(bytes)
}
// ANCHOR_END: relay
