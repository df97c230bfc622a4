//! The TCP states of both sides, as RFC 9293 has them, followed along the packets.

use std::collections::BTreeMap;

use super::events::{Both, Event, Side};

/// The states of each connection; of the server's listening socket where it has no connection yet.
#[derive(Default)]
pub struct States(BTreeMap<Option<usize>, Both<Option<&'static str>>>);

impl States {
    /// What the event changes: the client's state, then the server's.
    pub fn after(&mut self, event: &Event) -> Vec<Event> {
        let (who, before) = match event {
            Event::Call { who, .. } | Event::Packet { who, .. } => {
                (*who, self.0.get(who).cloned().unwrap_or_default())
            }
            _ => return Vec::new(),
        };
        let now = self.0.entry(who).or_default();
        match event {
            Event::Call { side, call, .. } if call.starts_with("listen(") => {
                *now.of_mut(*side) = Some("LISTEN");
            }
            Event::Packet {
                from, kind, lost, ..
            } if kind != "UDP" => {
                let sender = now.of_mut(*from);
                *sender = sent(*sender, kind);
                if !lost {
                    let receiver = now.of_mut(from.other());
                    *receiver = received(*receiver, kind);
                }
            }
            _ => {}
        }
        let now = now.clone();
        let changed = |side: Side| (before.of(side) != now.of(side)).then(|| (side, *now.of(side)));
        let changes = [Side::Client, Side::Server].into_iter().filter_map(changed);
        // Of several connections each has a server's end of its own, and only the queues show it.
        let changes = changes.filter(|(side, _)| who.is_none() || *side == Side::Client);
        changes
            .filter_map(|(side, state)| event_of(side, who, state))
            .collect()
    }

    /// A State event for each state.
    pub fn now(&self) -> Vec<Event> {
        let sides = |(who, both): (&Option<usize>, &Both<Option<&'static str>>)| {
            [
                (Side::Client, *who, both.client),
                (Side::Server, *who, both.server),
            ]
        };
        let all = self.0.iter().flat_map(sides);
        all.filter_map(|(side, who, state)| event_of(side, who, state))
            .collect()
    }
}

fn event_of(side: Side, who: Option<usize>, state: Option<&'static str>) -> Option<Event> {
    let state = state?.to_owned();
    Some(Event::State { side, who, state })
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
