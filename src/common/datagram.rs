//! Lesson 4, talking in datagrams: recvfrom, recvfrom_into, sendto.

use std::fmt;
use std::ops::Deref;

use rustix::io::Errno;
use rustix::net::{recvfrom, sendto};

use crate::address::{Address, Target, ToAddress, with_sockaddr};
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::{Failed, first_try};
use crate::error::Result;
use crate::flags::MsgFlags;
use crate::kinds::{AF_INET, AF_INET6};
use crate::memory::{shrink, try_vec};
use crate::socket::{Received, Socket};
use crate::trace::{self, Facts};

/// What [`recvfrom`](Socket::recvfrom) received: the bytes, and how long the datagram really was.
///
/// It is used like a slice of bytes; [`into_vec`](Datagram::into_vec) gives the vector.
///
/// # Examples
///
/// ```
/// use socketbook::Socket;
///
/// let phone = Socket::udp()?;
/// phone.bind(("127.0.0.1", 0))?;
/// Socket::udp()?.sendto(b"0123456789", phone.getsockname()?)?;
///
/// let (data, _) = phone.recvfrom(4)?;
/// assert_eq!(data, b"0123");
/// assert!(data.is_truncated());
/// assert_eq!(data.full_len(), 10);
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Datagram<D = Vec<u8>> {
    data: D,
    full_len: usize,
}

impl<D: AsRef<[u8]>> Datagram<D> {
    pub(super) fn new(data: D, full_len: usize) -> Datagram<D> {
        Datagram { data, full_len }
    }

    /// Whether there was not room for all of it: the rest is lost.
    pub fn is_truncated(&self) -> bool {
        self.full_len > self.data.as_ref().len()
    }

    /// How many bytes were sent, of which [`len`](slice::len) are here.
    pub fn full_len(&self) -> usize {
        self.full_len
    }
}

impl Datagram {
    /// The bytes.
    pub fn into_vec(self) -> Vec<u8> {
        self.data
    }
}

impl<D: AsRef<[u8]>> Deref for Datagram<D> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.data.as_ref()
    }
}

impl<D: AsRef<[u8]>> AsRef<[u8]> for Datagram<D> {
    fn as_ref(&self) -> &[u8] {
        self.data.as_ref()
    }
}

impl From<Datagram> for Vec<u8> {
    fn from(datagram: Datagram) -> Vec<u8> {
        datagram.data
    }
}

/// The bytes alone are compared; ask [`is_truncated`](Datagram::is_truncated) for the rest.
impl<D: AsRef<[u8]>, B: AsRef<[u8]> + ?Sized> PartialEq<B> for Datagram<D> {
    fn eq(&self, bytes: &B) -> bool {
        self.data.as_ref() == bytes.as_ref()
    }
}

/// `b"0123"`, and for one that was cut `b"0123" (cut, 10 bytes were sent)`.
impl<D: AsRef<[u8]>> fmt::Debug for Datagram<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())?;
        if self.is_truncated() {
            write!(f, " (cut, {} bytes were sent)", self.full_len)?;
        }
        Ok(())
    }
}

/// # Lesson 4: datagrams
impl Socket {
    /// Receives one datagram and its sender's address: Python's `s.recvfrom(bufsize)`.
    ///
    /// Of a longer datagram than `bufsize` the rest is lost, and
    /// [`is_truncated`](Datagram::is_truncated) tells. An empty one is a datagram like any other,
    /// not the end. On a TCP connection the address is [`Address::Unnamed`] (Python's `None`).
    /// Unlike `recv(0)`, `recvfrom(0)` waits for a datagram.
    ///
    /// System calls: one
    /// [recvfrom(2)](https://man7.org/linux/man-pages/man2/recvfrom.2.html) with MSG_TRUNC; where
    /// nothing has arrived and there is a timeout, one `ppoll` and a second `recvfrom`.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Socket::recv), but for the datagram that was cut.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// let client = Socket::udp()?;
    /// client.sendto(b"hello", server.getsockname()?)?;
    ///
    /// let (data, addr) = server.recvfrom(1024)?;
    /// assert_eq!(data, b"hello");
    /// server.sendto(b"and back", &addr)?;
    /// assert_eq!(client.recvfrom(1024)?.0, b"and back");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    #[doc(alias = "recv_from")]
    pub fn recvfrom(&self, bufsize: usize) -> Result<(Datagram, Address)> {
        self.recvfrom_with_flags(bufsize, MsgFlags::NONE)
    }

    /// As [`recvfrom`](Socket::recvfrom), with flags: Python's `s.recvfrom(bufsize, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`recvfrom`](Socket::recvfrom).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{MSG_PEEK, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// Socket::udp()?.sendto(b"hello", server.getsockname()?)?;
    ///
    /// let (head, _) = server.recvfrom_with_flags(0, MSG_PEEK)?;
    /// let (data, _) = server.recvfrom(head.full_len())?;
    /// assert_eq!(data, b"hello", "exactly as much room as it needs");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn recvfrom_with_flags(
        &self,
        bufsize: usize,
        flags: MsgFlags,
    ) -> Result<(Datagram, Address)> {
        self.finish_with(
            Call::Recvfrom,
            self.receive_from(bufsize, flags),
            |(data, from)| Facts::address(from).and_bytes(Some(data.len())),
        )
    }

    #[inline]
    fn receive_from(&self, bufsize: usize, flags: MsgFlags) -> Result<(Datagram, Address), Cause> {
        let mut data = try_vec(bufsize)?;
        let outcome = self.run(flags.recv_ready(), || {
            self.receive_from_once(&mut data, flags)
        });
        let (full_len, from) = unless_hung_up(outcome)?;
        shrink(&mut data);
        Ok((Datagram { data, full_len }, from))
    }

    /// Receives one datagram into a buffer; returns it and its sender's address: Python's
    /// `s.recvfrom_into(buffer)`.
    ///
    /// Where Python returns a count, this lends the part of the buffer that was filled, so that a
    /// count beyond the buffer can never be used as one. As [`recvfrom`](Socket::recvfrom)
    /// otherwise, without an allocation for IP addresses.
    ///
    /// # Errors
    ///
    /// As for [`recvfrom`](Socket::recvfrom).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// Socket::udp()?.sendto(b"hello", server.getsockname()?)?;
    ///
    /// let mut buffer = [0; 1024];
    /// let (data, _) = server.recvfrom_into(&mut buffer)?;
    /// assert_eq!(data, b"hello");
    /// assert_eq!((data.len(), data.is_truncated()), (5, false));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    // Always: to hand over the result, 56 bytes, costs more than the call.
    #[inline(always)]
    pub fn recvfrom_into<'b>(&self, buffer: &'b mut [u8]) -> Result<(Datagram<&'b [u8]>, Address)> {
        let plain = !trace::ON && self.received() == Received::CountedIp;
        // The usual case, written out: what the loop returns would have to be copied around.
        let (full_len, from) = if plain {
            match recvfrom(self, &mut *buffer, self.recv_flags()) {
                Ok((_, full_len, from)) => (full_len, Address::from_ip(from)),
                Err(errno) => self.recvfrom_into_slow(buffer, MsgFlags::NONE, Some(errno))?,
            }
        } else {
            self.recvfrom_into_slow(buffer, MsgFlags::NONE, None)?
        };
        let data = &buffer[..full_len.min(buffer.len())];
        Ok((Datagram { data, full_len }, from))
    }

    /// As [`recvfrom_into`](Socket::recvfrom_into), with flags: Python's
    /// `s.recvfrom_into(buffer, nbytes, flags)`.
    ///
    /// # Errors
    ///
    /// As for [`recvfrom`](Socket::recvfrom).
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{MSG_DONTWAIT, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// let mut buffer = [0; 16];
    /// let error = server.recvfrom_into_with_flags(&mut buffer, MSG_DONTWAIT).unwrap_err();
    /// assert!(error.is_would_block());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn recvfrom_into_with_flags<'b>(
        &self,
        buffer: &'b mut [u8],
        flags: MsgFlags,
    ) -> Result<(Datagram<&'b [u8]>, Address)> {
        let (full_len, from) = self.recvfrom_into_slow(buffer, flags, None)?;
        let data = &buffer[..full_len.min(buffer.len())];
        Ok((Datagram { data, full_len }, from))
    }

    /// Any socket and flags, or the first try failed: how long the datagram was, and its sender.
    #[cold]
    #[inline(never)]
    fn recvfrom_into_slow(
        &self,
        buffer: &mut [u8],
        flags: MsgFlags,
        failed: Option<Errno>,
    ) -> Result<(usize, Address)> {
        let receive = || {
            let bits = self.recv_flags() | flags.recv();
            self.receive_slice_from(buffer, flags, bits)
        };
        let outcome = self.run_slow(flags.recv_ready(), receive, failed);
        let outcome = unless_hung_up(outcome.map(|(len, from)| (len, self.sender(from))));
        self.finish_with(Call::RecvfromInto, outcome, |(len, from)| {
            Facts::address(from).and_bytes(Some(*len))
        })
    }

    /// Sends one datagram to an address: Python's `s.sendto(data, address)`. Returns the number of
    /// bytes, which is all of them.
    ///
    /// That it was sent does not mean that it arrives, or that anyone is there. An unbound socket
    /// gets a port of the kernel's choice. What counts as an address: [`ToAddress`].
    ///
    /// System calls: one [sendto(2)](https://man7.org/linux/man-pages/man2/sendto.2.html) with
    /// MSG_NOSIGNAL; where there is no room and there is a timeout, one `ppoll` and a second
    /// `sendto`.
    ///
    /// # Errors
    ///
    /// EMSGSIZE for more than 65,507 bytes over IPv4; EACCES for a broadcast without
    /// SO_BROADCAST; ENETUNREACH; ECONNREFUSED if no one was listening for an earlier datagram of a connected
    /// socket; EAGAIN, with a timeout too, when the socket has no port yet and all are in use;
    /// timeout and would block as for [`send`](Socket::send). Bad input and unknown hosts as for
    /// [`bind`](Socket::bind).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{EMSGSIZE, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// let client = Socket::udp()?;
    /// assert_eq!(client.sendto(b"hello", server.getsockname()?)?, 5);
    ///
    /// let error = client.sendto(&[0; 70_000], server.getsockname()?).unwrap_err();
    /// assert_eq!(error.errno(), Some(EMSGSIZE));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    // Always: the usual case is little code, and of all others it holds only the call.
    #[inline(always)]
    #[doc(alias = "send_to")]
    pub fn sendto(&self, data: &[u8], address: impl ToAddress) -> Result<usize> {
        // The usual case, written out: an IP address that is known.
        let first = if trace::ON {
            None
        } else if self.family() == AF_INET {
            address.with_v4(|to| first_try(sendto(self, data, self.send_flags(), to)))
        } else if self.family() == AF_INET6 {
            address.with_v6(|to| first_try(sendto(self, data, self.send_flags(), to)))
        } else {
            None
        };
        let Some(first) = first else {
            return self.sendto_rest(data, &address, Failed::NOT_TRIED);
        };
        Ok(match first {
            Ok(sent) => sent,
            Err(failed) => self.sendto_rest(data, &address, failed)?,
        })
    }

    /// Any address, or the first try failed.
    #[cold]
    #[inline(never)]
    fn sendto_rest(&self, data: &[u8], address: &impl ToAddress, failed: Failed) -> Result<usize> {
        self.sendto_slow(data, MsgFlags::NONE, &address.target(), failed.errno())
    }

    /// As [`sendto`](Socket::sendto), with flags, in the middle: Python's
    /// `s.sendto(data, flags, address)`.
    ///
    /// # Errors
    ///
    /// As for [`sendto`](Socket::sendto).
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{MSG_DONTWAIT, Socket};
    ///
    /// let server = Socket::udp()?;
    /// server.bind(("127.0.0.1", 0))?;
    /// Socket::udp()?.sendto_with_flags(b"hello", MSG_DONTWAIT, server.getsockname()?)?;
    /// assert_eq!(server.recvfrom(1024)?.0, b"hello");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn sendto_with_flags(
        &self,
        data: &[u8],
        flags: MsgFlags,
        address: impl ToAddress,
    ) -> Result<usize> {
        self.sendto_slow(data, flags, &address.target(), None)
    }

    /// Any address, or the first try failed.
    #[cold]
    #[inline(never)]
    fn sendto_slow(
        &self,
        data: &[u8],
        flags: MsgFlags,
        target: &Target<'_>,
        failed: Option<Errno>,
    ) -> Result<usize> {
        self.with_address(
            Call::Sendto,
            target,
            |to| {
                let send = || {
                    let bits = self.send_flags() | flags.send();
                    with_sockaddr!(to, sockaddr => sendto(self, data, bits, sockaddr))
                };
                self.run_slow(flags.send_ready(), send, failed)
            },
            |sent| Some(*sent),
        )
    }
}

/// A receive that found nothing, where nothing more can come, is an empty one from no one.
#[inline]
fn unless_hung_up(outcome: Result<(usize, Address), Cause>) -> Result<(usize, Address), Cause> {
    match outcome {
        Err(Cause::HungUp) => Ok((0, Address::Unnamed)),
        outcome => outcome,
    }
}
