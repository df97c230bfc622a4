//! Bytes in and out: what the calls of lesson 4 and the files of lesson 6 have in common.

use std::cell::Cell;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, Result as SysResult};
use rustix::net::{RecvFlags, SocketAddrAny, recv, recvfrom, send};

use crate::address::Address;
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::flags::{MSG_OOB, MSG_PEEK, MsgFlags};
use crate::kinds::SOCK_STREAM;
use crate::socket::{Received, Socket};
use crate::sys;
use crate::trace::{self, Facts};

/// Not all of the data could be sent.
pub(crate) struct Unsent {
    /// What was.
    pub(crate) sent: usize,
    pub(crate) cause: Cause,
}

/// No datagram over IP is longer.
pub(crate) const LONGEST_DATAGRAM: usize = 65_535;

thread_local! {
    /// Room for the whole of any datagram, once a thread has needed it.
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Socket {
    /// One receive into the spare capacity of `data`, which must have some. Returns how long the
    /// message was, which may be more than there was room for.
    #[inline(always)]
    pub(crate) fn receive_once(&self, data: &mut Vec<u8>, flags: MsgFlags) -> SysResult<usize> {
        let bits = self.recv_bits(flags);
        if self.received().is_counted() && flags.count_what_they_write() {
            recv(self, spare_capacity(data), bits).map(|(_, len)| len)
        } else {
            self.receive_carefully(data, flags, bits)
                .map(|(len, _)| len)
        }
    }

    /// The flags of a receive that need not know how long a message really was that stays in the
    /// queue. Then it asks for what is written, which is less where SO_PEEK_OFF has it start in the
    /// middle.
    #[inline]
    pub(crate) fn recv_bits(&self, flags: MsgFlags) -> RecvFlags {
        let bits = self.recv_flags() | flags.recv();
        if flags.contains(MSG_PEEK) && !flags.wants_length() {
            bits.difference(sys::TELL_LENGTH)
        } else {
            bits
        }
    }

    /// As [`receive_once`](Socket::receive_once), with the sender; `data` may be without capacity.
    #[inline]
    pub(crate) fn receive_from_once(
        &self,
        data: &mut Vec<u8>,
        flags: MsgFlags,
    ) -> SysResult<(usize, Address)> {
        let plain = self.received().is_counted() && flags.count_what_they_write();
        let (len, from) = if plain && data.capacity() > data.len() {
            let bits = self.recv_flags() | flags.recv();
            let (_, len, from) = recvfrom(self, spare_capacity(data), bits)?;
            (len, from)
        } else {
            self.receive_carefully(data, flags, self.recv_flags() | flags.recv())?
        };
        Ok((len, self.sender(from)))
    }

    /// The kernel may count bytes that it does not write: MSG_TRUNC on a TCP stream throws them
    /// away, MSG_PEEK with SO_PEEK_OFF starts in the middle of a datagram that it counts from its
    /// beginning, and other protocols have rules of their own. What the memory held before must not
    /// come out, so it is zeroed first.
    #[cold]
    #[inline(never)]
    fn receive_carefully(
        &self,
        data: &mut Vec<u8>,
        flags: MsgFlags,
        bits: RecvFlags,
    ) -> SysResult<(usize, Option<SocketAddrAny>)> {
        let (start, end) = (data.len(), data.capacity());
        if self.is_cut(flags) {
            return self.receive_whole(bits, |whole| {
                data.extend_from_slice(&whole[..whole.len().min(end - start)]);
            });
        }
        data.resize(end, 0);
        let outcome = self.receive_slice_from(&mut data[start..], flags, bits);
        let len = outcome.as_ref().map_or(0, |(len, _)| *len);
        data.truncate(start + len.min(end - start));
        outcome
    }

    /// One receive into a slice, with these flags in `bits` and others: how long the message was,
    /// and who sent it.
    pub(crate) fn receive_slice_from(
        &self,
        buffer: &mut [u8],
        flags: MsgFlags,
        bits: RecvFlags,
    ) -> SysResult<(usize, Option<SocketAddrAny>)> {
        if self.is_cut(flags) {
            return self.receive_whole(bits, |whole| {
                let room = whole.len().min(buffer.len());
                buffer[..room].copy_from_slice(&whole[..room]);
            });
        }
        let (_, len, from) = recvfrom(self, buffer, bits)?;
        Ok((len, from))
    }

    /// Whether the kernel cuts these messages without saying how long they were.
    #[inline]
    pub(crate) fn is_cut(&self, flags: MsgFlags) -> bool {
        self.received() == Received::Cut || flags.is_errqueue()
    }

    /// One receive into room for the whole of any message.
    fn receive_whole(
        &self,
        bits: RecvFlags,
        keep: impl FnOnce(&[u8]),
    ) -> SysResult<(usize, Option<SocketAddrAny>)> {
        let mut room = ROOM.take();
        // Zeroed when the thread first needs it.
        room.resize(LONGEST_DATAGRAM, 0);
        let outcome = recvfrom(self, &mut room[..], bits);
        if let Ok((_, len, _)) = &outcome {
            keep(&room[..*len]);
        }
        ROOM.set(room);
        outcome.map(|(_, len, from)| (len, from))
    }

    /// The address of a sender. It is translated here and not later, since the kernel's form is
    /// large to carry around.
    #[inline]
    pub(crate) fn sender(&self, from: Option<SocketAddrAny>) -> Address {
        if self.is_unix() {
            Address::from_kernel(from)
        } else {
            Address::from_ip(from)
        }
    }

    /// Receives until something came, or until nothing more can come: 0 bytes. `failed`: the first
    /// try.
    pub(crate) fn until_end(
        &self,
        flags: MsgFlags,
        receive: impl FnMut() -> SysResult<usize>,
        failed: Option<Errno>,
    ) -> Result<usize, Cause> {
        match self.run_slow(flags.recv_ready(), receive, failed) {
            Err(Cause::HungUp) => Ok(0),
            outcome => outcome,
        }
    }

    #[inline(always)]
    pub(crate) fn send_once(&self, data: &[u8], flags: MsgFlags) -> SysResult<usize> {
        let most = sys::at_once(data.len());
        let data = if most < data.len() && self.kind() == SOCK_STREAM && !flags.contains(MSG_OOB) {
            &data[..most]
        } else {
            data
        };
        send(self, data, self.send_flags() | flags.send())
    }

    /// Sends all of the data under one deadline.
    #[inline]
    pub(crate) fn send_whole(&self, data: &[u8], flags: MsgFlags) -> Result<(), Unsent> {
        if trace::ON {
            return self.send_whole_within(data, flags, &mut Deadline::default());
        }
        match self.send_once(data, flags) {
            Ok(sent) if sent == data.len() => Ok(()),
            first => self.send_rest(data, flags, &mut Deadline::default(), first),
        }
    }

    /// Sends all of the data under the deadline of a call that does more than this.
    pub(crate) fn send_whole_within(
        &self,
        data: &[u8],
        flags: MsgFlags,
        deadline: &mut Deadline,
    ) -> Result<(), Unsent> {
        trace::waiting(|| self.send_rest(data, flags, deadline, self.send_once(data, flags)))
    }

    /// The error of a call that sent a part.
    #[cold]
    pub(crate) fn unsent(&self, call: Call, Unsent { sent, cause }: Unsent) -> Error {
        let error = Error::new(call, cause).after_sending(sent);
        trace::event(call, Some(self.number()), &Facts::bytes(sent), Some(&error));
        error
    }

    /// The first send was short or failed.
    #[cold]
    fn send_rest(
        &self,
        data: &[u8],
        flags: MsgFlags,
        deadline: &mut Deadline,
        first: SysResult<usize>,
    ) -> Result<(), Unsent> {
        let mut sent = 0;
        let mut outcome = first;
        loop {
            let step = match outcome {
                Ok(more) => {
                    sent += more;
                    if sent == data.len() {
                        return Ok(());
                    }
                    deadline.check(self)
                }
                Err(errno) => deadline.wait_or_fail(self, flags.send_ready(), errno),
            };
            step.map_err(|cause| Unsent { sent, cause })?;
            outcome = self.send_once(&data[sent..], flags);
        }
    }
}
