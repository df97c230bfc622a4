//! Lesson 3, client calls: dialling.

use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::io::Errno as RawErrno;
use rustix::net::{connect, sockopt::socket_error};

use crate::address::{Address, Asked, ToAddress, with_sockaddr};
use crate::blocking::{Nanos, checked, getdefaulttimeout};
use crate::creation::{AF_INET, AF_INET6, AF_UNIX, Protocol, SOCK_STREAM};
use crate::errno::{EAGAIN, Errno};
use crate::error::{Cause, Error, Result};
use crate::socket::Socket;
use crate::wait::Wait;

impl Socket {
    /// Calls an address: Python's `s.connect(address)`.
    ///
    /// On a UDP socket nothing is sent: it notes whom [`send`](Socket::send) sends to and whom
    /// [`recv`](Socket::recv) hears. What counts as an address: [`ToAddress`].
    ///
    /// A timeout is for the handshake; the look-up of a host name is not within it. After a
    /// timeout the connection may still come about: close the socket and make a new one. A second
    /// `connect` on the same socket tells little: after one that had to wait, Linux says once more
    /// how it ended (success, or ECONNABORTED), and only then EISCONN.
    ///
    /// System calls: one [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html). Under
    /// a timeout it answers EINPROGRESS: then a `ppoll` until the connection is made, and if it
    /// was not, a `getsockopt(SO_ERROR)` that tells why. After a signal the same, since the kernel
    /// goes on connecting by itself; only a Unix connect is made again.
    ///
    /// # Errors
    ///
    /// ECONNREFUSED if nobody listens there; EHOSTUNREACH, ENETUNREACH; ETIMEDOUT if the kernel
    /// gave up after minutes; [timeout](Error::is_timeout) if the socket's own timeout ran out;
    /// EINPROGRESS ([would block](Error::is_would_block)) on a socket that never waits: go on when
    /// it is writable, with SO_ERROR; EISCONN if it is connected; EADDRNOTAVAIL if all ports are in
    /// use, for UDP EAGAIN; ENOENT for a Unix path, and EAGAIN if a Unix server's queue is full. Bad
    /// input and unknown hosts as for [`bind`](Socket::bind).
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{EISCONN, Socket, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let caller = Socket::tcp()?;
    /// caller.connect(phone.getsockname()?)?;
    ///
    /// let again = caller.connect(phone.getsockname()?).unwrap_err();
    /// assert_eq!(again.errno(), Some(EISCONN));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn connect(&self, address: impl ToAddress) -> Result<()> {
        self.connect_to(&address.asked(), "connect")
    }

    /// Calls an address and returns the errno, 0 for success: Python's `s.connect_ex(address)`.
    ///
    /// As in Python, a timeout is [`EAGAIN`]. It makes what [`connect`](Socket::connect) makes.
    ///
    /// # Errors
    ///
    /// What has no errno: a host name without an address, an address of another family.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{ECONNREFUSED, Socket, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let number = phone.getsockname()?;
    /// assert_eq!(Socket::tcp()?.connect_ex(&number)?, 0);
    ///
    /// // Bound, and not listening: nobody can answer there.
    /// let silent = Socket::tcp()?;
    /// silent.bind(("127.0.0.1", 0))?;
    /// let code = Socket::tcp()?.connect_ex(silent.getsockname()?)?;
    /// assert_eq!(code, ECONNREFUSED);
    /// assert_eq!(code.to_string(), "ECONNREFUSED (111)");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn connect_ex(&self, address: impl ToAddress) -> Result<Errno> {
        match self.connect_to(&address.asked(), "connect_ex") {
            Ok(()) => Ok(Errno::from_raw(0)),
            Err(error) if error.is_timeout() => Ok(EAGAIN),
            Err(error) => error.errno().ok_or(error),
        }
    }

    #[inline]
    fn connect_to(&self, asked: &Asked<'_>, call: &'static str) -> Result<()> {
        asked.within(self.family(), call, |peer| {
            loop {
                match with_sockaddr!(peer, sockaddr => connect(self, sockaddr)) {
                    Ok(()) => return Ok(()),
                    // A Unix connect that a signal ends has not begun: there is nothing to wait
                    // for.
                    Err(RawErrno::INTR) if self.family() == AF_UNIX => {}
                    Err(errno) => {
                        return self
                            .settle_connect(errno, call)
                            .map_err(|error| error.about(peer));
                    }
                }
            }
        })
    }

    /// connect(2) did not succeed at once: waits for the outcome, if there is one to wait for.
    #[cold]
    fn settle_connect(&self, errno: RawErrno, call: &'static str) -> Result<()> {
        let timeout = self.positive_timeout();
        match errno {
            // Interrupted, the kernel goes on connecting: to call again would be EALREADY.
            RawErrno::INTR => {}
            // Without a timeout it is in progress where a duplicate made the socket non-blocking.
            RawErrno::INPROGRESS if self.getblocking() => {}
            errno => return Err(Error::os(call, errno)),
        }
        let ready = Wait::default().until_ready(self, call, PollFlags::OUT, timeout)?;
        if ready == PollFlags::OUT {
            return Ok(());
        }
        // POLLERR or POLLHUP beside it: it failed, and SO_ERROR says why.
        match socket_error(self) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(errno)) | Err(errno) => Err(Error::os(call, errno)),
        }
    }
}

/// What [`create_connection_with`] may be told beside the address.
#[derive(Clone, Debug, Default)]
pub struct ConnectionOptions {
    /// `None`: not given, so the default timeout.
    timeout: Option<Option<Duration>>,
    total: Option<Duration>,
    source: Option<Address>,
}

impl ConnectionOptions {
    /// Python's defaults: the default timeout for each address, no source address.
    pub fn new() -> ConnectionOptions {
        ConnectionOptions::default()
    }

    /// The timeout for each address that is tried, and then of the connection: `None` waits as
    /// long as it takes.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> ConnectionOptions {
        self.timeout = Some(timeout.into());
        self
    }

    /// The time for all addresses together. Python has no such argument: a name with many
    /// addresses that do not answer takes many times the timeout there.
    pub fn total(mut self, total: Duration) -> ConnectionOptions {
        self.total = Some(total);
        self
    }

    /// The own address that the connection comes from: what
    /// [`getsockname`](Socket::getsockname) gave, or std's `SocketAddr`.
    pub fn source_address(mut self, source: impl Into<Address>) -> ConnectionOptions {
        self.source = Some(source.into());
        self
    }
}

/// A TCP connection to the first address of a host that answers: Python's
/// `socket.create_connection(address)`.
///
/// It looks the name up for IPv4 and IPv6, and tries the addresses in the order in which the
/// system gives them.
///
/// System calls: for each address socket and connect, as there.
///
/// # Errors
///
/// When no address answers: an error that keeps all of theirs in [`Error::attempts`], and answers
/// `errno` and `is_timeout` with the last one's. [Unresolved](Error::is_unresolved) if the host has
/// no address.
///
/// # Examples
///
/// ```
/// use socketbook::{create_connection, create_server};
///
/// let phone = create_server(("127.0.0.1", 0))?;
/// let port = phone.getsockname()?.port().unwrap();
/// let caller = create_connection(("localhost", port))?;
/// caller.sendall("喂?".as_bytes())?;
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn create_connection(address: impl ToAddress) -> Result<Socket> {
    create_connection_with(address, &ConnectionOptions::new())
}

/// As [`create_connection`], with Python's arguments `timeout` and `source_address`, and a
/// [`total`](ConnectionOptions::total) for all addresses together.
///
/// # Errors
///
/// As for [`create_connection`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use socketbook::{ConnectionOptions, create_connection_with, create_server};
///
/// let phone = create_server(("127.0.0.1", 0))?;
/// let options = ConnectionOptions::new()
///     .timeout(Duration::from_secs(2))
///     .total(Duration::from_secs(5));
/// let caller = create_connection_with(phone.getsockname()?, &options)?;
/// assert_eq!(caller.gettimeout(), Some(Duration::from_secs(2)));
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn create_connection_with(
    address: impl ToAddress,
    options: &ConnectionOptions,
) -> Result<Socket> {
    call_any(&address.asked(), options).map_err(|error| error.in_call("create_connection"))
}

fn call_any(asked: &Asked<'_>, options: &ConnectionOptions) -> Result<Socket> {
    let timeout = checked("", options.timeout.unwrap_or_else(getdefaulttimeout))?;
    checked("", options.total)?;
    let deadline = options.total.map(|total| (Instant::now() + total, total));
    let mut attempts = Vec::new();
    for address in asked.all()? {
        match call_one(&address, timeout, deadline, options.source.as_ref()) {
            Ok(socket) => return Ok(socket),
            Err(error) => attempts.push(error),
        }
        if deadline.is_some_and(|(deadline, _)| Instant::now() >= deadline) {
            break;
        }
    }
    Err(Error::new("", Cause::AllFailed(attempts)).about(asked))
}

fn call_one(
    address: &Address,
    timeout: Option<Duration>,
    deadline: Option<(Instant, Duration)>,
    source: Option<&Address>,
) -> Result<Socket> {
    let left = deadline.map(|(deadline, _)| deadline.saturating_duration_since(Instant::now()));
    let shorter = match (timeout, left) {
        (Some(timeout), Some(left)) => Some(timeout.min(left)),
        (timeout, left) => timeout.or(left),
    };
    if let (Some(Duration::ZERO), Some((_, total))) = (left, deadline) {
        return Err(Error::new("connect", Cause::TimedOut(total)).about(address));
    }
    let family = match address {
        Address::V6(_) => AF_INET6,
        _ => AF_INET,
    };
    let socket = Socket::with_timeout(family, SOCK_STREAM, Protocol::from(0), Nanos::of(shorter))?;
    if let Some(source) = source {
        socket.bind(source)?;
    }
    socket.connect(address)?;
    match (shorter, timeout) {
        // The time for all addresses made it non-blocking; the connection shall wait for ever.
        (Some(_), None) => socket.settimeout(None)?,
        _ => socket.keep_timeout(Nanos::of(timeout)),
    }
    Ok(socket)
}
