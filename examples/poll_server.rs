//! An echo for many clients in one thread: select tells who is ready, and no one is waited for.
//!
//! ```text
//! cargo run --example poll_server [HOST:PORT [SECONDS]]
//! ```
//!
//! It listens on 127.0.0.1:8005 unless told otherwise; with port 0 the system chooses a free port.
//! Try it: `nc 127.0.0.1 8005`. SECONDS is how long a client may neither send nor take anything,
//! 60 unless given. Ctrl-C ends it.

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use std::{env, fmt, iter};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use socketbook::{Address, Socket, create_server, select, socketpair};

const CLIENTS: usize = 64; // at a time; the others wait in the kernel's queue
const OWED: usize = 64 * 1024; // bytes that a client may have sent and not taken back

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1);
    let address = args.next().unwrap_or("127.0.0.1:8005".into());
    let seconds = args.next().unwrap_or("60".into());
    let seconds: NonZeroU32 = (seconds.to_string_lossy().parse())
        .map_err(|_| format!("{seconds:?} is not a number of seconds"))?;
    serve(
        &address.to_string_lossy(),
        Duration::from_secs(seconds.get().into()),
    )
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        pipe::register(signal, bell.dup()?)?; // a signal becomes something to receive
    }
    let server = create_server(address)?;
    server.setblocking(false)?;
    log(format_args!("listening on {}", server.getsockname()?));

    let mut clients: Vec<Client> = Vec::new();
    let mut pause = None; // until when no one is accepted
    loop {
        pause = pause.filter(|end| *end > Instant::now());
        // Whom to ask about what: the bell, the server while there are places, then the clients.
        let places = clients.len() < CLIENTS && pause.is_none();
        let hear = clients.iter().filter(|client| client.hears());
        let readers = iter::once(&stop).chain(places.then_some(&server));
        let readers = readers.chain(hear.map(|client| &client.conn));
        let owed = clients.iter().filter(|client| !client.owed.is_empty());
        // How long: until the first of them has been idle for too long.
        let ends = clients.iter().map(|client| client.last + patience);
        let end = ends.chain(pause).min();
        let time = end.map(|end| end.saturating_duration_since(Instant::now()));
        let selected = select(readers, owed.map(|client| &client.conn), time)?;

        if selected.is_readable(&stop) {
            return Ok(());
        }
        let accepts = selected.is_readable(&server);
        let ready = |client: &Client| {
            selected.is_readable(&client.conn) || selected.is_writable(&client.conn)
        };
        let mut ready = clients.iter().map(ready).collect::<Vec<_>>().into_iter();
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
                Err(error) if error.is_would_block() => {} // it is gone
                Err(error) if error.is_transient() => {
                    // Too many open files, say: it passes. The clients don't wait meanwhile.
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
    fn new(conn: Socket, addr: Address) -> socketbook::Result<Client> {
        conn.setblocking(false)?;
        Ok(Client {
            conn,
            addr,
            owed: Vec::new(),
            ended: false,
            last: Instant::now(),
        })
    }

    /// Input is asked for only while there is room for it: else it stays in the kernel, and in the
    /// end the client has to wait. Room to send is asked for only while something is owed: there
    /// nearly always is room, and select would return at once, again and again.
    fn hears(&self) -> bool {
        !self.ended && self.owed.len() < OWED
    }

    /// Receives once and sends once, and waits for neither. `false`: the connection is over.
    fn go_on(&mut self, ready: bool) -> socketbook::Result<bool> {
        if ready && self.hears() {
            if let Some(data) = if_ready(self.conn.recv(OWED - self.owed.len()))? {
                self.ended = data.is_empty();
                self.owed.extend(data);
                self.last = Instant::now();
            }
        }
        if ready && !self.owed.is_empty() {
            if let Some(sent) = if_ready(self.conn.send(&self.owed))? {
                self.owed.drain(..sent); // what did not go out stays for the next time
                self.last = Instant::now();
            }
        }
        Ok(!self.ended || !self.owed.is_empty())
    }
}

/// That nothing was there yet is no error here: select is a hint.
fn if_ready<T>(outcome: socketbook::Result<T>) -> socketbook::Result<Option<T>> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_would_block() => Ok(None),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: client

/// Not eprintln!, which panics when no one reads our output any more.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
