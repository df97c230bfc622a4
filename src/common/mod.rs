//! # Lesson 4: common calls
//!
//! What both sides do once they are connected: talking, asking, hanging up.

mod close;
mod datagram;
mod names;
mod stream;

pub use close::{SHUT_RD, SHUT_RDWR, SHUT_WR};
pub use datagram::Datagram;

pub use crate::flags::*;
