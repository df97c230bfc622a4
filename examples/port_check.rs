//! Connects to each port of a range, and says which ones answer, within one deadline.
//!
//! ```text
//! cargo run --example port_check [HOST [PORTS [SECONDS]]]
//! ```
//!
//! HOST is 127.0.0.1 by default. PORTS is a range such as 8000-8100, or one port; 1-1024 by default.
//! SECONDS is the time for all ports together, 5 by default. Check only your own machines: the owner
//! of another may take it for the start of an attack.

use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, thread};

use socketbook::{AF_INET, AF_INET6, EAGAIN, ECONNREFUSED, Errno, SOCK_STREAM, Socket, show_calls};

/// How many ports are tried at the same time. Each takes a thread and a descriptor.
const AT_ONCE: usize = 64;
const MOMENT: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let host = args.nth(1).unwrap_or("127.0.0.1".into());
    let ports = args.next().unwrap_or("1-1024".into());
    let seconds = args.next().unwrap_or("5".into());
    let ports = range(&ports).ok_or_else(|| format!("{ports:?} are no ports: write 8000-8100"))?;
    let time = (seconds.parse().ok())
        .filter(|seconds| (0.001..=86400.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("{seconds:?} is not 0.001 to 86400 seconds"))?;
    // Looked up once, not once per port. The port doesn't matter here.
    let found = (&*host, 0).to_socket_addrs();
    let mut found = found.map_err(|error| format!("{host}: {error}"))?;
    let ip = found.next().ok_or("the host has no address")?.ip();

    let codes = check(ip, &ports, time)?;
    let mut output = io::stdout(); // println! would panic once no one reads it
    for (port, code) in &codes {
        match *code {
            ECONNREFUSED | EAGAIN => {}
            code if code == 0 => writeln!(output, "{port} open")?,
            code => writeln!(output, "{port} {code}")?,
        }
    }
    let count = |wanted: i32| codes.iter().filter(|(_, code)| *code == wanted).count();
    let [open, closed, silent] = [0, ECONNREFUSED.raw(), EAGAIN.raw()].map(count);
    let counts = format!("{open} open, {closed} closed, {silent} silent");
    Ok(writeln!(output, "{ip}: {counts}")?)
}

fn range(ports: &str) -> Option<Vec<u16>> {
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then(|| (first..=last).collect())
}

// ANCHOR: check
/// Tries the ports, and returns the outcome of each, in their order.
fn check(ip: IpAddr, ports: &[u16], time: Duration) -> Result<Vec<(u16, Errno)>, Box<dyn Error>> {
    let deadline = Instant::now() + time;
    let next = AtomicUsize::new(0);
    let codes = Mutex::new(Vec::new());
    // Each thread takes the next port until none is left.
    let worker = || {
        loop {
            let index = next.fetch_add(1, Relaxed);
            let Some(&port) = ports.get(index) else {
                return Ok::<(), socketbook::Error>(());
            };
            // A fair share of the time left, so that silent ports at the start don't use up the
            // time of the others. What a port doesn't need goes to those after it.
            let rounds = (ports.len() - index).div_ceil(AT_ONCE) as u32;
            let code = loop {
                let left = deadline.saturating_duration_since(Instant::now());
                match try_port(ip, port, left / rounds) {
                    // Too many open files, for example: the other threads close theirs.
                    Err(error) if error.is_transient() => thread::sleep(MOMENT),
                    code => break code?,
                }
            };
            codes.lock().unwrap().push((port, code));
        }
    };
    thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, worker);
        let workers: Vec<_> = (0..AT_ONCE).map(spawn).collect();
        for worker in workers {
            worker?.join().unwrap()?; // io::Error if the system has no threads left
        }
        Ok::<(), Box<dyn Error>>(())
    })?;
    let mut codes = codes.into_inner().unwrap();
    codes.sort();
    Ok(codes)
}
// ANCHOR_END: check

// ANCHOR: try_port
/// Tries one port: 0 if a server listens there, EAGAIN if no answer came in time.
fn try_port(ip: IpAddr, port: u16, time: Duration) -> socketbook::Result<Errno> {
    if time.is_zero() {
        return Ok(EAGAIN); // no time left, and a timeout of zero would mean non-blocking
    }
    let family = if ip.is_ipv4() { AF_INET } else { AF_INET6 };
    let client = Socket::new(family, SOCK_STREAM)?;
    client.settimeout(time)?;
    let code = client.connect_ex((ip, port))?;
    // No server listens, but the kernel has given us this very port for our own end.
    if code == 0 && client.getsockname().ok() == client.getpeername().ok() {
        return Ok(ECONNREFUSED);
    }
    Ok(code)
}
// ANCHOR_END: try_port
