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

use anyhow::{Context, Result, ensure};

use super::calls::{Call, Traced};
use super::conversations::SOURCE;
use super::events::{Both, Event, Recording, Side, failed};
use super::packets::Packet;
use super::states::States;

/// The server's port while a conversation is recorded: the lesson's.
pub const PORT: u16 = 8002;

/// An answer is immediate if it comes within this. A delayed ACK takes 40 ms.
const AT_ONCE: u64 = 20_000_000;

/// What is drawn of a conversation: from the line that it prints first to its end.
pub fn order(
    name: &str,
    title: &str,
    calls: Vec<Traced>,
    mut packets: Vec<Packet>,
) -> Result<Recording> {
    // The recorder itself sends one more.
    packets.retain(|packet| packet.from == PORT || packet.to == PORT);
    let (told, notes, mark) = told(name, calls)?;
    let places = places(&told, &packets);
    let mut clients = Clients::default();
    for packet in &packets {
        clients.of_packet(packet);
    }

    let mut raw = Vec::new(); // each with whether it's drawn
    let mut sent = Both::<u64>::default();
    for (at, call) in told.iter().enumerate() {
        let drawn = at >= mark;
        for (_, note) in notes.iter().filter(|(before, _)| *before == at) {
            raw.push((drawn, note.clone()));
        }
        if call.name == "exit_group" {
            break;
        }
        let side = call.side.unwrap_or(Side::Client);
        let who = clients.of_call(call);
        let error = call.error.clone();
        let text = call.short();
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
            returned: call.returned.clone(),
            error,
        };
        raw.push((drawn, begin));
        let mut here: Vec<Event> = Vec::new();
        for (packet, _) in packets
            .iter()
            .zip(&places)
            .filter(|(_, place)| **place == Some(at))
        {
            let from = side_of(packet);
            let who = clients.of_packet(packet);
            let end_of_it = packet.seq.unwrap_or(0) + packet.bytes;
            let known = sent.of_mut(from);
            let again = packet.bytes > 0 && packet.seq.is_some() && end_of_it <= *known;
            *known = (*known).max(if packet.seq.is_some() { end_of_it } else { 0 });
            here.push(Event::Packet {
                from,
                who,
                kind: packet.kind.clone(),
                bytes: packet.bytes,
                seq: packet.seq.filter(|_| packet.bytes > 0),
                ack: packet.ack,
                again,
                lost: false,
            });
        }
        let here = here.into_iter().map(|event| (drawn, event));
        if waits(call) {
            raw.extend(here);
            raw.push((drawn, end));
        } else {
            raw.push((drawn, end));
            raw.extend(here);
        }
    }
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

/// The calls, each with its side, its line and its error; the notes, each with the number of the
/// call that it comes before; and the number of the first call that is drawn.
#[allow(clippy::type_complexity)]
fn told(name: &str, traced: Vec<Traced>) -> Result<(Vec<Call>, Vec<(usize, Event)>, usize)> {
    let (mut side, mut line, mut mark) = (None, None, None);
    let (mut calls, mut notes) = (Vec::<Call>::new(), Vec::new());
    for one in traced {
        match one {
            Traced::Call(mut call) => {
                // Before its first line a conversation prepares.
                let bound = call
                    .is(&["bind", "listen", "accept4"])
                    .then_some(Side::Server);
                (call.side, call.line) = (side.or(bound), line);
                calls.push(call);
            }
            Traced::Said(said) => {
                let said = said.trim_end();
                let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
                match word {
                    _ if said == name => mark = Some(calls.len()),
                    "client" | "server" => {
                        side = Some(if word == "client" {
                            Side::Client
                        } else {
                            Side::Server
                        });
                        let number = rest.split(':').next().unwrap_or_default();
                        line = Some(
                            number
                                .parse()
                                .with_context(|| format!("{name} said {said:?}"))?,
                        );
                    }
                    "error:" => {
                        let call = calls.last_mut().context("an error without a call")?;
                        ensure!(
                            failed(&call.returned) || call.returned == "0",
                            "{said}, but {call:?}"
                        );
                        call.error = Some(rest.to_owned());
                    }
                    "note:" => notes.push((
                        calls.len(),
                        Event::Note {
                            side: side.unwrap_or(Side::Client),
                            text: rest.to_owned(),
                        },
                    )),
                    _ => {} // what a conversation prints besides
                }
            }
        }
    }
    let mark = mark.context("the conversation has not printed its name")?;
    Ok((calls, notes, mark))
}

/// A packet is lost if it's sent once more, and nothing has confirmed it before that.
fn mark_lost(events: &mut [(bool, Event)]) {
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
    for at in gone {
        if let Event::Packet { lost, .. } = &mut events[at].1 {
            *lost = true;
        }
    }
}

/// For each packet the number of the call that it comes with; none for one from before or after.
fn places(calls: &[Call], packets: &[Packet]) -> Vec<Option<usize>> {
    let mut places: Vec<Option<usize>> = Vec::new();
    let end = calls.last().map_or(u64::MAX, |call| call.began);
    let mut given = HashMap::new(); // how much each connection's side was given, after each call
    let mut last: Option<(u64, usize)> = None;
    for (at, call) in calls.iter().enumerate() {
        if call.is(&["sendto", "sendmsg", "write"]) {
            let so_far: &mut Vec<(usize, u64)> = given.entry(call.side).or_default();
            let before = so_far.last().map_or(0, |(_, bytes)| *bytes);
            so_far.push((at, before + call.moved()));
        }
    }
    for packet in packets {
        let seen = calls
            .partition_point(|call| call.began <= packet.time)
            .checked_sub(1);
        let Some(seen) = seen.filter(|_| packet.time < end) else {
            places.push(None);
            continue;
        };
        let side = Some(side_of(packet));
        let same_line =
            |at: &usize| calls[*at].line == calls[seen].line && calls[*at].side == calls[seen].side;
        let latest = |names: &[&str]| {
            (0..=seen)
                .rev()
                .take_while(same_line)
                .find(|at| calls[*at].is(names) && calls[*at].side == side)
        };
        let made_by = if packet.kind == "SYN" {
            latest(&["connect"])
        } else if packet.bytes > 0 && packet.seq.is_some() {
            let until = packet.seq.unwrap_or(0) + packet.bytes;
            let gave = given
                .get(&side)
                .into_iter()
                .flatten()
                .find(|(_, bytes)| *bytes >= until);
            gave.map(|(at, _)| *at)
                .filter(|at| *at <= seen && same_line(at))
        } else if packet.kind == "UDP" {
            latest(&["sendto", "sendmsg"])
        } else if packet.has("FIN") {
            latest(&["shutdown", "close"])
        } else {
            let answered = last.filter(|(time, _)| packet.time - time < AT_ONCE);
            answered.map(|(_, at)| at).filter(same_line)
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
    let lasts =
        failed(&call.returned) && !["EAGAIN", "EINPROGRESS"].contains(&call.returned.as_str());
    match call.name.as_str() {
        "poll" | "ppoll" => true,
        "connect" => call.returned == "0" || lasts,
        "recvfrom" | "recvmsg" | "accept4" => lasts,
        _ => false,
    }
}

/// The number of each client, where there are several: by its port, and by its descriptor.
#[derive(Default)]
struct Clients {
    ports: Vec<u16>,
    descriptors: Vec<u64>,
}

impl Clients {
    fn number<T: PartialEq>(known: &mut Vec<T>, one: T) -> usize {
        match known.iter().position(|other| *other == one) {
            Some(at) => at + 1,
            None => {
                known.push(one);
                known.len()
            }
        }
    }

    fn of_packet(&mut self, packet: &Packet) -> Option<usize> {
        let port = if packet.from == PORT {
            packet.to
        } else {
            packet.from
        };
        if packet.kind.starts_with("ICMP") {
            return None;
        }
        let number = Self::number(&mut self.ports, port);
        (self.ports.len() > 1).then_some(number)
    }

    fn of_call(&mut self, call: &Call) -> Option<usize> {
        let number = match call.name.as_str() {
            "connect" => Self::number(&mut self.descriptors, call.fd()?),
            _ => {
                self.descriptors
                    .iter()
                    .position(|fd| Some(*fd) == call.fd())?
                    + 1
            }
        };
        (self.ports.len() > 1).then_some(number)
    }
}

/// Drops what isn't drawn, once the states have seen it.
fn with_states(events: Vec<(bool, Event)>) -> Vec<Event> {
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
fn joined(events: Vec<(bool, Event)>) -> Vec<(bool, Event)> {
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
    let inner = line
        .strip_prefix("client! { ")
        .or_else(|| line.strip_prefix("server! { "));
    let (code, comment) = inner
        .and_then(|inner| inner.rsplit_once(" }"))
        .with_context(|| format!("line {number} is no line of a conversation: {line:?}"))?;
    Ok(format!("{code}{comment}"))
}
