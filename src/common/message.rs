//! Lesson 4, messages: sendmsg, recvmsg, recvmsg_into.

use std::ffi::OsStr;
use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;

use socket2::SockAddr;

use super::ancillary::{Ancillary, SendAncillary, encode};
use super::datagram::Datagram;
use super::incoming::received;
use crate::address::{Address, ToAddress};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::Result;
use crate::flags::{MSG_TRUNC, MsgFlags};
use crate::kinds::SOCK_STREAM;
use crate::language::say;
use crate::socket::Socket;
use crate::sys::message as sys;
use crate::trace::Facts;

/// # Lesson 4: messages
impl Socket {
    /// Sends bytes from several buffers as one message, with ancillary data: Python's
    /// `s.sendmsg(buffers, ancdata)`. Returns the number of bytes.
    ///
    /// The buffers need not be joined, which saves a copy. On a stream it may send fewer bytes than
    /// all, as [`send`](Socket::send) does; the ancillary data has gone with the first of them, and
    /// goes with at least one.
    ///
    /// System calls: one [sendmsg(2)](https://man7.org/linux/man-pages/man2/sendmsg.2.html) with
    /// MSG_NOSIGNAL; where there is no room and there is a timeout, one `ppoll` and a second
    /// `sendmsg`.
    ///
    /// # Errors
    ///
    /// As for [`send`](Socket::send). EMSGSIZE for more than 1,024 buffers; EINVAL for ancillary data
    /// that the socket does not know, or more than 253 descriptors; ETOOMANYREFS if too many
    /// descriptors are on their way; EPERM for credentials that are not this process's.
    /// [bad input](crate::Error::is_bad_input) for ancillary data without a byte on a stream, which would be
    /// lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// let sent = a.sendmsg(&[IoSlice::new(b"head "), IoSlice::new(b"and body")], &[])?;
    /// assert_eq!(sent, 13);
    /// assert_eq!(b.recv(100)?, b"head and body");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn sendmsg(
        &self,
        buffers: &[IoSlice<'_>],
        ancillary: &[SendAncillary<'_>],
    ) -> Result<usize> {
        self.sendmsg_with_flags(buffers, ancillary, MsgFlags::NONE)
    }

    /// As [`sendmsg`](Socket::sendmsg), with flags: Python's `s.sendmsg(buffers, ancdata, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`sendmsg`](Socket::sendmsg).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use socketbook::{MSG_DONTWAIT, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// let block = [0; 65_536];
    /// let buffers = [IoSlice::new(&block); 100];
    /// let error = loop {
    ///     match a.sendmsg_with_flags(&buffers, &[], MSG_DONTWAIT) {
    ///         Ok(sent) => assert!(sent > 0),
    ///         Err(error) => break error,
    ///     }
    /// };
    /// assert!(error.is_would_block());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn sendmsg_with_flags(
        &self,
        buffers: &[IoSlice<'_>],
        ancillary: &[SendAncillary<'_>],
        flags: MsgFlags,
    ) -> Result<usize> {
        let outcome = if ancillary.is_empty() {
            self.run(flags.send_ready(), || {
                sys::gather(self, buffers, self.send_flags() | flags.send())
            })
        } else {
            self.send_message(buffers, ancillary, flags)
        };
        self.finish_with(Call::Sendmsg, outcome, |sent| Facts::bytes(*sent))
    }

    /// As [`sendmsg`](Socket::sendmsg), with flags and an address: Python's
    /// `s.sendmsg(buffers, ancdata, flags, address)`.
    ///
    /// # Errors
    ///
    /// As for [`sendmsg`](Socket::sendmsg) and [`sendto`](Socket::sendto).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use socketbook::{MsgFlags, SendAncillary, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    ///
    /// let client = Socket::udp()?;
    /// let near = [SendAncillary::HopLimit(1)];
    /// client.sendmsg_to(&[IoSlice::new(b"hello")], &near, MsgFlags::NONE, server.getsockname()?)?;
    /// assert_eq!(server.recv(100)?, b"hello");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn sendmsg_to(
        &self,
        buffers: &[IoSlice<'_>],
        ancillary: &[SendAncillary<'_>],
        flags: MsgFlags,
        address: impl ToAddress,
    ) -> Result<usize> {
        self.with_address(
            Call::Sendmsg,
            &address.target(),
            |address| {
                let control = self.control(buffers, ancillary)?;
                let address = sockaddr(address)?;
                self.send_control(buffers, &control, flags, Some(&address))
            },
            |sent| Some(*sent),
        )
    }

    fn send_message(
        &self,
        buffers: &[IoSlice<'_>],
        ancillary: &[SendAncillary<'_>],
        flags: MsgFlags,
    ) -> Result<usize, Cause> {
        let control = self.control(buffers, ancillary)?;
        self.send_control(buffers, &control, flags, None)
    }

    fn control(
        &self,
        buffers: &[IoSlice<'_>],
        ancillary: &[SendAncillary<'_>],
    ) -> Result<Vec<u8>, Cause> {
        if !ancillary.is_empty() {
            self.carries(buffers)?;
        }
        encode(ancillary, self.family())
    }

    /// On a stream, ancillary data goes with a byte, and without one the kernel drops it in silence.
    pub(super) fn carries(&self, buffers: &[IoSlice<'_>]) -> Result<(), Cause> {
        if self.kind() == SOCK_STREAM && buffers.iter().all(|buffer| buffer.is_empty()) {
            let why = say!(
                "on a stream, ancillary data goes with at least one byte, and there is none",
                "在流上，辅助数据至少要跟着一个字节走，而这里一个也没有"
            );
            return Err(Cause::bad_input(why));
        }
        Ok(())
    }

    #[inline]
    pub(super) fn send_control(
        &self,
        buffers: &[IoSlice<'_>],
        control: &[u8],
        flags: MsgFlags,
        address: Option<&SockAddr>,
    ) -> Result<usize, Cause> {
        self.run(flags.send_ready(), || {
            let bits = self.send_flags() | flags.send();
            sys::sendmsg(self, buffers, control, bits, address)
        })
    }

    /// Receives a message with its ancillary data: Python's `s.recvmsg(bufsize, ancbufsize)`.
    /// Returns the bytes, the ancillary data, flags, and the sender's address.
    ///
    /// `ancbufsize` is the room for ancillary data, in bytes: the sum of [`CMSG_SPACE`](crate::CMSG_SPACE) of each item,
    /// such as `CMSG_SPACE(12)` for credentials. What there is no room for is lost, and
    /// [`MSG_CTRUNC`](crate::MSG_CTRUNC) among the flags says so; descriptors that are lost are
    /// closed, and those that arrive are closed on exec. [`MSG_TRUNC`] says that the message itself
    /// was cut.
    ///
    /// [`MSG_CTRUNC`](crate::MSG_CTRUNC) is set, too, where the process cannot have more descriptors
    /// (EMFILE): the first ones are there, the rest are closed.
    ///
    /// Descriptors come only over Unix sockets, and anyone who can send there can send some.
    ///
    /// System calls: one [recvmsg(2)](https://man7.org/linux/man-pages/man2/recvmsg.2.html); where
    /// nothing has arrived and there is a timeout, one `ppoll` and a second `recvmsg`. Descriptors cost
    /// five more, and one each, where other ancillary data can come too: with room for more than two
    /// of them, with SO_PASSCRED or a timestamp, on a socket that was adopted or has a duplicate. The
    /// memory is zeroed first; that of [`recvmsg_into`](Socket::recvmsg_into) is not.
    ///
    /// # Errors
    ///
    /// As for [`recvfrom`](Socket::recvfrom).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::{IoSlice, Read};
    /// use std::os::fd::AsFd;
    /// use socketbook::{Ancillary, CMSG_LEN, SendAncillary, socketpair};
    ///
    /// let (a, b) = socketpair()?;
    /// let file = File::open("/proc/self/comm")?;
    /// a.sendmsg(&[IoSlice::new(b"read this")], &[SendAncillary::Rights(&[file.as_fd()])])?;
    ///
    /// let (data, ancillary, flags, _) = b.recvmsg(100, CMSG_LEN(4))?;
    /// assert_eq!(data, b"read this");
    /// assert!(flags.is_empty(), "nothing was cut");
    /// for item in ancillary {
    ///     if let Ancillary::Rights(fds) = item {
    ///         for fd in fds {
    ///             let mut text = String::new();
    ///             File::from(fd).read_to_string(&mut text)?;
    ///             assert!(!text.is_empty());
    ///         }
    ///     }
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn recvmsg(
        &self,
        bufsize: usize,
        ancbufsize: usize,
    ) -> Result<(Datagram, Vec<Ancillary>, MsgFlags, Address)> {
        self.recvmsg_with_flags(bufsize, ancbufsize, MsgFlags::NONE)
    }

    /// As [`recvmsg`](Socket::recvmsg), with flags: Python's
    /// `s.recvmsg(bufsize, ancbufsize, flags)`.
    ///
    /// With [`MSG_PEEK`](crate::MSG_PEEK) descriptors arrive each time, as duplicates.
    ///
    /// # Errors
    ///
    /// As for [`recvmsg`](Socket::recvmsg).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{MSG_PEEK, MSG_TRUNC, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// Socket::udp()?.sendto(b"hello", server.getsockname()?)?;
    ///
    /// let (data, _, flags, _) = server.recvmsg_with_flags(2, 0, MSG_PEEK)?;
    /// assert_eq!((data.as_ref(), data.full_len()), (&b"he"[..], 5));
    /// assert!(flags.contains(MSG_TRUNC));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn recvmsg_with_flags(
        &self,
        bufsize: usize,
        ancbufsize: usize,
        flags: MsgFlags,
    ) -> Result<(Datagram, Vec<Ancillary>, MsgFlags, Address)> {
        let outcome = self.receive_message_vec(bufsize, ancbufsize, flags);
        let (data, mut incoming) = self.finish_with(Call::Recvmsg, outcome, received)?;
        Ok((data, incoming.ancillary(), incoming.flags, incoming.from))
    }

    /// Receives a message into several buffers, one filled after the other: Python's
    /// `s.recvmsg_into(buffers, ancbufsize)`. Returns how many bytes, the ancillary data, flags, and
    /// the sender's address.
    ///
    /// As [`recvmsg`](Socket::recvmsg) otherwise, without an allocation for the bytes. The number is
    /// of bytes in the buffers, unless MSG_TRUNC asks for the message's.
    ///
    /// # Errors
    ///
    /// As for [`recvmsg`](Socket::recvmsg). EMSGSIZE for more than 1,024 buffers.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSliceMut;
    /// use socketbook::socketpair;
    ///
    /// let (a, b) = socketpair()?;
    /// a.sendall(b"headbody")?;
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let mut buffers = [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// let (n, _, _, _) = b.recvmsg_into(&mut buffers, 0)?;
    /// assert_eq!((n, &head, &body[..n - 4]), (8, b"head", &b"body"[..]));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn recvmsg_into(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        ancbufsize: usize,
    ) -> Result<(usize, Vec<Ancillary>, MsgFlags, Address)> {
        self.recvmsg_into_with_flags(buffers, ancbufsize, MsgFlags::NONE)
    }

    /// As [`recvmsg_into`](Socket::recvmsg_into), with flags: Python's
    /// `s.recvmsg_into(buffers, ancbufsize, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`recvmsg_into`](Socket::recvmsg_into).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSliceMut;
    /// use socketbook::{MSG_DONTWAIT, socketpair};
    ///
    /// let (_a, b) = socketpair()?;
    /// let mut buffer = [0; 4];
    /// let mut buffers = [IoSliceMut::new(&mut buffer)];
    /// let error = b.recvmsg_into_with_flags(&mut buffers, 0, MSG_DONTWAIT).unwrap_err();
    /// assert!(error.is_would_block());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn recvmsg_into_with_flags(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        ancbufsize: usize,
        flags: MsgFlags,
    ) -> Result<(usize, Vec<Ancillary>, MsgFlags, Address)> {
        let room: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        let outcome = self.receive_message(buffers, ancbufsize, flags);
        let mut incoming = self.finish_with(Call::RecvmsgInto, outcome, |incoming| {
            Facts::address(&incoming.from).and_bytes(Some(incoming.len.min(room)))
        })?;
        let len = match flags.contains(MSG_TRUNC) {
            true => incoming.len,
            false => incoming.len.min(room),
        };
        Ok((len, incoming.ancillary(), incoming.flags, incoming.from))
    }
}

fn sockaddr(address: &Address) -> Result<SockAddr, Cause> {
    Ok(match address {
        Address::V4(v4) => SockAddr::from(SocketAddr::V4(*v4)),
        Address::V6(v6) => SockAddr::from(SocketAddr::V6(*v6)),
        unix => SockAddr::unix(OsStr::from_bytes(unix.unix_bytes()))?,
    })
}
