//! The lesson's UDP server: prints each datagram and answers it.
//!
//! ```text
//! cargo run --example udp_server [HOST:PORT]
//! ```
//!
//! It listens on 127.0.0.1:8001 by default; with port 0 the system chooses a free port. What it
//! receives goes to standard output, everything else to standard error. Ctrl-C ends it.
//!
//! A datagram can lie about its sender. If it names another server that answers everything, the two
//! would answer each other forever ("loop DoS", CVE-2024-2169). Three rules prevent that: an answer
//! isn't answered; neither are ports below 1024, which belong to services; and there are at most
//! 1000 answers a second. If you change the answer to an echo, the first rule no longer holds.

use std::io::{self, Write};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use socketbook::*;

const ANSWER: &str = "恭喜您传输成功";
const SECOND: Duration = Duration::from_secs(1);

// ANCHOR: serve
fn main() -> Result<()> {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:8001".into());
    let udp_server = Socket::udp()?;
    // No SO_REUSEADDR: UDP has no TIME_WAIT, and a second server would take the address unnoticed.
    udp_server.bind(&*address.to_string_lossy())?;
    log(format_args!("listening on {}", udp_server.getsockname()?));

    let (mut start, mut answers) = (Instant::now(), 0);
    loop {
        let (data, addr) = match udp_server.recvfrom(1024) {
            Err(error) if error.is_transient() => {
                log(error); // the system is short of memory, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            received => received?,
        };
        let (shown, from) = (data.escape_ascii(), addr.python());
        let _ = writeln!(io::stdout(), "data= b'{shown}',add = {from}"); // as in log
        if data.is_truncated() {
            let sent = data.full_len();
            log(format_args!("{addr}: {sent} bytes sent, 1024 kept"));
        }
        if *data == *ANSWER.as_bytes() || addr.port() < Some(1024) {
            log(format_args!("{addr}: a server, not answered"));
            continue;
        }
        if start.elapsed() >= SECOND || answers == 1000 {
            thread::sleep(SECOND.saturating_sub(start.elapsed())); // the rest waits in the kernel
            (start, answers) = (Instant::now(), 0);
        }
        answers += 1;
        // If this answer can't be sent, only this client misses it.
        if let Err(error) = udp_server.sendto(ANSWER.as_bytes(), &addr) {
            log(error);
        }
    }
}
// ANCHOR_END: serve

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
