//! One order of what strace and tcpdump wrote, that every recording of a conversation gives.
//!
//! Both write times of the same clock, and still not every order of two times means anything. The
//! kernel may send the answer to a packet within the call that sent the packet, or right after it:
//! then the answer's time lies before or after the call's return, and before or after the next call.
//! So the times are used only where what they tell apart is far apart, and the rest follows from
//! what causes what:
//!
//! * Calls are in strace's order: a conversation is one thread. Packets are in tcpdump's.
//! * Before each of its lines a conversation waits (`conversations::QUIET`) until the packets of the
//!   last one are through. So a packet belongs to the line in which it was seen.
//! * Within a line, a packet that a call made (a SYN, data, a FIN) comes right after that call, and
//!   an answer that the kernel gives at once comes right after the packet it answers. A later one
//!   (an acknowledgment that was held back, a packet sent once more) comes where it was seen.
//! * A call that waits for packets returns after them: `ppoll`, and `connect` and a receive that
//!   failed. Any other returns at once, and what it made the kernel send comes after.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use super::calls::{Call, Traced};
use super::capture::Capture;
use super::conversations::SOURCE;
use super::events::{Both, Event, Recording, Side, failed};
use super::packets::Packet;
use super::states::States;

/// The server's port while a conversation is recorded: the lesson's.
pub const PORT: u16 = 8002;

/// An answer is immediate if it comes within this. A delayed ACK takes 40 ms.
const AT_ONCE: u64 = 20_000_000;

/// A packet that confirms nothing new after so long asks whether the peer is there.
const SILENCE: u64 = 500_000_000;

/// What is drawn of a conversation: from the line that it prints first to its end.
pub fn order(name: &str, title: &str, capture: Capture) -> Result<Recording> {
    let mut packets = capture.packets;
    // The recorder itself sends one more.
    packets.retain(|packet| packet.from == PORT || packet.to == PORT);
    let (told, mark) = told(name, capture.traced)?;
    let clients = Clients::new(&told, &packets);
    let places = places(&told, &packets, &clients);

    let mut raw = Vec::new(); // each with whether it's drawn
    let mut streams = Streams::default();
    let (mut losing, mut lost) = (None, 0);
    let mut pairs = Vec::new(); // the descriptors of socketpair
    for (at, one) in told.iter().enumerate() {
        let drawn = at >= mark;
        let mut here = Vec::new();
        for (packet, _) in packets
            .iter()
            .zip(&places)
            .filter(|(_, place)| **place == Some(at))
        {
            here.push(streams.event(packet, side_of(packet), clients.of_packet(packet)));
        }
        match one {
            Told::Note {
                side, text, losses, ..
            } => {
                if let Some(losses) = losses {
                    losing = *losses;
                }
                raw.push((
                    drawn,
                    Event::Note {
                        side: *side,
                        text: text.clone(),
                    },
                ));
            }
            Told::Call(call) if call.name == "exit_group" => break,
            Told::Call(call) => {
                let side = call.side.unwrap_or(Side::Client);
                let who = clients.of_call(call);
                let (returned, error) = (call.returned.clone(), call.error.clone());
                let text = text(call);
                let begin = Event::Call {
                    side,
                    who,
                    call: text.clone(),
                    returned: None,
                    error: None,
                    line: call.line,
                };
                let end = Event::Return {
                    side,
                    who,
                    call: text,
                    returned,
                    error,
                };
                pairs.extend(call.unix_sockets());
                if call.is(&["sendto", "sendmsg"])
                    && call.fd().is_some_and(|fd| pairs.contains(&fd))
                {
                    // No tcpdump sees it: what a Unix socket sends is in the peer's queue at once.
                    here.push(message(side, call));
                }
                raw.push((drawn, begin));
                if !waits(call) {
                    raw.push((drawn, end.clone()));
                }
                for mut event in here.drain(..) {
                    lose(&mut event, losing, &mut lost);
                    raw.push((drawn, event));
                }
                if waits(call) {
                    raw.push((drawn, end));
                }
            }
        }
        for mut event in here {
            lose(&mut event, losing, &mut lost);
            raw.push((drawn, event));
        }
    }
    // nft goes on counting when the sockets are closed at the end.
    let after_it = packets
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none());
    lost += after_it
        .filter(|(packet, _)| losing == Some(side_of(packet)))
        .count();
    ensure!(
        lost == capture.lost,
        "{lost} packets should be lost, and nft dropped {}",
        capture.lost
    );
    mark_lost(&mut raw);
    let mut events = with_states(joined(raw));
    let programs = programs(&mut events)?;
    Ok(Recording {
        name: name.to_owned(),
        title: title.to_owned(),
        programs,
        events,
    })
}

/// The call, with a word for a client's address: the system chooses its port.
fn text(call: &Call) -> String {
    let text = call.short();
    match call.address() {
        Some(address) if call.port() != Some(PORT) => text.replace(&address, "client's address"),
        _ => text,
    }
}

fn message(from: Side, call: &Call) -> Event {
    let passes = call.short().contains("SCM_RIGHTS");
    Event::Packet {
        from,
        who: None,
        kind: if passes {
            "message with a descriptor"
        } else {
            "message"
        }
        .to_owned(),
        bytes: call.moved(),
        seq: None,
        ack: None,
        again: false,
        lost: false,
    }
}

/// Marks a packet that nft drops.
fn lose(event: &mut Event, losing: Option<Side>, count: &mut usize) {
    if let Event::Packet { from, lost, .. } = event {
        *lost = losing == Some(*from);
        *count += usize::from(*lost);
    }
}

/// Which bytes of each connection's directions have been sent.
#[derive(Default)]
pub struct Streams {
    sent: HashMap<(Side, Option<usize>), u64>,
    confirmed: HashMap<(Side, Option<usize>), u64>,
    last: u64,
}

impl Streams {
    pub fn event(&mut self, packet: &Packet, from: Side, who: Option<usize>) -> Event {
        let seq = packet.seq.filter(|_| packet.bytes > 0);
        let mut again = false;
        if let Some(seq) = seq {
            let sent = self.sent.entry((from, who)).or_default();
            again = seq + packet.bytes <= *sent;
            *sent = (*sent).max(seq + packet.bytes);
        }
        let mut kind = packet.kind.clone();
        let acknowledged = packet.ack.or_else(|| packet.has("SYN").then_some(0));
        let before = acknowledged.and_then(|ack| self.confirmed.insert((from, who), ack));
        let silence = packet
            .time
            .saturating_sub(std::mem::replace(&mut self.last, packet.time));
        if kind == "ACK" && packet.bytes == 0 && before == packet.ack && silence > SILENCE {
            kind += " (keepalive)"; // it confirms nothing new, and no packet or call caused it
        }
        Event::Packet {
            from,
            who,
            kind,
            bytes: packet.bytes,
            seq,
            ack: packet.ack,
            again,
            lost: false,
        }
    }
}

/// What a conversation did and said, in its order.
enum Told {
    Call(Box<Call>),
    Note {
        began: u64,
        side: Side,
        text: String,
        /// From here on the packets of one side get lost, or of none.
        losses: Option<Option<Side>>,
    },
}

impl Told {
    fn began(&self) -> u64 {
        match self {
            Told::Call(call) => call.began,
            Told::Note { began, .. } => *began,
        }
    }

    fn call(&self) -> Option<&Call> {
        match self {
            Told::Call(call) => Some(call),
            Told::Note { .. } => None,
        }
    }
}

/// The calls and notes, each call with its side, its line and its error, and how many come before
/// the first that is drawn.
fn told(name: &str, traced: Vec<Traced>) -> Result<(Vec<Told>, usize)> {
    let (mut side, mut line, mut mark, mut group, mut aside) = (None, None, None, 0, false);
    let mut told: Vec<Told> = Vec::new();
    for one in traced {
        match one {
            Traced::Call(call) if aside && call.name != "exit_group" => {}
            Traced::Call(mut call) => {
                // Before its first line a conversation prepares.
                let bound = call
                    .is(&["bind", "listen", "accept4"])
                    .then_some(Side::Server);
                (call.side, call.line, call.group) = (side.or(bound), line, group);
                told.push(Told::Call(Box::new(call)));
            }
            Traced::Said(began, said) => {
                let said = said.trim_end();
                let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
                let note = |losses| Told::Note {
                    began,
                    side: side.unwrap_or(Side::Client),
                    text: match word {
                        "lost" => rest.split_once(": ").map_or(rest, |(_, text)| text),
                        _ => rest,
                    }
                    .to_owned(),
                    losses,
                };
                match word {
                    _ if said == name => mark = Some(told.len()),
                    "client" | "server" | "client+" | "server+" => {
                        let of = |side: &str| word.starts_with(side);
                        side = Some(if of("client") {
                            Side::Client
                        } else {
                            Side::Server
                        });
                        let number = rest.split(':').next().unwrap_or_default();
                        line = Some(
                            number
                                .parse()
                                .with_context(|| format!("it said {said:?}"))?,
                        );
                        group += usize::from(!word.ends_with('+'));
                    }
                    "error:" => {
                        let last = told.last_mut();
                        let Some(Told::Call(call)) = last else {
                            bail!("{said}, and no call")
                        };
                        call.error = Some(rest.to_owned());
                    }
                    "note:" => told.push(note(None)),
                    "aside" => aside = true,
                    "lost" => {
                        aside = false;
                        let losses = match rest.split(':').next() {
                            Some("client") => Some(Side::Client),
                            Some("server") => Some(Side::Server),
                            _ => None,
                        };
                        told.push(note(Some(losses)));
                    }
                    _ => {} // what a conversation prints besides
                }
            }
        }
    }
    let mark = mark.context("the conversation has not printed its name")?;
    Ok((told, mark))
}

/// A packet is lost if it's sent once more, and nothing has confirmed it before that.
pub fn mark_lost(events: &mut [(bool, Event)]) {
    let mut open: Vec<(Side, Option<usize>, Option<u64>, usize)> = Vec::new();
    let mut gone = Vec::new();
    for (at, (_, event)) in events.iter_mut().enumerate() {
        let Event::Packet {
            from,
            who,
            kind,
            bytes,
            seq,
            ack,
            again,
            ..
        } = event
        else {
            continue;
        };
        // What it confirms isn't open any more.
        let confirms = kind == "SYN ACK" || kind.contains("RST");
        open.retain(|(side, of, seq, _)| {
            let by_number = matches!((*ack, seq), (Some(ack), Some(seq)) if ack > *seq);
            *side == *from || of != who || !(confirms || by_number)
        });
        let number = seq.filter(|_| *bytes > 0);
        if kind == "SYN" || number.is_some() {
            let same = |one: &(Side, Option<usize>, Option<u64>, usize)| {
                (one.0, one.1, one.2) == (*from, *who, number)
            };
            if let Some(before) = open.iter().position(same) {
                gone.push(open.remove(before).3);
                *again = true;
            }
            open.push((*from, *who, number, at));
        }
    }
    // Nor has a SYN arrived that nothing answers: the conversation waits for the answer.
    let unanswered = open.iter().filter(|(_, _, number, _)| number.is_none());
    gone.extend(unanswered.map(|(.., at)| *at));
    for at in gone {
        if let Event::Packet { lost, .. } = &mut events[at].1 {
            *lost = true;
        }
    }
}

/// For each packet the number of what it comes with; none for one from before or after.
fn places(told: &[Told], packets: &[Packet], clients: &Clients) -> Vec<Option<usize>> {
    let end = told.last().map_or(u64::MAX, Told::began);
    // How much each side had given its kernel after each call.
    let mut given: Both<Vec<(usize, u64)>> = Both::default();
    for (at, call) in told
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((at, one.call()?)))
    {
        if call.is(&["sendto", "sendmsg"]) {
            let so_far = given.of_mut(call.side.unwrap_or(Side::Client));
            let before = so_far.last().map_or(0, |(_, bytes)| *bytes);
            so_far.push((at, before + call.moved()));
        }
    }
    let mut places = Vec::new();
    let mut last: Option<(u64, usize)> = None;
    for packet in packets {
        let seen = told
            .partition_point(|one| one.began() <= packet.time)
            .checked_sub(1);
        let Some(seen) = seen.filter(|_| packet.time < end) else {
            places.push(None);
            continue;
        };
        let side = side_of(packet);
        let group = told[seen].call().map(|call| call.group);
        let together =
            |at: usize| told[at].call().map(|call| call.group) == group && group.is_some();
        // The last call of this kind, of the same lines.
        let latest = |names: &[&str]| {
            (0..=seen).rev().take_while(|at| together(*at)).find(|at| {
                told[*at].call().is_some_and(|call| {
                    call.is(names)
                        && call.side == Some(side)
                        && match names {
                            ["connect"] => clients.of_call(call) == clients.of_packet(packet),
                            _ => true,
                        }
                })
            })
        };
        let made_by = if packet.kind == "SYN" {
            latest(&["connect"])
        } else if let Some(seq) = packet.seq.filter(|_| packet.bytes > 0) {
            let gave = given
                .of(side)
                .iter()
                .find(|(_, bytes)| *bytes >= seq + packet.bytes);
            gave.map(|(at, _)| *at)
                .filter(|at| *at <= seen && together(*at))
        } else if packet.kind == "UDP" {
            latest(&["sendto", "sendmsg"])
        } else if packet.has("FIN") {
            latest(&["shutdown", "close"])
        } else {
            let answered = last.filter(|(time, _)| packet.time.saturating_sub(*time) < AT_ONCE);
            answered.map(|(_, at)| at).filter(|at| together(*at))
        };
        let after = last.map_or(0, |(_, at)| at);
        let place = made_by.unwrap_or(seen).max(after);
        last = Some((packet.time, place));
        places.push(Some(place));
    }
    places
}

fn side_of(packet: &Packet) -> Side {
    match packet.from {
        PORT => Side::Server,
        _ => Side::Client,
    }
}

/// Whether the call returns because of the packets that come while it runs.
fn waits(call: &Call) -> bool {
    let at_once = ["EAGAIN", "EINPROGRESS"].contains(&call.returned.as_str());
    match call.name.as_str() {
        "poll" | "ppoll" => true,
        "connect" => !at_once,
        "recvfrom" | "recvmsg" | "accept4" => {
            (failed(&call.returned) && !at_once) || call.took > AT_ONCE
        }
        _ => false,
    }
}

/// The number of each client, where there are several: by its port, and by its descriptor.
struct Clients {
    ports: Vec<u16>,
    descriptors: Vec<u64>,
}

impl Clients {
    fn new(told: &[Told], packets: &[Packet]) -> Clients {
        let mut clients = Clients {
            ports: Vec::new(),
            descriptors: Vec::new(),
        };
        for packet in packets
            .iter()
            .filter(|packet| !packet.kind.starts_with("ICMP"))
        {
            let port = Self::port(packet);
            if !clients.ports.contains(&port) {
                clients.ports.push(port);
            }
        }
        for call in told
            .iter()
            .filter_map(Told::call)
            .filter(|call| call.is(&["connect"]))
        {
            clients
                .descriptors
                .extend(call.fd().filter(|fd| !clients.descriptors.contains(fd)));
        }
        clients
    }

    fn port(packet: &Packet) -> u16 {
        if packet.from == PORT {
            packet.to
        } else {
            packet.from
        }
    }

    fn number<T: PartialEq>(&self, known: &[T], one: T) -> Option<usize> {
        let at = known.iter().position(|other| *other == one)?;
        (self.ports.len() > 1).then_some(at + 1)
    }

    fn of_packet(&self, packet: &Packet) -> Option<usize> {
        self.number(&self.ports, Self::port(packet))
    }

    fn of_call(&self, call: &Call) -> Option<usize> {
        self.number(&self.descriptors, call.fd()?)
    }
}

/// Drops what isn't drawn, once the states have seen it.
pub fn with_states(events: Vec<(bool, Event)>) -> Vec<Event> {
    let (mut states, mut drawn, mut began) = (States::default(), Vec::new(), false);
    for (draw, event) in events {
        if draw && !began {
            began = true;
            drawn.extend(states.now());
        }
        let changes = states.after(&event);
        if draw {
            drawn.push(event);
            drawn.extend(changes);
        }
    }
    drawn
}

/// Joins each return with its call where nothing happened in between.
pub fn joined(events: Vec<(bool, Event)>) -> Vec<(bool, Event)> {
    let mut joined: Vec<(bool, Event)> = Vec::new();
    for (drawn, event) in events {
        match (joined.last_mut(), event) {
            (
                Some((
                    _,
                    Event::Call {
                        returned, error, ..
                    },
                )),
                Event::Return {
                    returned: now,
                    error: text,
                    ..
                },
            ) => (*returned, *error) = (Some(now), text),
            (_, event) => joined.push((drawn, event)),
        }
    }
    joined
}

/// The lines of both programs that made the drawn calls. Their numbers in the events, which are
/// those of the source, become those of the programs.
fn programs(events: &mut [Event]) -> Result<Both<Vec<String>>> {
    let mut numbers = Both::<Vec<usize>>::default();
    for event in events.iter() {
        if let Event::Call {
            side,
            line: Some(line),
            ..
        } = event
        {
            numbers.of_mut(*side).push(*line);
        }
    }
    let mut programs = Both::default();
    for side in [Side::Client, Side::Server] {
        let numbers = numbers.of_mut(side);
        numbers.sort_unstable();
        numbers.dedup();
        *programs.of_mut(side) = numbers.iter().map(|n| shown(*n)).collect::<Result<_>>()?;
    }
    for event in events {
        if let Event::Call {
            side,
            line: Some(line),
            ..
        } = event
        {
            let at = numbers.of(*side).binary_search(line);
            *line = at.map_or(0, |at| at + 1);
        }
    }
    Ok(programs)
}

/// A line of the conversations as the program has it: without `client! { … }` around it.
pub fn shown(number: usize) -> Result<String> {
    let line = SOURCE
        .lines()
        .nth(number.wrapping_sub(1))
        .context("no such line")?
        .trim();
    let (who, inner) = line.split_once("! { ").unwrap_or_default();
    let known = ["client", "server", "client_at_once", "server_at_once"].contains(&who);
    let parts = inner.rsplit_once(" }").filter(|_| known);
    let (code, comment) =
        parts.with_context(|| format!("line {number} is no line of a conversation: {line:?}"))?;
    Ok(format!("{code}{comment}"))
}
