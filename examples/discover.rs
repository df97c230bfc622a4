//! Finds programs on the local network: asks everybody at once, and prints who answers.
//!
//! ```text
//! cargo run --example discover announce kitchen
//! cargo run --example discover seek
//! ```

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use socketbook::{
    IP_ADD_MEMBERSHIP, IP_MULTICAST_IF, IPPROTO_IP, SO_BROADCAST, SO_REUSEADDR, SOL_SOCKET, Socket,
};

const HELP: &str = "\
Finds programs on the local network whose address nobody knows.

Usage: discover announce NAME [ADDRESS [INTERFACE]]
       discover seek [ADDRESS [INTERFACE]]

announce answers whoever asks, until Ctrl-C. seek asks, prints who answers, and ends after a
second. ADDRESS is IP:PORT, a multicast group (239.255.80.4:8004 unless given), a broadcast
address such as 255.255.255.255, or one machine's. INTERFACE is the own address in the network
that a group is reached by, such as 127.0.0.1; the system chooses unless given.
";

const DEFAULT: &str = "239.255.80.4:8004";
// They begin differently, so that an answer is never taken for a question, and answered.
const QUESTION: &[u8] = b"socketbook? who is there";
const ANSWER: &[u8] = b"socketbook! ";
/// The longest name. An answer goes to whoever the question says that it is from, which may be a
/// lie: it shall not be much longer than the question.
const NAME: usize = 64;
/// How many that answer are told of; nobody can make the list longer.
const FOUND: usize = 256;
/// A question may be lost, and so may an answer: it is asked as often, and waited for so long.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["-h" | "--help"] => write!(io::stdout(), "{HELP}").map_err(Into::into),
        ["announce", name, ref rest @ ..] if rest.len() <= 2 => place(rest)
            .and_then(|(address, interface)| announce(name.as_bytes(), address, interface)),
        ["seek", ref rest @ ..] if rest.len() <= 2 => {
            place(rest).and_then(|(address, interface)| seek(address, interface))
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("discover: {error}");
            ExitCode::FAILURE
        }
    }
}

/// ADDRESS and INTERFACE.
fn place(arguments: &[&str]) -> Result<(SocketAddrV4, Ipv4Addr), Box<dyn Error>> {
    let address = arguments.first().unwrap_or(&DEFAULT);
    let interface = arguments.get(1).unwrap_or(&"0.0.0.0");
    Ok((
        (address.parse()).map_err(|_| format!("{address:?} is not IP:PORT"))?,
        (interface.parse()).map_err(|_| format!("{interface:?} is not an IPv4 address"))?,
    ))
}

// ANCHOR: announce
fn announce(name: &[u8], address: SocketAddrV4, interface: Ipv4Addr) -> Result<(), Box<dyn Error>> {
    if name.len() > NAME {
        return Err(format!("a name has at most {NAME} bytes").into());
    }
    let phone = Socket::udp()?;
    // Several announcers on one machine: each of them hears what is sent to all.
    phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
    phone.bind(address)?; // hears what is sent to this address, and nothing else
    if address.ip().is_multicast() {
        let membership = (*address.ip(), interface);
        phone.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)?;
    }
    eprintln!("listening on {}", phone.getsockname()?);

    let answer = [ANSWER, name].concat();
    loop {
        let (question, addr) = phone.recvfrom(QUESTION.len())?;
        if question == QUESTION && !question.is_truncated() {
            // To the one who asked. If it cannot be sent, the next one shall still be answered.
            if let Err(error) = phone.sendto(&answer, &addr) {
                eprintln!("{error}");
            }
        }
    }
}
// ANCHOR_END: announce

// ANCHOR: seek
fn seek(address: SocketAddrV4, interface: Ipv4Addr) -> Result<(), Box<dyn Error>> {
    let phone = Socket::udp()?;
    phone.setsockopt(SOL_SOCKET, SO_BROADCAST, true)?; // I mean it: to all
    phone.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, interface)?;

    let mut found = HashSet::new();
    'asking: for _ in 0..ROUNDS {
        phone.sendto(QUESTION, address)?;
        let end = Instant::now() + ROUND;
        loop {
            // One deadline for the round, however many answers come. Zero would mean: never wait.
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            phone.settimeout(left)?;
            let (answer, addr) = match phone.recvfrom(ANSWER.len() + NAME) {
                Err(error) if error.is_timeout() => break,
                answer => answer?,
            };
            let Some(name) = answer
                .strip_prefix(ANSWER)
                .filter(|_| !answer.is_truncated())
            else {
                continue; // not meant for us
            };
            if found.insert((name.to_vec(), addr.clone())) {
                // A stranger wrote it, and may have put in what a terminal obeys.
                let name = String::from_utf8_lossy(name);
                writeln!(io::stdout(), "{} at {addr}", name.escape_debug())?;
            }
            if found.len() == FOUND {
                break 'asking;
            }
        }
    }
    if found.is_empty() {
        return Err(format!("nobody answers at {address}").into());
    }
    Ok(())
}
// ANCHOR_END: seek
