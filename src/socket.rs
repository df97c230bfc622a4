//! The one struct: a descriptor and its timeout.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use rustix::net::{RecvFlags, SendFlags};

use crate::address::{Address, Target};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::Error;
use crate::kinds::{
    AF_INET, AF_INET6, AddressFamily, IPPROTO_UDP, Protocol, SOCK_DGRAM, SOCK_STREAM, SocketKind,
};
use crate::sys::{self, OwnedFd};
use crate::timeout::Timeout;
use crate::trace::{self, Facts};

/// A socket: Python's `socket.socket`, the lesson's telephone.
///
/// One type for TCP, UDP and Unix sockets, for those that listen and those that talk. Every call
/// takes `&self`, so one socket can serve several threads at once (`Arc<Socket>` or scoped
/// threads), one receiving while another sends. Dropping it closes it.
///
/// The calls are listed below in the order of the lessons. A socket also implements
/// [`std::io::Read`] and [`std::io::Write`], by value and by reference, with one `recv` or `send`
/// per call.
///
/// # Examples
///
/// A whole conversation:
///
/// ```
/// use socketbook::Socket;
///
/// let server = Socket::tcp()?;
/// server.bind(("127.0.0.1", 0))?;
/// server.listen(5)?;
///
/// let client = Socket::tcp()?;
/// client.connect(server.getsockname()?)?;
/// let (conn, addr) = server.accept()?;
/// assert_eq!(addr, client.getsockname()?);
///
/// client.sendall("喂?".as_bytes())?;
/// assert_eq!(conn.recv(1024)?, "喂?".as_bytes());
/// client.close();
/// assert_eq!(conn.recv(1024)?, b"", "the client has closed");
/// # Ok::<(), socketbook::Error>(())
/// ```
pub struct Socket {
    fd: OwnedFd,
    family: AddressFamily,
    kind: SocketKind,
    proto: Protocol,
    /// As [`Timeout`].
    timeout: AtomicU64,
    received: Received,
    /// What every receive and every send carries under this timeout, ready for use: computing it
    /// costs a quarter of a call's own instructions. It changes with the timeout alone.
    recv_flags: AtomicU32,
    send_flags: AtomicU32,
    /// A Unix socket of which it is known that no ancillary data comes but descriptors.
    rights_alone: AtomicBool,
}

/// Held while the timeout of a socket changes, since that is two things: what is stored, and whether
/// the descriptor is non-blocking. Shared by many sockets, so that each is no larger for it.
static CHANGING: [Mutex<()>; 16] = [const { Mutex::new(()) }; 16];

/// What the kernel says about the bytes that a receive returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// It writes all the bytes that it counts, and counts all the bytes of a datagram.
    Counted,
    /// The same, and the sender has an IP address.
    CountedIp,
    /// Not known: what is received into must be initialised.
    Unknown,
    /// It cuts a datagram without saying how long it was.
    Cut,
}

impl Received {
    #[inline]
    pub(crate) fn is_counted(self) -> bool {
        matches!(self, Received::CountedIp | Received::Counted)
    }

    #[inline]
    fn of(family: AddressFamily, kind: SocketKind, proto: Protocol) -> Received {
        match (family, kind) {
            (_, kind) if kind != SOCK_STREAM && sys::TELL_LENGTH.is_empty() => Received::Cut,
            (AF_INET | AF_INET6, SOCK_DGRAM) => match proto {
                Protocol(0) | IPPROTO_UDP => Received::CountedIp,
                // ping_recvmsg and l2tp_ip_recvmsg do not look at MSG_TRUNC.
                _ => Received::Cut,
            },
            (AF_INET | AF_INET6, _) => Received::CountedIp,
            (AddressFamily::UNIX, _) => Received::Counted,
            _ => Received::Unknown,
        }
    }
}

impl Socket {
    /// Of a descriptor whose O_NONBLOCK already fits the timeout.
    #[inline]
    pub(crate) fn from_parts(
        fd: OwnedFd,
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        timeout: Timeout,
    ) -> Socket {
        let received = Received::of(family, kind, proto);
        Socket::assemble(fd, family, kind, proto, received, false, timeout)
    }

    /// Another socket of the same kind.
    #[inline]
    pub(crate) fn sibling(&self, fd: OwnedFd, timeout: Timeout) -> Socket {
        let flags =
            |own: &AtomicU32| AtomicU32::new(sys::flags_if(timeout.is_set(), own.load(Relaxed)));
        Socket {
            fd,
            family: self.family,
            kind: self.kind,
            proto: self.proto,
            timeout: AtomicU64::new(timeout.to_bits()),
            received: self.received,
            recv_flags: flags(&self.recv_flags),
            send_flags: flags(&self.send_flags),
            // The options that add ancillary data are inherited, by a duplicate and by accept.
            rights_alone: AtomicBool::new(self.rights_alone()),
        }
    }

    #[inline]
    fn assemble(
        fd: OwnedFd,
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        received: Received,
        rights_alone: bool,
        timeout: Timeout,
    ) -> Socket {
        let timed = timeout.is_set();
        Socket {
            fd,
            family,
            kind,
            proto,
            timeout: AtomicU64::new(timeout.to_bits()),
            received,
            recv_flags: AtomicU32::new(sys::recv_flags(kind == SOCK_STREAM, timed).bits()),
            send_flags: AtomicU32::new(sys::send_flags(timed).bits()),
            rights_alone: AtomicBool::new(rights_alone),
        }
    }

    /// Makes a socket that has its timeout from the start.
    #[inline]
    pub(crate) fn create(
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        timeout: Timeout,
    ) -> Result<Socket, Cause> {
        let fd = sys::socket(family.0, kind.0, proto.0, timeout.is_set())?;
        Ok(Socket::new_here(fd, family, kind, proto, timeout))
    }

    /// Of a descriptor that this crate has made.
    #[inline]
    pub(crate) fn new_here(
        fd: OwnedFd,
        family: AddressFamily,
        kind: SocketKind,
        proto: Protocol,
        timeout: Timeout,
    ) -> Socket {
        let received = Received::of(family, kind, proto);
        let unix = family == AddressFamily::UNIX;
        Socket::assemble(fd, family, kind, proto, received, unix, timeout)
    }

    /// Whether it is a Unix socket that brings descriptors along and no other ancillary data, for
    /// all that this crate knows: it was made here, no option was set that adds some, and there is
    /// no duplicate on which one could be.
    #[inline]
    pub(crate) fn rights_alone(&self) -> bool {
        self.rights_alone.load(Relaxed)
    }

    /// From now on other ancillary data may come too.
    pub(crate) fn not_rights_alone(&self) {
        self.rights_alone.store(false, Relaxed);
    }

    #[inline]
    pub(crate) fn timeout(&self) -> Timeout {
        Timeout::from_bits(self.timeout.load(Relaxed))
    }

    /// Stores the timeout of a descriptor whose O_NONBLOCK already fits it.
    pub(crate) fn store_timeout(&self, timeout: Timeout) {
        let timed = timeout.is_set();
        let recv_flags = sys::recv_flags(self.kind == SOCK_STREAM, timed);
        self.timeout.store(timeout.to_bits(), Relaxed);
        self.recv_flags.store(recv_flags.bits(), Relaxed);
        self.send_flags
            .store(sys::send_flags(timed).bits(), Relaxed);
    }

    /// Makes the descriptor fit the timeout, and stores it.
    pub(crate) fn change_timeout(&self, timeout: Timeout) -> Result<(), Cause> {
        let lock = &CHANGING[sys::raw(&self.fd) as usize % CHANGING.len()];
        // Nothing panics under the lock, and it protects nothing that could be left half done.
        let _changing = lock.lock().unwrap_or_else(PoisonError::into_inner);
        sys::set_nonblocking(self, timeout.is_set())?;
        self.store_timeout(timeout);
        Ok(())
    }

    /// The flags that every receive carries.
    #[inline]
    pub(crate) fn recv_flags(&self) -> RecvFlags {
        RecvFlags::from_bits_retain(self.recv_flags.load(Relaxed))
    }

    /// The flags that every send carries.
    #[inline]
    pub(crate) fn send_flags(&self) -> SendFlags {
        SendFlags::from_bits_retain(self.send_flags.load(Relaxed))
    }

    #[inline]
    pub(crate) fn received(&self) -> Received {
        self.received
    }

    /// Ends a call: names it in the error.
    #[inline(always)]
    pub(crate) fn finish<T>(&self, call: Call, outcome: Result<T, Cause>) -> Result<T, Error> {
        self.finish_with(call, outcome, |_| Facts::default())
    }

    /// As [`finish`](Socket::finish), with what there is to say of a success.
    #[inline(always)]
    pub(crate) fn finish_with<T>(
        &self,
        call: Call,
        outcome: Result<T, Cause>,
        facts: impl FnOnce(&T) -> Facts<'_>,
    ) -> Result<T, Error> {
        match outcome {
            Ok(done) => {
                if trace::ON {
                    trace::event(call, Some(self.number()), &facts(&done), None);
                }
                Ok(done)
            }
            Err(cause) => Err(self.failed(call, cause, &Facts::default())),
        }
    }

    #[cold]
    pub(crate) fn failed(&self, call: Call, cause: Cause, facts: &Facts<'_>) -> Error {
        let mut error = Error::new(call, cause);
        if let Some(address) = facts.address {
            error = error.about(address).about_unix(self.is_unix());
        }
        trace::event(call, Some(self.number()), facts, Some(&error));
        error
    }

    /// Makes a call with the address that the caller meant, and names call and address in the
    /// error.
    #[inline]
    pub(crate) fn with_address<T>(
        &self,
        call: Call,
        target: &Target<'_>,
        make: impl FnOnce(&Address) -> Result<T, Cause>,
        bytes: impl FnOnce(&T) -> Option<usize>,
    ) -> Result<T, Error> {
        let found;
        let address = match target.known(self.family) {
            Some(address) => address,
            None => {
                found = target
                    .resolve(self.family)
                    .map_err(|cause| self.failed(call, cause, &Facts::address(target)))?;
                &found
            }
        };
        match make(address) {
            Ok(done) => {
                let facts = Facts::address(address).and_bytes(bytes(&done));
                trace::event(call, Some(self.number()), &facts, None);
                Ok(done)
            }
            Err(cause) => Err(self.failed(call, cause, &Facts::address(address))),
        }
    }

    /// The address of this end.
    pub(crate) fn own_address(&self) -> Result<Address, Cause> {
        let address = rustix::net::getsockname(self)?;
        Ok(Address::from_kernel(Some(address)))
    }

    /// The address of the other end.
    pub(crate) fn peer_address(&self) -> Result<Address, Cause> {
        Ok(Address::from_kernel(rustix::net::getpeername(self)?))
    }

    /// The address family: Python's attribute `family`.
    ///
    /// ```
    /// use socketbook::{AF_INET, Socket};
    ///
    /// assert_eq!(Socket::tcp()?.family(), AF_INET);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn family(&self) -> AddressFamily {
        self.family
    }

    /// The kind, without SOCK_NONBLOCK and SOCK_CLOEXEC: Python's attribute `type`, which is a
    /// keyword in Rust.
    ///
    /// ```
    /// use socketbook::{SOCK_DGRAM, Socket};
    ///
    /// assert_eq!(Socket::udp()?.kind(), SOCK_DGRAM);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn kind(&self) -> SocketKind {
        self.kind
    }

    /// The protocol as it was given when the socket was made, mostly 0; for an adopted socket the
    /// kernel's answer, such as 6 for TCP. Python's attribute `proto`.
    ///
    /// ```
    /// use socketbook::{IPPROTO_TCP, Protocol, Socket};
    ///
    /// let socket = Socket::tcp()?;
    /// assert_eq!(socket.proto(), Protocol::from(0));
    /// let adopted = Socket::try_from(socket.detach())?;
    /// assert_eq!(adopted.proto(), Protocol::from(IPPROTO_TCP));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn proto(&self) -> Protocol {
        self.proto
    }

    /// The number of the descriptor.
    pub(crate) fn number(&self) -> u64 {
        sys::raw(self) as u64
    }

    #[inline]
    pub(crate) fn is_unix(&self) -> bool {
        self.family == AddressFamily::UNIX
    }

    #[inline]
    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    pub(crate) fn into_fd(self) -> OwnedFd {
        self.fd
    }
}

/// Like Python's `repr`: descriptor, family, kind, and the addresses where there are any.
impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<Socket fd={} family={:?} type={:?} proto={:?}",
            sys::raw(&self.fd),
            self.family,
            self.kind,
            self.proto
        )?;
        if let Ok(own) = self.own_address() {
            write!(f, " laddr={own:?}")?;
        }
        if let Ok(peer) = self.peer_address() {
            write!(f, " raddr={peer:?}")?;
        }
        f.write_str(">")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// With the other's flags each call would still do what it should, only by more system calls.
    #[test]
    fn another_socket_has_the_flags_of_its_own_timeout() {
        let second = Timeout::checked(Some(Duration::from_secs(1))).unwrap();
        let [patient, timed] = [Timeout::NONE, second]
            .map(|timeout| Socket::create(AF_INET, SOCK_DGRAM, Protocol(0), timeout).unwrap());
        for (one, other) in [(&patient, &timed), (&timed, &patient), (&timed, &timed)] {
            let sibling = one.sibling(sys::dup(one).unwrap(), other.timeout());
            assert_eq!(sibling.recv_flags(), other.recv_flags());
            assert_eq!(sibling.send_flags(), other.send_flags());
        }
    }
}
