//! An echo for many callers in one thread: poll tells who is ready, nobody is waited for.
//!
//! ```text
//! cargo run --example poll_server
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use socketbook::{Address, Socket, create_server, socketpair};

const CALLERS: usize = 64; // at a time; the others wait in the kernel's queue
const OWED: usize = 64 * 1024; // bytes that a caller may have sent and not taken back

const HELP: &str = "\
Says back what it hears, to many callers, in one thread. Try it: nc 127.0.0.1 8005

Usage: poll_server [ADDRESS [SECONDS]]

ADDRESS is HOST:PORT, 127.0.0.1:8005 unless given; with port 0 the system chooses a free one.
SECONDS is how long a caller may neither send nor take anything, 60 unless given. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let mut arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or("127.0.0.1:8005".to_owned());
    let seconds = arguments.next().map_or(Ok(60), |text| text.parse::<u32>());
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
            eprintln!("poll_server: {error}");
            ExitCode::FAILURE
        }
    }
}

// ANCHOR: serve
fn serve(address: &str, patience: Duration) -> Result<(), Box<dyn Error>> {
    let (bell, stop) = socketpair()?;
    for signal in [SIGINT, SIGTERM] {
        pipe::register(signal, bell.dup()?)?; // a signal becomes something to receive
    }
    let phone = create_server(address)?;
    phone.setblocking(false)?;
    eprintln!("listening on {}", phone.getsockname()?);

    let mut callers: Vec<Caller> = Vec::new();
    loop {
        // Whom to ask about what: the bell, the phone while there are places, then the callers.
        let mut fds = vec![PollFd::new(&stop, PollFlags::IN)];
        let places = callers.len() < CALLERS;
        let calls = [PollFlags::empty(), PollFlags::IN][usize::from(places)];
        fds.push(PollFd::new(&phone, calls));
        fds.extend(callers.iter().map(|c| PollFd::new(&c.conn, c.wish())));
        // How long: until the first of them has been idle for too long.
        let time = callers.iter().map(|c| c.last + patience).min().map(|at| {
            let left = at.saturating_duration_since(Instant::now());
            Timespec::try_from(left).expect("seconds fit")
        });
        retry_on_intr(|| poll(&mut fds, time.as_ref()))?;
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();

        if ready[0] {
            return Ok(());
        }
        let mut ready_callers = ready[2..].iter();
        callers.retain_mut(|caller| {
            let end = match caller.go_on(ready_callers.next() == Some(&true)) {
                Ok(true) if caller.last.elapsed() < patience => return true,
                Ok(true) => "idle for too long".to_owned(),
                Ok(false) => "hung up".to_owned(),
                Err(error) => error.to_string(),
            };
            eprintln!("{}: {end}", caller.addr);
            false
        });
        if ready[1] {
            match phone.accept() {
                Ok((conn, addr)) => callers.push(Caller::new(conn, addr)?),
                Err(error) if error.is_would_block() || error.is_disconnect() => {} // is gone
                Err(error) => return Err(error.into()),
            }
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: caller
struct Caller {
    conn: Socket,
    addr: Address,
    owed: Vec<u8>, // heard and not yet said back
    ended: bool,   // it will say no more
    last: Instant, // when something went in or out
}

impl Caller {
    fn new(conn: Socket, addr: Address) -> socketbook::Result<Caller> {
        conn.setblocking(false)?;
        Ok(Caller {
            conn,
            addr,
            owed: Vec::new(),
            ended: false,
            last: Instant::now(),
        })
    }

    /// Input is asked for only while there is room for it: else it stays in the kernel, and in the
    /// end the caller has to wait. Room to send is asked for only while something is owed: there
    /// nearly always is room, and poll would return at once, again and again.
    fn wish(&self) -> PollFlags {
        let mut wish = PollFlags::empty();
        wish.set(PollFlags::IN, !self.ended && self.owed.len() < OWED);
        wish.set(PollFlags::OUT, !self.owed.is_empty());
        wish
    }

    /// Receives once and sends once, and waits for neither. `false`: the call is over.
    fn go_on(&mut self, ready: bool) -> socketbook::Result<bool> {
        if ready && self.wish().contains(PollFlags::IN) {
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

/// That nothing was there yet is no error here: poll is a hint.
fn if_ready<T>(outcome: socketbook::Result<T>) -> socketbook::Result<Option<T>> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_would_block() => Ok(None),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: caller
