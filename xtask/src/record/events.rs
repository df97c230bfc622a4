//! What a recording consists of: calls, packets, changes of state, notes.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Client,
    Server,
}

impl Side {
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// One thing of each side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both<T> {
    pub client: T,
    pub server: T,
}

impl<T> Both<T> {
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// One thing that happened, in the order in which it happened. `who` is the number of the client
/// where there are several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "event")]
pub enum Event {
    /// A system call, and what it returned if nothing happened in between.
    Call {
        side: Side,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<usize>,
        call: String,
        returned: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// The line of the side's program, counted from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
    },
    /// The return of a call during which something happened.
    Return {
        side: Side,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<usize>,
        call: String,
        returned: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A packet: what it is (`SYN`, `ACK`, `UDP`, …), and how many bytes of data it brings.
    Packet {
        from: Side,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<usize>,
        kind: String,
        bytes: u64,
        /// Where its data begins in its direction's stream, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        /// How many bytes of the other direction it says have arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ack: Option<u64>,
        /// Sent once more.
        #[serde(default, skip_serializing_if = "is_false")]
        again: bool,
        /// It never arrived.
        #[serde(default, skip_serializing_if = "is_false")]
        lost: bool,
    },
    /// The TCP state that one side is in from here on.
    State {
        side: Side,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<usize>,
        state: String,
    },
    /// What happened beside the calls: the network fails, say.
    Note { side: Side, text: String },
}

fn is_false(it: &bool) -> bool {
    !it
}

/// A recording, as it's kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    pub name: String,
    pub title: String,
    /// The lines of both programs that made the calls.
    pub programs: Both<Vec<String>>,
    pub events: Vec<Event>,
}

/// What a call returned if it failed: `ECONNRESET`.
pub fn failed(returned: &str) -> bool {
    returned.starts_with('E')
}

/// The name of a call: `send` of `send(5 bytes)`.
pub fn name(call: &str) -> &str {
    call.split('(').next().unwrap_or(call)
}
