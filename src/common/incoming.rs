//! Lesson 4, messages: receiving one, with whatever comes with it.

use std::io::IoSliceMut;
use std::mem;
use std::os::fd::OwnedFd;

use rustix::io::Result as SysResult;

use super::ancillary::{Ancillary, decode};
use super::datagram::Datagram;
use crate::address::Address;
use crate::cause::Cause;
use crate::error::Result;
use crate::flags::{MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_TRUNC, MsgFlags};
use crate::kinds::{AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM};
use crate::memory::{shrink, try_zeroed};
use crate::socket::{Received, Socket};
use crate::sys::control::item_len;
use crate::sys::message::{self as sys, Head, Sender};
use crate::trace::Facts;
use crate::transfer::LONGEST_DATAGRAM;

/// How long credentials are.
pub(super) const CREDENTIALS: usize = 12;

/// What one receive found.
pub(super) struct Incoming {
    /// How long the message was, which may be more than there was room for.
    pub(super) len: usize,
    pub(super) flags: MsgFlags,
    /// Descriptors, where nothing else can come.
    pub(super) rights: Vec<OwnedFd>,
    pub(super) ancillary: Vec<Ancillary>,
    pub(super) from: Address,
}

impl Incoming {
    pub(super) fn ancillary(&mut self) -> Vec<Ancillary> {
        if !self.rights.is_empty() {
            let rights = mem::take(&mut self.rights);
            self.ancillary.push(Ancillary::Rights(rights));
        }
        mem::take(&mut self.ancillary)
    }
}

impl Socket {
    pub(super) fn receive_message_vec(
        &self,
        bufsize: usize,
        room: usize,
        flags: MsgFlags,
    ) -> Result<(Datagram, Incoming), Cause> {
        let mut data = try_zeroed(bufsize)?;
        let incoming = self.receive_message(&mut [IoSliceMut::new(&mut data)], room, flags)?;
        data.truncate(incoming.len);
        shrink(&mut data);
        Ok((Datagram::new(data, incoming.len), incoming))
    }

    /// Receives one message; at the end, an empty one from no one.
    pub(super) fn receive_message(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        room: usize,
        flags: MsgFlags,
    ) -> Result<Incoming, Cause> {
        // With room for credentials, they could come though this socket knows nothing of it: by a
        // duplicate in another process, say.
        let rights_alone = self.rights_alone() && room < item_len(CREDENTIALS);
        let mut control = match room > 0 && !rights_alone {
            true => try_zeroed(room)?,
            false => Vec::new(),
        };
        let outcome = self.run(flags.recv_ready(), || {
            self.receive_message_once(buffers, room, &mut control, flags)
        });
        match outcome {
            Err(Cause::HungUp) => Ok(Incoming {
                len: 0,
                flags: MsgFlags::NONE,
                rights: Vec::new(),
                ancillary: Vec::new(),
                from: Address::Unnamed,
            }),
            outcome => outcome,
        }
    }

    fn receive_message_once(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        room: usize,
        control: &mut [u8],
        flags: MsgFlags,
    ) -> SysResult<Incoming> {
        if self.received() == Received::Cut || flags.is_errqueue() {
            // The kernel cuts these messages without saying how long they were. There is room for
            // the whole of any.
            let mut whole = vec![0; LONGEST_DATAGRAM];
            let all = &mut [IoSliceMut::new(&mut whole)];
            let mut incoming = self.receive_control(all, room, control, flags)?;
            let mut rest = &whole[..incoming.len.min(whole.len())];
            for buffer in buffers {
                let (filled, more) = rest.split_at(rest.len().min(buffer.len()));
                buffer[..filled.len()].copy_from_slice(filled);
                rest = more;
            }
            if !rest.is_empty() {
                incoming.flags |= MSG_TRUNC;
            }
            return Ok(incoming);
        }
        self.receive_control(buffers, room, control, flags)
    }

    fn receive_control(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        room: usize,
        control: &mut [u8],
        flags: MsgFlags,
    ) -> SysResult<Incoming> {
        let bits = self.recv_flags() | flags.recv();
        let (head, rights, (ancillary, complete)) = if control.is_empty() {
            let (head, rights) = sys::recvmsg_rights(self, buffers, room, bits)?;
            (head, rights, (Vec::new(), true))
        } else {
            let head = sys::recvmsg(self, buffers, control, bits, self.names())?;
            (head, Vec::new(), decode(control))
        };
        let Head {
            len,
            flags: told,
            from,
        } = head;
        let mut told = MsgFlags::from_bits(told);
        if !flags.contains(MSG_CMSG_CLOEXEC) {
            told = told - MSG_CMSG_CLOEXEC;
        }
        if !complete {
            told |= MSG_CTRUNC;
        }
        Ok(Incoming {
            len,
            flags: told,
            rights,
            ancillary,
            from: self.sender(from),
        })
    }

    /// The address that comes with each message of this socket.
    fn names(&self) -> Sender {
        match (self.family(), self.kind()) {
            (AF_UNIX, _) => Sender::Unix,
            // A connection has one sender, and the kernel does not name it.
            (_, SOCK_STREAM) => Sender::None,
            (AF_INET, _) => Sender::V4,
            (AF_INET6, _) => Sender::V6,
            _ => Sender::None,
        }
    }
}

/// What there is to say of a message that was received.
pub(super) fn received<'a>((data, incoming): &'a (Datagram, Incoming)) -> Facts<'a> {
    Facts::address(&incoming.from).and_bytes(Some(data.len()))
}
