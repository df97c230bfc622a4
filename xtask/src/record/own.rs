//! `cargo record`: records two programs of the reader's own, and shows their conversation.
//!
//! It needs Linux and strace. With tcpdump, and the right to use it, it records the packets as well.
//! Other than a conversation of the book, such a recording isn't the same each time: its order is
//! that of the times that both tools wrote.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::calls::{self, Call, Traced};
use super::events::{Both, Event, Recording, Side};
use super::order::{self, Streams};
use super::packets::{self, Packet};
use super::{capture, draw, play};

const CALLS: &str = "socket,socketpair,bind,listen,accept,accept4,connect,sendto,recvfrom,sendmsg,\
                     recvmsg,shutdown,close,poll,ppoll,setsockopt,getsockname,read,write";

/// How often it looks whether a program is ready or has ended.
const LOOK: Duration = Duration::from_millis(20);

/// What `cargo record` was asked for.
pub struct Wish {
    /// The server's command and the client's, or one that starts both.
    pub commands: Vec<String>,
    pub dest: PathBuf,
    /// For how long at most.
    pub limit: Duration,
    pub packets: bool,
}

/// Records, and writes the page.
pub fn record(wish: &Wish) -> Result<()> {
    ensure!(
        capture::installed("strace")?,
        "recording needs strace, which isn't installed: `apt install strace`, or your system's package of that name"
    );
    ensure!(
        matches!(wish.commands.len(), 1 | 2),
        "name two commands, the server's and the client's, or one that starts both: cargo record -- \"python3 server.py\" \"python3 client.py\""
    );
    let dir = tempfile::tempdir()?;
    let tcpdump = match wish.packets {
        true => Tcpdump::start(dir.path())?,
        false => None,
    };
    run(wish, dir.path())?;
    let packets = tcpdump.map(|it| it.stop(dir.path())).transpose()?;
    let recording = recording(wish, dir.path(), packets.as_deref().unwrap_or_default())?;
    let page = page(&recording)?;
    if let Some(parent) = wish.dest.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&wish.dest, page).with_context(|| format!("writing {}", wish.dest.display()))?;
    let count = |packet| {
        recording
            .events
            .iter()
            .filter(|e| matches!(e, Event::Packet { .. }) == packet)
            .count()
    };
    println!(
        "{} calls and changes, {} packets: {}",
        count(false),
        count(true),
        wish.dest.display()
    );
    Ok(())
}

/// Runs the commands: the client once the server is ready, the server until the client has ended.
fn run(wish: &Wish, dir: &Path) -> Result<()> {
    let until = Instant::now() + wish.limit;
    let mut first = start(&wish.commands[0], &dir.join("0"), wish.commands.len() == 1)?;
    if let Some(command) = wish.commands.get(1) {
        while !is_ready(&dir.join("0"))? {
            if let Some(status) = first.try_wait()? {
                bail!(
                    "the server `{}` ended ({status}) before it listened",
                    wish.commands[0]
                );
            }
            if Instant::now() > until {
                stop(&mut first)?;
                bail!("the server `{}` doesn't listen", wish.commands[0]);
            }
            sleep(LOOK);
        }
        let mut client = start(command, &dir.join("1"), true)?;
        if !ends(&mut client, until)? {
            println!("The client is stopped: it took more than {:?}.", wish.limit);
            stop(&mut client)?;
        }
        // The server may have a last word, but most servers go on forever.
        let a_little = Instant::now() + Duration::from_millis(500);
        if !ends(&mut first, a_little)? {
            stop(&mut first)?;
        }
    } else if !ends(&mut first, until)? {
        println!("It is stopped: it took more than {:?}.", wish.limit);
        stop(&mut first)?;
    }
    Ok(())
}

/// A command under strace, which writes one file per thread: `CALLS.1234`.
fn start(command: &str, calls: &Path, reads: bool) -> Result<Child> {
    fs::create_dir_all(calls)?;
    Command::new("strace")
        .args([
            "-ff",
            "--absolute-timestamps=format:unix,precision:ns",
            "--syscall-times=ns",
        ])
        .args(["-s", "0", "-e", &format!("trace={CALLS}"), "-o"])
        .arg(calls.join("calls"))
        .args(["sh", "-c", &format!("exec {command}")])
        .stdin(if reads {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .spawn()
        .with_context(|| format!("cannot run strace {command}"))
}

fn ends(child: &mut Child, until: Instant) -> Result<bool> {
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if Instant::now() > until {
            return Ok(false);
        }
        sleep(LOOK);
    }
}

/// Ends a program politely, and its strace with it.
fn stop(strace: &mut Child) -> Result<()> {
    for signal in ["-TERM", "-KILL"] {
        let pids = descendants(strace.id());
        Command::new("kill")
            .arg(signal)
            .args(pids.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status()?;
        if ends(strace, Instant::now() + Duration::from_secs(2))? {
            return Ok(());
        }
    }
    strace.kill()?;
    strace.wait()?;
    Ok(())
}

/// All processes that a process has started, and those that they have.
fn descendants(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    let theirs = children
        .iter()
        .flat_map(|pid| descendants(*pid))
        .collect::<Vec<_>>();
    [children, theirs].concat()
}

/// Whether the server listens, or has a name for datagrams.
fn is_ready(calls: &Path) -> Result<bool> {
    let all = traced(calls)?;
    let datagrams: HashSet<_> = all
        .iter()
        .filter(|call| call.name == "socket" && call.short().contains("DGRAM"))
        .map(|call| call.returned.clone())
        .collect();
    Ok(all.iter().any(|call| {
        let fd = call.arguments.first();
        (call.name == "listen" && call.returned == "0")
            || (call.name == "bind"
                && call.port().is_some()
                && fd.is_some_and(|fd| datagrams.contains(fd)))
    }))
}

/// The calls of all threads of a command, in the order of their times.
fn traced(dir: &Path) -> Result<Vec<Call>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|pid| pid.to_str());
        let process = ending.and_then(|pid| pid.parse().ok()).unwrap_or_default();
        for line in String::from_utf8_lossy(&fs::read(&path)?).lines() {
            // A line that strace is still writing can't be read yet.
            if let Ok(Some(Traced::Call(call))) = calls::parse(process, line) {
                all.push(call);
            }
        }
    }
    all.sort_by_key(|call| call.began);
    Ok(all)
}

/// tcpdump on the loopback interface.
struct Tcpdump(Child);

impl Tcpdump {
    /// None, with the reason said, if it isn't there or mayn't listen.
    fn start(dir: &Path) -> Result<Option<Tcpdump>> {
        if !capture::installed("tcpdump")? {
            println!("Without packets: tcpdump isn't installed.");
            return Ok(None);
        }
        let said = dir.join("tcpdump");
        let child = Command::new("tcpdump")
            .args([
                "-i",
                "lo",
                "-n",
                "-tt",
                "--nano",
                "-l",
                "--immediate-mode",
                "tcp or udp or icmp",
            ])
            .stdout(fs::File::create(dir.join("packets"))?)
            .stderr(fs::File::create(&said)?)
            .spawn()?;
        let mut tcpdump = Tcpdump(child);
        loop {
            let text = fs::read_to_string(&said).unwrap_or_default();
            if text.contains("listening on") {
                return Ok(Some(tcpdump));
            }
            if tcpdump.0.try_wait()?.is_some() {
                println!(
                    "Without packets: {}. It needs root, or `sudo setcap cap_net_raw+ep $(which tcpdump)`.",
                    text.lines()
                        .next()
                        .unwrap_or("tcpdump ended")
                        .trim_end_matches('.')
                );
                return Ok(None);
            }
            sleep(LOOK);
        }
    }

    fn stop(mut self, dir: &Path) -> Result<Vec<Packet>> {
        sleep(Duration::from_millis(300)); // what is on its way
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        self.0.wait()?;
        let text = fs::read_to_string(dir.join("packets"))?;
        Ok(text.lines().filter_map(packets::parse).collect())
    }
}

/// What both tools saw, in the order of their times.
fn recording(wish: &Wish, dir: &Path, packets: &[Packet]) -> Result<Recording> {
    let mut calls = Vec::new();
    for at in 0..wish.commands.len() {
        let side = match wish.commands.len() {
            1 => None,
            _ => Some([Side::Server, Side::Client][at]),
        };
        let mut own = of_sockets(traced(&dir.join(at.to_string()))?);
        give_sides(&mut own, side);
        calls.extend(own);
    }
    calls.sort_by_key(|call| call.began);
    ensure!(
        !calls.is_empty(),
        "the programs made no call on a socket of the internet"
    );

    let is_servers = |call: &&Call| call.side == Some(Side::Server);
    let named = calls
        .iter()
        .filter(is_servers)
        .filter(|call| call.is(&["bind", "getsockname"]));
    let ports: HashSet<u16> = named
        .filter_map(Call::port)
        .filter(|port| *port != 0)
        .collect();
    let mut clients: Vec<u16> = Vec::new();
    let mut timed: Vec<(u64, Event)> = Vec::new();
    for call in calls.iter().filter(|call| call.name != "getsockname") {
        let side = call.side.unwrap_or(Side::Client);
        let text = call.short();
        let begin = Event::Call {
            side,
            who: None,
            call: text.clone(),
            returned: None,
            error: None,
            line: Some(1),
        };
        timed.push((call.began, begin));
        if call.returned != "?" {
            let returned = call.returned.clone();
            let end = Event::Return {
                side,
                who: None,
                call: text,
                returned,
                error: None,
            };
            timed.push((call.began + call.took, end));
        }
    }
    let ours = |packet: &&Packet| ports.contains(&packet.from) || ports.contains(&packet.to);
    for packet in packets.iter().filter(ours) {
        let port = if ports.contains(&packet.from) {
            packet.to
        } else {
            packet.from
        };
        if port != 0 && !clients.contains(&port) {
            clients.push(port);
        }
    }
    let mut streams = Streams::default();
    for packet in packets.iter().filter(ours) {
        let (from, port) = match ports.contains(&packet.from) {
            true => (Side::Server, packet.to),
            false => (Side::Client, packet.from),
        };
        let who = clients.iter().position(|one| *one == port).map(|at| at + 1);
        let who = who.filter(|_| clients.len() > 1);
        timed.push((packet.time, streams.event(packet, from, who)));
    }
    timed.sort_by_key(|(time, _)| *time);
    let mut raw: Vec<(bool, Event)> = timed.into_iter().map(|(_, event)| (true, event)).collect();
    order::mark_lost(&mut raw);
    let programs = match &wish.commands[..] {
        [server, client] => Both {
            client: vec![client.clone()],
            server: vec![server.clone()],
        },
        all => Both {
            client: all.to_vec(),
            server: all.to_vec(),
        },
    };
    Ok(Recording {
        name: "own".to_owned(),
        title: wish.commands.join(" and "),
        programs,
        events: order::with_states(order::joined(raw)),
    })
}

/// Only calls on sockets of the internet: programs read and close a lot besides.
fn of_sockets(calls: Vec<Call>) -> Vec<Call> {
    let mut known = HashSet::new();
    let mut kept = Vec::new();
    for call in calls {
        let new = call.returned.parse::<u64>().ok();
        let keep = match call.name.as_str() {
            "socket" => call
                .arguments
                .first()
                .is_some_and(|family| family.starts_with("AF_INET")),
            "poll" | "ppoll" => call.arguments[0].split("fd=").skip(1).any(|rest| {
                let fd = rest.split(',').next().and_then(|fd| fd.parse().ok());
                fd.is_some_and(|fd: u64| known.contains(&fd))
            }),
            _ => call.fd().is_some_and(|fd| known.contains(&fd)),
        };
        match call.name.as_str() {
            "socket" | "accept" | "accept4" if keep => known.extend(new),
            "close" => {
                known.remove(&call.fd().unwrap_or_default());
            }
            _ => {}
        }
        if keep {
            kept.push(call);
        }
    }
    kept
}

/// The side of each call: the command's, or, where one command starts both, the server's for those
/// threads that listen or accept, and otherwise for the sockets that were bound or accepted.
fn give_sides(calls: &mut [Call], side: Option<Side>) {
    let of = |names: &[&str]| -> HashSet<u32> {
        let those = calls.iter().filter(|call| call.is(names));
        those.map(|call| call.process).collect()
    };
    let (serving, calling) = (
        of(&["listen", "accept", "accept4", "bind"]),
        of(&["connect"]),
    );
    // A server's sockets, for a thread that does both.
    let mut descriptors = HashSet::new();
    for at in 0..calls.len() {
        let call = &calls[at];
        // What a new socket is for is known by its first call.
        let fd = match call.name.as_str() {
            "socket" => call.returned.parse().ok(),
            _ => call.fd(),
        };
        let bound = call.name == "socket"
            && calls[at + 1..]
                .iter()
                .find(|next| next.fd() == fd && !next.is(&["setsockopt"]))
                .is_some_and(|next| next.is(&["bind", "listen"]));
        if bound || call.is(&["bind", "listen"]) {
            descriptors.extend(fd);
        } else if call.is(&["accept", "accept4"]) {
            descriptors.extend(call.returned.parse::<u64>().ok());
        } else if call.is(&["socket"]) {
            descriptors.remove(&fd.unwrap_or_default());
        }
        let found = match (
            serving.contains(&call.process),
            calling.contains(&call.process),
        ) {
            (true, false) => Side::Server,
            (false, true) => Side::Client,
            _ if fd.is_some_and(|fd| descriptors.contains(&fd)) => Side::Server,
            _ => Side::Client,
        };
        calls[at].side = side.or(Some(found));
    }
}

/// One page with the player in it, that needs no other file.
fn page(recording: &Recording) -> Result<String> {
    let site = crate::root().join("book/en/site");
    let read =
        |name: &str| fs::read_to_string(site.join(name)).with_context(|| format!("reading {name}"));
    let title = crate::xhtml::escape(&recording.title);
    // With packets it's known which states a connection passes.
    let connects =
        |event: &Event| matches!(event, Event::State { state, .. } if state == "ESTABLISHED");
    let states = match recording.events.iter().any(connects) {
        true => read("../src/diagrams/states.svg")?,
        false => String::new(),
    };
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\" class=\"light js\" style=\"font-size: 62.5%\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{}\n{}\nbody {{ background: var(--bg); color: var(--fg); font-size: 1.6rem; margin: 0 auto; max-width: 800px; padding: 1.5rem; }}\n</style>\n\
         <script>if (matchMedia(\"(prefers-color-scheme: dark)\").matches) {{ document.documentElement.className = \"navy js\"; }}</script>\n\
         </head>\n<body>\n<div class=\"content\"><main>\n<h1>{title}</h1>\n\
         <figure class=\"recording\" data-recording=\"own\">\n{}\
         {states}<script type=\"application/json\">{}</script>\n</figure>\n</main></div>\n<script>\n{}\n</script>\n</body>\n</html>\n",
        read("site.css")?,
        read("player.css")?,
        draw::draw(&recording.name, &recording.title, &recording.events),
        play::play(recording)?,
        read("player.js")?,
    ))
}
