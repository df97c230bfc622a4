//! # Lesson 4: common calls
//!
//! What both sides do once they are connected: talking, asking, hanging up.

mod ancillary;
mod close;
mod datagram;
mod message;
mod names;
mod sendfile;
mod stream;

pub use ancillary::{Ancillary, CMSG_LEN, CMSG_SPACE, PacketInfo, SendAncillary};
pub use close::{SHUT_RD, SHUT_RDWR, SHUT_WR};
pub use datagram::Datagram;
pub use message::{recv_fds, send_fds};

pub use crate::flags::*;
