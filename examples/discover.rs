//! Finds programs on the local network: asks all machines at once, and prints who answers.
//!
//! ```text
//! cargo run --example discover announce NAME [ADDRESS [INTERFACE]]
//! cargo run --example discover seek [ADDRESS [INTERFACE]]
//! ```
//!
//! `announce` answers anyone who asks, until Ctrl-C. `seek` asks, prints who answers, and ends after
//! a second. ADDRESS is IP:PORT with the IP of a multicast group, of a broadcast such as
//! 255.255.255.255, or of one machine; 239.255.80.4:8004 by default. INTERFACE is this machine's own
//! address in the group's network, such as 127.0.0.1; by default the system chooses.

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use socketbook::*;

type Outcome = std::result::Result<(), Box<dyn Error>>;

// They start differently, so that an answer is never taken for a question: else a forged question
// could make two announcers answer each other forever.
const QUESTION: &[u8] = b"socketbook? who is there";
const ANSWER: &[u8] = b"socketbook! ";
/// The longest name. A question may lie about its sender, so an answer mustn't be worth forging one:
/// with the headers of IP and UDP it's at most twice as long as the question.
const NAME: usize = 64;
/// At most so many answers are printed: no one can make the list grow without end.
const FOUND: usize = 256;
/// Questions and answers may be lost, so we ask this often, and wait this long each time.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_millis(300);

fn main() -> Outcome {
    show_calls(); // if SOCKETBOOK_CALLS is set: needs the feature `tracing`
    let args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let args: Vec<String> = args.skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (name, rest) = match args[..] {
        ["announce", name, ref rest @ ..] if rest.len() <= 2 => (Some(name), rest),
        ["seek", ref rest @ ..] if rest.len() <= 2 => (None, rest),
        _ => return Err("usage: discover announce NAME, or seek [ADDRESS [INTERFACE]]".into()),
    };
    let address = rest.first().unwrap_or(&"239.255.80.4:8004");
    let address = (address.parse()).map_err(|_| format!("{address:?} is not IP:PORT"))?;
    let interface = rest.get(1).unwrap_or(&"0.0.0.0");
    let interface =
        (interface.parse()).map_err(|_| format!("{interface:?} is not an IPv4 address"))?;
    match name {
        Some(name) => announce(name.as_bytes(), address, interface),
        None => seek(address, interface),
    }
}

// ANCHOR: announce
fn announce(name: &[u8], address: SocketAddrV4, interface: Ipv4Addr) -> Outcome {
    if name.len() > NAME {
        return Err(format!("a name has at most {NAME} bytes").into());
    }
    let server = Socket::udp()?;
    // Several announcers can run on one machine, and each gets what is sent to all.
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    // Gets only what is sent to this address. Windows can't bind to a group, and gets more.
    let own = if cfg!(windows) {
        Ipv4Addr::UNSPECIFIED
    } else {
        *address.ip()
    };
    server.bind((own, address.port()))?;
    if address.ip().is_multicast() {
        let membership = (*address.ip(), interface);
        server.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)?;
    }
    log(format_args!("listening on {}", server.getsockname()?));

    let answer = [ANSWER, name].concat();
    loop {
        let (question, addr) = match server.recvfrom(QUESTION.len()) {
            Err(error) if error.is_transient() => {
                log(error); // the system is short of memory, for example: it passes
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            received => received?,
        };
        if question == QUESTION && !question.is_truncated() {
            // If this answer can't be sent, the next client still gets one.
            if let Err(error) = server.sendto(&answer, &addr) {
                log(error);
            }
        }
    }
}
// ANCHOR_END: announce

// ANCHOR: seek
fn seek(address: SocketAddrV4, interface: Ipv4Addr) -> Outcome {
    let client = Socket::udp()?;
    client.setsockopt(SOL_SOCKET, SO_BROADCAST, true)?; // without it, broadcasting is EACCES
    client.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, interface)?;

    let mut found = HashSet::new();
    'asking: for _ in 0..ROUNDS {
        client.sendto(QUESTION, address)?;
        let end = Instant::now() + ROUND;
        loop {
            // One deadline for the round, however many answers come. A timeout of zero would make
            // the socket non-blocking.
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            client.settimeout(left)?;
            let (answer, addr) = match client.recvfrom(ANSWER.len() + NAME) {
                Err(error) if error.is_timeout() => break,
                answer => answer?,
            };
            let name = answer.strip_prefix(ANSWER);
            let Some(name) = name.filter(|_| !answer.is_truncated()) else {
                continue; // not an answer to us
            };
            if found.insert((name.to_vec(), addr.clone())) {
                // A stranger wrote it: it may contain control characters for the terminal.
                let name = String::from_utf8_lossy(name);
                writeln!(io::stdout(), "{} at {addr}", name.escape_debug())?;
            }
            if found.len() == FOUND {
                break 'asking;
            }
        }
    }
    match found.is_empty() {
        true => Err(format!("no one answers at {address}").into()),
        false => Ok(()),
    }
}
// ANCHOR_END: seek

/// eprintln! would panic once no one reads our output.
fn log(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
