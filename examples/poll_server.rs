//! An echo server for many clients in one thread: select says which of them are ready.
//!
//! ```text
//! cargo run --example poll_server [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8005 by default; with port 0 the system chooses a free port. Try it with
//! `nc 127.0.0.1 8005`. SECONDS is how long a client may neither send nor receive anything, 60 by
//! default. Ctrl-C ends it.

use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, Instant};
use std::{env, fmt, iter};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use socketbook::*;

type Outcome = std::result::Result<(), Box<dyn Error>>;

const CLIENTS: usize = 64; // at a time; the others wait in the kernel's queue
const OWED: usize = 64 * 1024; // bytes received from a client and not yet sent back

pub fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let address = args.nth(1).unwrap_or("127.0.0.1:8005".into());
    let seconds = args.next().unwrap_or("60".into());
    let patience = (seconds.parse().ok())
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("SECONDS is a number from 0.001 to 1e9, not {seconds}"))?;
    serve(&address, patience)
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Outcome {
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        pipe::register(signal, bell.dup()?)?; // a signal becomes something to receive
    }
    let server = create_server(address)?;
    server.setblocking(false)?;
    log(format_args!("listening on {}", server.getsockname()?));

    let mut clients: Vec<Client> = Vec::new();
    let mut pause = None; // until then no one is accepted
    loop {
        pause = pause.filter(|end| *end > Instant::now());
        // Readers: the bell, the server while there are places, the clients that may send more.
        let places = clients.len() < CLIENTS && pause.is_none();
        let hear = clients.iter().filter(|client| client.hears());
        let readers = iter::once(&stop).chain(places.then_some(&server));
        let readers = readers.chain(hear.map(|client| &client.conn));
        let owed = clients.iter().filter(|client| !client.owed.is_empty());
        // Wait until the first client has been idle for too long.
        let ends = clients.iter().map(|client| client.last + patience);
        let end = ends.chain(pause).min();
        let time = end.map(|end| end.saturating_duration_since(Instant::now()));
        let selected = select(readers, owed.map(|client| &client.conn), time)?;

        if selected.is_readable(&stop) {
            return Ok(());
        }
        let accepts = selected.is_readable(&server);
        let ready = |conn: &Socket| selected.is_readable(conn) || selected.is_writable(conn);
        let ready: Vec<bool> = clients.iter().map(|client| ready(&client.conn)).collect();
        let mut ready = ready.into_iter();
        clients.retain_mut(|client| {
            let end = match client.go_on(ready.next() == Some(true)) {
                Ok(true) if client.last.elapsed() < patience => return true,
                Ok(true) => "idle for too long".to_owned(),
                Ok(false) => "hung up".to_owned(),
                Err(error) => error.to_string(),
            };
            log(format_args!("{}: {end}", client.addr));
            false
        });
        if accepts {
            match server.accept() {
                Ok((conn, addr)) => clients.push(Client::new(conn, addr)?),
                Err(error) if error.is_would_block() => {} // the client is gone already
                Err(error) if error.is_transient() => {
                    // Too many open files, for example: it passes. The clients are served meanwhile.
                    log(error);
                    pause = Some(Instant::now() + Duration::from_millis(50));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: client
struct Client {
    conn: Socket,
    addr: Address,
    owed: Vec<u8>, // received and not yet sent back
    ended: bool,   // it will say no more
    last: Instant, // when something went in or out
}

impl Client {
    fn new(conn: Socket, addr: Address) -> Result<Client> {
        conn.setblocking(false)?;
        Ok(Client {
            conn,
            addr,
            owed: Vec::new(),
            ended: false,
            last: Instant::now(),
        })
    }

    /// Without room for more, what the client sends stays in the kernel, and in the end the client
    /// has to wait. select is asked about sending only while something is owed: there is nearly
    /// always room to send, so it would return at once, again and again.
    fn hears(&self) -> bool {
        !self.ended && self.owed.len() < OWED
    }

    /// Receives once and sends once, without waiting. `false`: the connection is over.
    fn go_on(&mut self, ready: bool) -> Result<bool> {
        if ready && self.hears() {
            if let Some(data) = if_ready(self.conn.recv(OWED - self.owed.len()))? {
                self.ended = data.is_empty();
                self.owed.extend(data);
                self.last = Instant::now();
            }
        }
        if ready && !self.owed.is_empty() {
            if let Some(sent) = if_ready(self.conn.send(&self.owed))? {
                self.owed.drain(..sent); // the rest goes out next time
                self.last = Instant::now();
            }
        }
        Ok(!self.ended || !self.owed.is_empty())
    }
}

/// select is a hint: that nothing was there after all isn't an error.
fn if_ready<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_would_block() => Ok(None),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: client

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
