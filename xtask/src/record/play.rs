//! What the player reads: the events as steps, each with the states, the bytes in both kernels'
//! buffers and the queues of `listen` as they are after it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::events::{Both, Event, Recording, Side, failed, name};

#[derive(Debug, Default, Serialize)]
pub struct Step {
    kind: &'static str,
    side: Option<Side>,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<usize>,
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<BTreeMap<Side, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffers: Option<Both<Buffers>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queues: Option<Queues>,
}

/// The bytes of one side in its kernel: sent and not acknowledged, arrived and not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Buffers {
    send: u64,
    receive: u64,
}

/// How many clients wait in the kernel: with half a handshake, and with a whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Queues {
    syn: usize,
    accept: usize,
}

/// The text of NAME.play.json: one step a line.
pub fn play(recording: &Recording) -> Result<String> {
    let steps = steps(&recording.events);
    let steps: Result<Vec<String>, _> = steps.iter().map(serde_json::to_string).collect();
    Ok(format!(
        "{{\"name\":{},\n\"title\":{},\n\"programs\":{},\n\"steps\":[\n{}\n]}}\n",
        serde_json::to_string(&recording.name)?,
        serde_json::to_string(&recording.title)?,
        serde_json::to_string(&recording.programs)?,
        steps?.join(",\n")
    )
    // It stands inside a script element of a page.
    .replace("</", "<\\/"))
}

pub fn steps(events: &[Event]) -> Vec<Step> {
    let mut kernels = Kernels::default();
    let mut states = BTreeMap::new();
    let several = events
        .iter()
        .any(|event| matches!(event, Event::Packet { who: Some(_), .. }));
    // What is in the kernels is known by what arrives.
    let moves = events
        .iter()
        .any(|event| matches!(event, Event::Packet { .. }));
    let mut queues = Line::default();
    let mut steps = Vec::new();
    for event in events {
        kernels.after(event);
        queues.after(event);
        let mut step = match event.clone() {
            Event::Call {
                side,
                who,
                call,
                returned,
                error,
                line,
            } => Step {
                kind: "call",
                side: Some(side),
                text: call,
                who,
                result: returned,
                error,
                line,
                ..Step::default()
            },
            Event::Return {
                side,
                who,
                call,
                returned,
                error,
            } => Step {
                kind: "return",
                side: Some(side),
                text: call,
                who,
                result: Some(returned),
                error,
                ..Step::default()
            },
            Event::Packet {
                from,
                who,
                kind,
                bytes,
                again,
                lost,
                ..
            } => Step {
                kind: "packet",
                side: Some(from),
                text: if again { kind + ", again" } else { kind },
                who,
                bytes: Some(bytes),
                lost: Some(lost),
                ..Step::default()
            },
            Event::State { side, who, state } => {
                states.insert(side, state.clone());
                Step {
                    kind: "state",
                    side: Some(side),
                    text: state,
                    who,
                    ..Step::default()
                }
            }
            Event::Note { side, text } => Step {
                kind: "note",
                side: Some(side),
                text,
                ..Step::default()
            },
        };
        if let Some(who) = step.who {
            step.text = format!("client {who}: {}", step.text);
        }
        step.states = (!states.is_empty()).then(|| states.clone());
        step.buffers = moves.then(|| kernels.buffers());
        step.queues = several.then(|| queues.queues());
        steps.push(step);
    }
    steps
}

/// What is in both kernels, as the calls and packets tell.
#[derive(Default)]
struct Kernels(Both<Kernel>);

#[derive(Clone, Default)]
struct Kernel {
    /// Bytes of the stream that the program gave, and that the peer has confirmed.
    given: u64,
    confirmed: u64,
    /// Bytes of the stream that arrived, and that the program took.
    arrived: u64,
    taken: u64,
    /// The sizes of datagrams that arrived: `recv` takes a whole one, whatever it returns.
    datagrams: Vec<u64>,
    /// A datagram's kernel keeps nothing of what it sent.
    is_datagram: bool,
}

impl Kernels {
    fn after(&mut self, event: &Event) {
        match event {
            Event::Call {
                side,
                call,
                returned: Some(returned),
                ..
            }
            | Event::Return {
                side,
                call,
                returned,
                ..
            } => {
                let kernel = self.0.of_mut(*side);
                let moved = returned.parse().unwrap_or(0);
                match name(call) {
                    "socket" if call.contains("DGRAM") => kernel.is_datagram = true,
                    "send" | "sendto" | "sendmsg" | "write" => kernel.given += moved,
                    "recv" | "recvfrom" | "recvmsg" | "read" if failed(returned) => {}
                    "recv" | "recvfrom" | "recvmsg" | "read" => {
                        if !kernel.datagrams.is_empty() {
                            kernel.datagrams.remove(0);
                        }
                        kernel.taken += moved;
                    }
                    // What wasn't read is thrown away.
                    "close" => {
                        kernel.taken = kernel.arrived;
                        kernel.datagrams.clear();
                    }
                    _ => {}
                }
            }
            Event::Packet {
                from,
                kind,
                bytes,
                seq,
                ack,
                lost,
                ..
            } => {
                let datagram = kind == "UDP";
                let (sender, receiver) = (*from, from.other());
                if datagram || kind.starts_with("message") {
                    let sent = self.0.of_mut(sender);
                    sent.confirmed = sent.given;
                }
                if *lost {
                    return;
                }
                if let Some(ack) = ack {
                    let other = self.0.of_mut(receiver);
                    // Maybe one more than was given: the FIN has a number as well.
                    other.confirmed = other.confirmed.max(*ack);
                }
                let arrived = self.0.of_mut(receiver);
                match seq {
                    _ if datagram => arrived.datagrams.push(*bytes),
                    Some(seq) if *seq <= arrived.arrived => {
                        arrived.arrived = arrived.arrived.max(seq + bytes);
                    }
                    None if kind.starts_with("message") => arrived.arrived += bytes,
                    _ => {}
                }
                // A reset throws away what wasn't confirmed, on both sides.
                if kind.contains("RST") {
                    for side in [Side::Client, Side::Server] {
                        let kernel = self.0.of_mut(side);
                        kernel.confirmed = kernel.given;
                    }
                }
            }
            _ => {}
        }
    }

    fn buffers(&self) -> Both<Buffers> {
        let of = |kernel: &Kernel| Buffers {
            send: match kernel.is_datagram {
                true => 0,
                false => kernel.given.saturating_sub(kernel.confirmed),
            },
            receive: match kernel.is_datagram {
                true => kernel.datagrams.iter().sum(),
                false => kernel.arrived.saturating_sub(kernel.taken),
            },
        };
        Both {
            client: of(&self.0.client),
            server: of(&self.0.server),
        }
    }
}

/// The clients that wait for the server, as the packets and `accept` tell.
#[derive(Default)]
struct Line {
    halves: Vec<Option<usize>>,
    wholes: Vec<Option<usize>>,
}

impl Line {
    fn after(&mut self, event: &Event) {
        match event {
            Event::Packet {
                from: Side::Server,
                who,
                kind,
                ..
            } if kind == "SYN ACK" => {
                self.halves.push(*who);
            }
            Event::Packet {
                from: Side::Client,
                who,
                kind,
                lost: false,
                ..
            } if kind.contains("ACK") && self.halves.contains(who) => {
                self.halves.retain(|one| one != who);
                self.wholes.push(*who);
            }
            Event::Call {
                call,
                returned: Some(returned),
                ..
            }
            | Event::Return { call, returned, .. }
                if name(call) == "accept" && !failed(returned) && !self.wholes.is_empty() =>
            {
                self.wholes.remove(0);
            }
            _ => {}
        }
    }

    fn queues(&self) -> Queues {
        Queues {
            syn: self.halves.len(),
            accept: self.wholes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(side: Side, call: &str, returned: &str) -> Event {
        Event::Call {
            side,
            who: None,
            call: call.to_owned(),
            returned: Some(returned.to_owned()),
            error: None,
            line: None,
        }
    }

    fn packet(from: Side, kind: &str, bytes: u64, seq: Option<u64>, ack: u64, lost: bool) -> Event {
        let ack = (kind != "UDP").then_some(ack);
        let kind = kind.to_owned();
        Event::Packet {
            from,
            who: None,
            kind,
            bytes,
            seq,
            ack,
            again: false,
            lost,
        }
    }

    /// After each event: the client's send buffer, and the server's receive buffer.
    fn buffers(events: &[Event]) -> Vec<(u64, u64)> {
        let of = |step: &Step| {
            let buffers = step.buffers.clone().expect("there are packets");
            (buffers.client.send, buffers.server.receive)
        };
        steps(events).iter().map(of).collect()
    }

    #[test]
    fn bytes_are_held_until_they_are_acknowledged_and_read() {
        use Side::{Client, Server};
        let found = buffers(&[
            call(Client, "send(5 bytes)", "5"),
            packet(Client, "PSH ACK", 5, Some(0), 0, false),
            packet(Server, "ACK", 0, None, 5, false),
            call(Server, "recv(4 bytes)", "4"),
            call(Server, "recv(4 bytes)", "EAGAIN"),
            call(Server, "close()", "0"),
        ]);
        assert_eq!(found, [(5, 0), (5, 5), (0, 5), (0, 1), (0, 1), (0, 0)]);
    }

    #[test]
    fn what_is_lost_or_comes_twice_is_not_counted_as_arrived() {
        use Side::Client;
        let found = buffers(&[
            call(Client, "send(5 bytes)", "5"),
            packet(Client, "PSH ACK", 5, Some(0), 0, true),
            packet(Client, "PSH ACK", 5, Some(0), 0, false),
            packet(Client, "PSH ACK", 5, Some(0), 0, false),
        ]);
        assert_eq!(found, [(5, 0), (5, 0), (5, 5), (5, 5)]);
    }

    #[test]
    fn recv_takes_a_whole_datagram() {
        use Side::{Client, Server};
        let found = buffers(&[
            call(Client, "socket(SOCK_DGRAM)", "4"),
            call(Server, "socket(SOCK_DGRAM)", "3"),
            call(Client, "sendto(9 bytes)", "9"),
            packet(Client, "UDP", 9, None, 0, false),
            call(Server, "recvfrom(4 bytes)", "4"),
        ]);
        assert_eq!(found, [(0, 0), (0, 0), (0, 0), (0, 9), (0, 0)]);
    }
}
