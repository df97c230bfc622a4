//! # Lesson 4: common calls
//!
//! What both sides do once they can talk: sending and receiving, asking who is there, hanging up.
//!
//! | call | what it does |
//! |---|---|
//! | [`Socket::recv`](crate::Socket::recv), [`Socket::recv_into`](crate::Socket::recv_into) | receives what has arrived, which may be less than you asked for |
//! | [`Socket::send`](crate::Socket::send), [`Socket::sendall`](crate::Socket::sendall) | sends some of the bytes; sends all of them |
//! | [`Socket::recvfrom`](crate::Socket::recvfrom), [`Socket::recvfrom_into`](crate::Socket::recvfrom_into), [`Socket::sendto`](crate::Socket::sendto) | datagrams, with the peer's address |
//! | [`Socket::getsockname`](crate::Socket::getsockname), [`Socket::getpeername`](crate::Socket::getpeername) | the addresses of this end and of the other |
//! | [`Socket::shutdown`](crate::Socket::shutdown), [`Socket::close`](crate::Socket::close), [`Socket::detach`](crate::Socket::detach) | ends one direction; ends it all; gives the descriptor away |
//!
//! The options of a socket ([`Socket::getsockopt`](crate::Socket::getsockopt), [`Socket::setsockopt`](crate::Socket::setsockopt)) are in
//! [`options`](crate::options). On Linux there are also messages with ancillary data, such as
//! descriptors (`sendmsg`, `recvmsg`, `send_fds`, `recv_fds`), and `sendfile`. Each call that sends or
//! receives has a form with [`MsgFlags`].
//!
//! ```
//! use socketbook::{SHUT_WR, Socket, socketpair};
//!
//! let (a, b) = socketpair()?;
//! a.sendall(b"hello")?;
//! assert_eq!(b.recv(2)?, b"he");
//! assert_eq!(b.recv(1024)?, b"llo");
//! a.shutdown(SHUT_WR)?;
//! assert_eq!(b.recv(1024)?, b"", "empty: the peer sends no more");
//!
//! let server = Socket::udp()?;
//! server.bind(("127.0.0.1", 0))?;
//! let client = Socket::udp()?;
//! client.sendto(b"hello", server.getsockname()?)?;
//! let (data, addr) = server.recvfrom(1024)?;
//! server.sendto(&data, addr)?;
//! assert_eq!(client.recvfrom(1024)?.0, b"hello");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 4 of the book, *Common calls*, teaches them.

#[cfg(target_os = "linux")]
mod ancillary;
mod close;
mod datagram;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod incoming;
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
pub use descriptors::{recv_fds, send_fds};

pub use crate::flags::*;
