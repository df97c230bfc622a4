//! # Lesson 4: common calls
//!
//! What both sides do once they are connected: talking, asking, hanging up.

#[cfg(target_os = "linux")]
mod ancillary;
mod close;
mod datagram;
#[cfg(target_os = "linux")]
mod message;
mod names;
#[cfg(target_os = "linux")]
mod sendfile;
mod stream;

#[cfg(target_os = "linux")]
pub use ancillary::{Ancillary, CMSG_LEN, CMSG_SPACE, PacketInfo, SendAncillary};
pub use close::{SHUT_RD, SHUT_RDWR, SHUT_WR};
pub use datagram::Datagram;
#[cfg(target_os = "linux")]
pub use message::{recv_fds, send_fds};

pub use crate::flags::*;
