//! From the texts of strace and tcpdump to a list of events: calls, packets, changes of state.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::capture::Capture;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Caller,
    Callee,
}

/// One thing that happened, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "event")]
pub enum Event {
    /// A system call, and what it returned if nothing happened in between.
    Call {
        side: Side,
        call: String,
        returned: Option<String>,
    },
    /// The return of a call during which something happened.
    Return {
        side: Side,
        call: String,
        returned: String,
    },
    /// A packet: what it is (`SYN`, `ACK`, `UDP`, …), and how many bytes of data it brings.
    Packet {
        from: Side,
        kind: String,
        bytes: u64,
    },
    /// The TCP state that one side is in from here on.
    State { side: Side, state: String },
}

/// The events of a conversation, from its mark on.
pub fn events(capture: &Capture) -> Result<Vec<Event>> {
    let mut sides = Sides::default();
    let mut timed = Vec::new();
    for line in capture.calls.lines() {
        timed.extend(call(line, &mut sides)?);
    }
    let end = timed.last().map_or(f64::MAX, |(time, _)| *time);
    for line in capture.packets.lines() {
        timed.extend(packet(line, &sides).filter(|(time, _)| *time < end));
    }
    // Both clocks are the system's. A call is stamped before the kernel does anything for it.
    timed.sort_by(|(a, _), (b, _)| a.total_cmp(b));

    let mark = |event: &Event| matches!(event, Event::Call { call, .. } if call == "mark");
    let (mut states, mut drawn, mut marked) = (States::default(), Vec::new(), false);
    for (_, event) in timed {
        let changes = states.after(&event);
        if mark(&event) {
            marked = true;
            drawn.extend(states.now());
        } else if marked {
            drawn.push(event);
            drawn.extend(changes);
        }
    }
    ensure!(marked, "the conversation has not printed its mark");
    drawn.pop(); // exit_group
    Ok(join_returns(drawn))
}

/// Joins each return with its call where nothing happened in between.
fn join_returns(events: Vec<Event>) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(Event::Call { returned, .. }), Event::Return { returned: now, .. }) => {
                *returned = Some(now);
            }
            (_, event) => joined.push(event),
        }
    }
    joined
}

/// Whose a descriptor and whose a port is: the callee's if it was bound or accepted.
#[derive(Default)]
struct Sides {
    descriptors: HashMap<u64, Side>,
    ports: HashMap<u64, Side>,
}

/// `1795399830.998391 connect(4, {sa_family=AF_INET, sin_port=htons(58931), …}, 16) = 0 <0.000151>`:
/// the call and its return, each with its time.
fn call(line: &str, sides: &mut Sides) -> Result<Vec<(f64, Event)>> {
    let (time, rest) = line.split_once(' ').context("strace wrote an odd line")?;
    let time: f64 = time.parse()?;
    let Some((name, rest)) = rest.split_once('(') else {
        return Ok(Vec::new()); // +++ exited with 0 +++
    };
    let (arguments, returned) = rest.rsplit_once(" = ").unwrap_or((rest, "?"));
    let (returned, took) = returned.rsplit_once(" <").unwrap_or((returned, "0"));
    let took: f64 = took.trim_end_matches('>').parse().unwrap_or_default();
    let arguments = arguments.trim_end().trim_end_matches(')');
    // -1 EAGAIN (Resource temporarily unavailable)
    let returned = returned.split(" (").next().unwrap_or(returned).trim();
    let descriptor = arguments
        .split([',', ')'])
        .next()
        .and_then(|fd| fd.parse().ok());

    // A new socket has no side yet: bind makes it the callee's, anything else the caller's.
    if let ("accept4", Ok(new)) = (name, returned.parse()) {
        sides.descriptors.insert(new, Side::Callee);
    }
    let side = match (name, descriptor) {
        ("write" | "exit_group", _) => Side::Caller,
        ("poll" | "ppoll", _) => Side::Caller,
        ("bind", Some(fd)) => {
            sides.descriptors.insert(fd, Side::Callee);
            Side::Callee
        }
        ("socket", _) => match returned.parse::<u64>() {
            // The callee's is made first.
            Ok(3) => Side::Callee,
            _ => Side::Caller,
        },
        (_, Some(fd)) => *sides.descriptors.entry(fd).or_insert(Side::Caller),
        _ => Side::Caller,
    };
    if name == "getsockname" && side == Side::Callee {
        sides
            .ports
            .extend(port(arguments).map(|port| (port, Side::Callee)));
        return Ok(Vec::new());
    }
    if name == "close" {
        sides.descriptors.remove(&descriptor.unwrap_or_default());
    }
    let call = match name {
        "write" if arguments.starts_with("1,") => "mark".to_owned(),
        "write" => return Ok(Vec::new()),
        _ => short(name, arguments),
    };
    let returned = returned.strip_prefix("-1 ").unwrap_or(returned).to_owned();
    let start = Event::Call {
        side,
        call: call.clone(),
        returned: None,
    };
    let end = Event::Return {
        side,
        call,
        returned,
    };
    Ok(match name {
        "exit_group" | "write" => vec![(time, start)],
        // Only connect waits for what the packets do; the others hand over to the kernel and
        // return when they like.
        "connect" => vec![(time, start), (time + took, end)],
        _ => vec![(time, start), (time, end)],
    })
}

fn port(arguments: &str) -> Option<u64> {
    let (_, rest) = arguments.split_once("htons(")?;
    rest.split(')').next()?.parse().ok()
}

/// A call with the arguments that matter to a reader.
fn short(name: &str, arguments: &str) -> String {
    let argument = |at: usize| arguments.split(", ").nth(at).unwrap_or_default();
    let address = if arguments.contains("sin_port") {
        "address"
    } else {
        ""
    };
    match name {
        "socket" => format!(
            "socket({})",
            if arguments.contains("DGRAM") {
                "SOCK_DGRAM"
            } else {
                "SOCK_STREAM"
            }
        ),
        "listen" => format!("listen({})", argument(1)),
        "sendto" | "recvfrom" => {
            // The size stands behind the data, or behind the address of a buffer not filled.
            let behind = match arguments.splitn(3, '"').nth(2) {
                Some(behind) if arguments.contains(", \"") => behind.trim_start_matches("..."),
                _ => arguments.splitn(3, ", ").nth(2).unwrap_or_default(),
            };
            let size = behind
                .trim_start_matches(", ")
                .split(',')
                .next()
                .unwrap_or_default();
            let plain = if name == "sendto" { "send" } else { "recv" };
            match address {
                "" => format!("{plain}({size} bytes)"),
                _ => format!("{name}({size} bytes)"),
            }
        }
        "shutdown" => format!("shutdown({})", argument(1)),
        "getsockopt" | "setsockopt" => format!("{name}({})", argument(2)),
        "ioctl" => "ioctl(FIONBIO)".to_owned(),
        "ppoll" | "poll" => "ppoll(POLLOUT)".to_owned(),
        "accept4" => "accept()".to_owned(),
        _ => format!("{name}({address})"),
    }
}

/// `1795399830.998448 IP 127.0.0.1.34554 > 127.0.0.1.58931: Flags [S], seq …, length 0`
fn packet(line: &str, sides: &Sides) -> Option<(f64, Event)> {
    let (time, rest) = line.split_once(" IP ")?;
    let time = time.parse().ok()?;
    let (ends, what) = rest.split_once(": ").or_else(|| rest.split_once(" ICMP"))?;
    if let Some(unreachable) = rest.split_once(" ICMP ").or(rest.split_once(": ICMP ")) {
        // ICMP … udp port 51892 unreachable: the side whose port it is says so.
        let port = unreachable
            .1
            .split("udp port ")
            .nth(1)?
            .split(' ')
            .next()?
            .parse()
            .ok()?;
        let from = *sides.ports.get(&port)?;
        let kind = "ICMP port unreachable".to_owned();
        return Some((
            time,
            Event::Packet {
                from,
                kind,
                bytes: 0,
            },
        ));
    }
    let (from, to) = ends.split_once(" > ")?;
    let port = |end: &str| end.rsplit('.').next()?.parse::<u64>().ok();
    let from = match (sides.ports.get(&port(from)?), sides.ports.get(&port(to)?)) {
        (Some(_), _) => Side::Callee,
        (_, Some(_)) => Side::Caller,
        _ => return None, // not of this conversation
    };
    let bytes = what
        .rsplit("length ")
        .next()?
        .split(|c: char| !c.is_ascii_digit())
        .next()?;
    let bytes = bytes.parse().ok()?;
    let kind = match what
        .strip_prefix("Flags [")
        .and_then(|rest| rest.split(']').next())
    {
        None => "UDP".to_owned(),
        Some(flags) => {
            let names = [
                ('S', "SYN"),
                ('F', "FIN"),
                ('R', "RST"),
                ('P', "PSH"),
                ('.', "ACK"),
            ];
            let set = names.iter().filter(|(letter, _)| flags.contains(*letter));
            set.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
        }
    };
    Some((time, Event::Packet { from, kind, bytes }))
}

/// The TCP states of both sides, as RFC 9293 has them, followed along the packets.
#[derive(Default)]
struct States {
    caller: Option<&'static str>,
    callee: Option<&'static str>,
}

impl States {
    fn of(&mut self, side: Side) -> &mut Option<&'static str> {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }

    /// What the event changes: the sender's state, then the receiver's.
    fn after(&mut self, event: &Event) -> Vec<Event> {
        let before = (self.caller, self.callee);
        match event {
            Event::Call { side, call, .. } if call.starts_with("listen(") => {
                *self.of(*side) = Some("LISTEN");
            }
            Event::Packet { from, kind, .. } if kind != "UDP" => {
                let to = match from {
                    Side::Caller => Side::Callee,
                    Side::Callee => Side::Caller,
                };
                let sender = self.of(*from);
                *sender = sent(*sender, kind);
                let receiver = self.of(to);
                *receiver = received(*receiver, kind);
            }
            _ => {}
        }
        let sides = [
            (Side::Caller, before.0, self.caller),
            (Side::Callee, before.1, self.callee),
        ];
        let changed = sides
            .into_iter()
            .filter(|(_, before, after)| before != after);
        changed
            .filter_map(|(side, _, after)| state(side, after))
            .collect()
    }

    fn now(&self) -> impl Iterator<Item = Event> {
        [(Side::Caller, self.caller), (Side::Callee, self.callee)]
            .into_iter()
            .filter_map(|(side, state_now)| state(side, state_now))
    }
}

fn state(side: Side, state: Option<&'static str>) -> Option<Event> {
    state.map(|state| Event::State {
        side,
        state: state.to_owned(),
    })
}

fn sent(state: Option<&'static str>, kind: &str) -> Option<&'static str> {
    match (state, kind) {
        (_, "SYN") => Some("SYN-SENT"),
        (_, "SYN ACK") => Some("SYN-RECEIVED"),
        (Some(_), kind) if kind.contains("RST") => Some("CLOSED"),
        (Some("ESTABLISHED"), kind) if kind.contains("FIN") => Some("FIN-WAIT-1"),
        (Some("CLOSE-WAIT"), kind) if kind.contains("FIN") => Some("LAST-ACK"),
        (state, _) => state,
    }
}

fn received(state: Option<&'static str>, kind: &str) -> Option<&'static str> {
    match (state, kind) {
        (_, kind) if kind.contains("RST") => Some("CLOSED"),
        (Some("SYN-SENT"), "SYN ACK") => Some("ESTABLISHED"),
        (Some("SYN-RECEIVED"), kind) if kind.contains("ACK") => Some("ESTABLISHED"),
        (Some("ESTABLISHED"), kind) if kind.contains("FIN") => Some("CLOSE-WAIT"),
        (Some("FIN-WAIT-1" | "FIN-WAIT-2"), kind) if kind.contains("FIN") => Some("TIME-WAIT"),
        (Some("FIN-WAIT-1"), kind) if kind.contains("ACK") => Some("FIN-WAIT-2"),
        (Some("LAST-ACK"), kind) if kind.contains("ACK") => Some("CLOSED"),
        (state, _) => state,
    }
}
