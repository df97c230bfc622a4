//! A TCP proxy: calls a server for each caller, and passes on what each of the two says.
//!
//! ```text
//! cargo run --example tcp_proxy 127.0.0.1:8002
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use socketbook::{
    ConnectionOptions, SHUT_RD, SHUT_WR, SO_LINGER, SOL_SOCKET, Socket, create_connection_with,
    create_server,
};

const HELP: &str = "\
Answers calls, calls TARGET for each of them, and passes on what each side says.

Usage: tcp_proxy TARGET [ADDRESS]

Both are HOST:PORT. ADDRESS is where it listens, 127.0.0.1:8003 unless given; with port 0 the
system chooses a free one. What happens is told on standard error. Ctrl-C ends it.
";

/// How many calls there may be at once. Further callers wait in the backlog.
const CALLS: usize = 64;
/// How long TARGET may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a call may be silent in both directions.
const SILENCE: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["-h" | "--help"] => write!(io::stdout(), "{HELP}").map_err(Into::into),
        [target] if !target.starts_with('-') => serve(target, "127.0.0.1:8003"),
        [target, address] if !target.starts_with('-') => serve(target, address),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tcp_proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns only with an error that concerns the proxy itself, never one call alone.
fn serve(target: &str, address: &str) -> Result<(), Box<dyn Error>> {
    let phone = create_server(address)?;
    eprintln!("listening on {}", phone.getsockname()?);
    let (give_back, places) = mpsc::channel();
    for _ in 0..CALLS {
        give_back.send(())?;
    }
    loop {
        if places.try_recv().is_err() {
            eprintln!("{CALLS} calls: the next caller waits");
            places.recv()?;
        }
        let place = Place(give_back.clone());
        let (caller, addr) = match phone.accept() {
            Ok(call) => call,
            Err(error) if error.is_disconnect() => continue, // gave up before we answered
            Err(error) => return Err(error.into()),
        };
        let target = target.to_owned();
        thread::Builder::new().spawn(move || {
            let _place = place;
            match relay(&caller, &target) {
                Ok((there, back)) => eprintln!("{addr}: {there} bytes there, {back} back"),
                Err(error) => eprintln!("{addr}: {error}"),
            }
        })?;
    }
}

/// Room for one call, given back when the call is over, however it ends.
struct Place(Sender<()>);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.0.send(()); // nobody waits for it any more: the program ends
    }
}

// ANCHOR: relay
/// One call, to the end of both directions: how many bytes went there and back.
fn relay(caller: &Socket, target: &str) -> socketbook::Result<(u64, u64)> {
    // Until both have ended well, closing means a reset: what broke shall not look complete.
    caller.setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))?;
    let options = ConnectionOptions::new().total(PATIENCE);
    let callee = create_connection_with(target, &options)?;
    callee.setsockopt(SOL_SOCKET, SO_LINGER, Some(Duration::ZERO))?;
    caller.settimeout(SILENCE)?;
    callee.settimeout(SILENCE)?;

    let (moved, broken) = (AtomicU64::new(0), AtomicBool::new(false));
    let one_way = |from: &Socket, to: &Socket| {
        let outcome = pass_on(from, to, &moved, &broken);
        if outcome.is_err() {
            broken.store(true, SeqCst);
            // Wakes the other direction, and unlike SHUT_WR says nothing to the peers. It fails
            // on a connection that is gone, where nobody is left to wake.
            let _ = caller.shutdown(SHUT_RD);
            let _ = callee.shutdown(SHUT_RD);
        }
        outcome
    };
    let (there, back) = thread::scope(|scope| {
        let there = scope.spawn(|| one_way(caller, &callee));
        let back = one_way(&callee, caller);
        (there.join().expect("it does not panic"), back)
    });
    let bytes = (there?, back?);
    caller.setsockopt(SOL_SOCKET, SO_LINGER, None)?;
    callee.setsockopt(SOL_SOCKET, SO_LINGER, None)?;
    Ok(bytes)
}

/// One direction, until `from` says no more; then `to` is told so, and can still answer.
fn pass_on(
    from: &Socket,
    to: &Socket,
    moved: &AtomicU64,
    broken: &AtomicBool,
) -> socketbook::Result<u64> {
    // All that is kept of what a peer sends: while `to` does not take it, `from` has to wait.
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
            // Silent in this direction, not in the other: a download, say. The call goes on.
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
