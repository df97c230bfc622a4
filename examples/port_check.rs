//! A port check: calls each port of a host, and says which ones answer, within one deadline.
//!
//! ```text
//! cargo run --example port_check -- 127.0.0.1 8000-8100 2
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use socketbook::{AF_INET, AF_INET6, EAGAIN, ECONNREFUSED, Errno, SOCK_STREAM, Socket};

const HELP: &str = "\
Calls each port of a host and says which ones answer.

Usage: port_check [HOST [PORTS [SECONDS]]]

HOST is 127.0.0.1 unless given. PORTS is a range such as 8000-8100, or one port; 1-1024 unless
given. SECONDS is the time for all ports together, 5 unless given. Check only machines that are
yours: others may take it for the beginning of a burglary.
";

/// So many calls are under way at the same time. Each costs a thread and a descriptor.
const AT_ONCE: usize = 64;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let mut argument = |default: &str| match arguments.next() {
        Some(given) => given.to_string_lossy().into_owned(),
        None => default.to_owned(),
    };
    let [host, ports, seconds] = ["127.0.0.1", "1-1024", "5"].map(&mut argument);
    let too_many = arguments.next().is_some();
    let outcome = match &*host {
        "-h" | "--help" if !too_many => write!(io::stdout(), "{HELP}").map_err(Into::into),
        option if option.starts_with('-') || too_many => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
        host => report(host, &ports, &seconds),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("port_check: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report(host: &str, ports: &str, seconds: &str) -> Result<(), Box<dyn Error>> {
    let ports = range(ports).ok_or_else(|| format!("{ports:?} are no ports: write 8000-8100"))?;
    let time = time(seconds).ok_or_else(|| format!("{seconds:?} is not 0.001 to 86400 seconds"))?;
    // Looked up once, and not for each port. Which port is asked for does not matter here.
    let found = (host, 0).to_socket_addrs();
    let mut found = found.map_err(|error| format!("{host}: {error}"))?;
    let ip = found.next().ok_or("the host has no address")?.ip();

    let codes = check(ip, &ports, time)?;
    for (port, code) in &codes {
        match *code {
            ECONNREFUSED | EAGAIN => {}
            code if code == 0 => writeln!(io::stdout(), "{port} open")?,
            code => writeln!(io::stdout(), "{port} {code}")?,
        }
    }
    let count = |wanted: i32| codes.iter().filter(|(_, code)| *code == wanted).count();
    let [open, closed, silent] = [0, ECONNREFUSED.raw(), EAGAIN.raw()].map(count);
    writeln!(
        io::stdout(),
        "{ip}: {open} open, {closed} closed, {silent} silent"
    )?;
    Ok(())
}

fn range(ports: &str) -> Option<Vec<u16>> {
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then(|| (first..=last).collect())
}

fn time(seconds: &str) -> Option<Duration> {
    let seconds = seconds.parse().ok()?;
    (0.001..=86400.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

// ANCHOR: check
/// Calls the ports, and gives what each said, in their order.
fn check(ip: IpAddr, ports: &[u16], time: Duration) -> socketbook::Result<Vec<(u16, Errno)>> {
    let deadline = Instant::now() + time;
    let next = AtomicUsize::new(0);
    let codes = Mutex::new(Vec::new());
    // Each thread takes the next port until none is left.
    let caller = || {
        loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(&port) = ports.get(index) else {
                return Ok(());
            };
            // A fair share of what is left, so that silent ports at the beginning do not use
            // up the time of the others. What one does not need goes to those after it.
            let rounds = (ports.len() - index).div_ceil(AT_ONCE) as u32;
            let left = deadline.saturating_duration_since(Instant::now());
            let code = call(ip, port, left / rounds)?;
            codes.lock().unwrap().push((port, code));
        }
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(caller)).collect();
        callers
            .into_iter()
            .try_for_each(|caller| caller.join().unwrap())
    })?;
    let mut codes = codes.into_inner().unwrap();
    codes.sort();
    Ok(codes)
}
// ANCHOR_END: check

// ANCHOR: call
/// One call: 0 if somebody listens there, EAGAIN if no answer came in time.
fn call(ip: IpAddr, port: u16, time: Duration) -> socketbook::Result<Errno> {
    if time.is_zero() {
        return Ok(EAGAIN); // the time is over; and a timeout of zero does not wait
    }
    let family = if ip.is_ipv4() { AF_INET } else { AF_INET6 };
    let phone = Socket::new(family, SOCK_STREAM)?;
    phone.settimeout(time)?;
    let code = phone.connect_ex((ip, port))?;
    // Nobody listens, but the kernel has given us this very port for our end of the call.
    if code == 0 && phone.getsockname().ok() == phone.getpeername().ok() {
        return Ok(ECONNREFUSED);
    }
    Ok(code)
}
// ANCHOR_END: call
