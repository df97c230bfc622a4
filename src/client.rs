//! # Lesson 3: client calls
//!
//! A client dials the number of a server.
//!
//! | call | what it does |
//! |---|---|
//! | [`Socket::connect`] | connects to an address, or fails with an error |
//! | [`Socket::connect_ex`] | the same, but returns the errno as a number, 0 for success |
//! | [`create_connection`], [`create_connection_with`] | looks a name up and connects to the first of its addresses that answers, with [`ConnectionOptions`] |
//!
//! ```
//! use std::time::Duration;
//! use socketbook::{ConnectionOptions, ECONNREFUSED, Socket, create_connection_with, create_server};
//!
//! let server = create_server(("127.0.0.1", 0))?;
//! let port = server.getsockname()?.port().unwrap();
//!
//! let options = ConnectionOptions::new()
//!     .timeout(Duration::from_secs(2)) // for each address
//!     .total(Duration::from_secs(5)); //  for all of it, the look-up included
//! let client = create_connection_with(("localhost", port), &options)?;
//! client.sendall(b"hello")?;
//!
//! // Bound, but not listening: no one can answer there.
//! let silent = Socket::tcp()?;
//! silent.bind(("127.0.0.1", 0))?;
//! assert_eq!(Socket::tcp()?.connect_ex(silent.getsockname()?)?, ECONNREFUSED);
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 3 of the book, *Client calls*, teaches them.

use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::io::Errno as SysErrno;
use rustix::net::{connect, sockopt::socket_error};

use crate::address::{Address, Endpoint, Target, ToAddress, with_sockaddr};
use crate::call::Call;
use crate::cause::Cause;
use crate::deadline::{Deadline, kernel_gave_up, kernel_timeout};
use crate::errno::{EAGAIN, Errno};
use crate::error::{Error, Result};
use crate::kinds::{AF_INET, AF_INET6, Protocol, SOCK_STREAM};
use crate::socket::Socket;
use crate::sys;
use crate::timeout::{IntoTimeout, Timeout, given};
use crate::trace::{self, Facts};

/// # Lesson 3: client calls
impl Socket {
    /// Calls an address: Python's `s.connect(address)`.
    ///
    /// On a UDP socket nothing is sent: it sets where [`send`](Socket::send) sends to, and
    /// [`recv`](Socket::recv) then receives from there only. What counts as an address:
    /// [`ToAddress`].
    ///
    /// A timeout is for the handshake; the look-up of a host name is not within it. After a
    /// timeout the connection may still come about: close the socket and make a new one. A second
    /// `connect` on the same socket tells you little: after one that had to wait, Linux reports
    /// the outcome once more (success, or ECONNABORTED), and only then EISCONN.
    ///
    /// System calls: one [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html). Under
    /// a timeout it answers EINPROGRESS: then a `ppoll` until the connection is made, and if it
    /// was not, a `getsockopt(SO_ERROR)` that tells why. After a signal the same, since the kernel
    /// goes on connecting by itself; only a Unix connect is made again.
    ///
    /// # Errors
    ///
    /// ECONNREFUSED if no one listens there; EHOSTUNREACH, ENETUNREACH; ETIMEDOUT if the kernel
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
    #[doc(alias = "connect_timeout")]
    pub fn connect(&self, address: impl ToAddress) -> Result<()> {
        // The usual case, written out: an IP address that is known.
        let first = if trace::ON {
            None
        } else if self.family() == AF_INET {
            address.with_v4(|peer| connect(self, peer))
        } else if self.family() == AF_INET6 {
            address.with_v6(|peer| connect(self, peer))
        } else {
            None
        };
        match first {
            Some(Ok(())) => Ok(()),
            other => self.connect_rest(&address, other.and_then(Result::err)),
        }
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
    /// ```ignore-windows
    /// use socketbook::{ECONNREFUSED, Socket, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let number = phone.getsockname()?;
    /// assert_eq!(Socket::tcp()?.connect_ex(&number)?, 0);
    ///
    /// // Bound, and not listening: no one can answer there.
    /// let silent = Socket::tcp()?;
    /// silent.bind(("127.0.0.1", 0))?;
    /// let code = Socket::tcp()?.connect_ex(silent.getsockname()?)?;
    /// assert_eq!(code, ECONNREFUSED);
    /// assert_eq!(code.to_string(), "ECONNREFUSED (111)");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn connect_ex(&self, address: impl ToAddress) -> Result<Errno> {
        match self.connect_slow(Call::ConnectEx, &address.target()) {
            Ok(()) => Ok(Errno::from_raw(0)),
            Err(error) if error.is_timeout() => Ok(EAGAIN),
            Err(error) => error.errno().ok_or(error),
        }
    }

    /// Any address, or the first try did not succeed at once.
    #[cold]
    #[inline(never)]
    fn connect_rest(&self, address: &impl ToAddress, failed: Option<SysErrno>) -> Result<()> {
        let Some(errno) = failed else {
            return self.connect_slow(Call::Connect, &address.target());
        };
        match self.wait_for_connection(errno) {
            Ok(()) => Ok(()),
            Err(cause) => {
                Err(self.failed(Call::Connect, cause, &Facts::address(&address.target())))
            }
        }
    }

    /// Any address.
    #[cold]
    #[inline(never)]
    fn connect_slow(&self, call: Call, target: &Target<'_>) -> Result<()> {
        let connect = |peer: &Address| match with_sockaddr!(peer, it => connect(self, it)) {
            Ok(()) => Ok(()),
            Err(errno) if self.is_unix() => self.connect_unix(errno, peer),
            Err(errno) => self.wait_for_connection(errno),
        };
        self.with_address(call, target, connect, |()| None)
    }

    /// A Unix connect that did not succeed at once has not begun: it is made again.
    #[cold]
    fn connect_unix(&self, failed: SysErrno, peer: &Address) -> Result<(), Cause> {
        let mut deadline = Deadline::without_poll();
        let mut errno = failed;
        loop {
            match errno {
                SysErrno::INTR => {}
                // The server's queue is full. poll does not report when there is room, so this
                // asks again, after 1 ms at first and then every 8.
                SysErrno::AGAIN
                    if self.timeout() != Timeout::ZERO && !kernel_gave_up(self, PollFlags::OUT) =>
                {
                    deadline.pause(self.timeout())?;
                }
                errno => return Err(errno.into()),
            }
            match with_sockaddr!(peer, sockaddr => connect(self, sockaddr)) {
                Ok(()) => return Ok(()),
                Err(again) => errno = again,
            }
        }
    }

    /// connect(2) did not succeed at once: waits for the outcome, if there is one to wait for.
    #[cold]
    fn wait_for_connection(&self, errno: SysErrno) -> Result<(), Cause> {
        let timeout = self.timeout();
        let outcome = match errno {
            // Interrupted, the kernel goes on connecting: to call again would be EALREADY.
            SysErrno::INTR if timeout != Timeout::ZERO => self.until_connected(),
            // Without a timeout it is in progress if a duplicate made the socket non-blocking, or
            // if SO_SNDTIMEO is over.
            errno
                if sys::is_connecting(errno.raw_os_error())
                    && timeout != Timeout::ZERO
                    && !kernel_gave_up(self, PollFlags::OUT) =>
            {
                self.until_connected()
            }
            errno => Err(errno.into()),
        };
        if outcome? == PollFlags::OUT {
            return Ok(());
        }
        // POLLERR or POLLHUP beside it: it failed, and SO_ERROR says why.
        match socket_error(self) {
            // Someone else has asked already.
            Ok(Ok(())) => self.peer_address().map(drop),
            Ok(Err(errno)) | Err(errno) => Err(errno.into()),
        }
    }

    /// Waits until connecting has ended: under the socket's timeout, or SO_SNDTIMEO, whose end is
    /// EINPROGRESS.
    fn until_connected(&self) -> Result<PollFlags, Cause> {
        let mut deadline = Deadline::default();
        let Some(kernels) = kernel_timeout(self, PollFlags::OUT) else {
            return deadline.until_ready(self, PollFlags::OUT, self.timeout());
        };
        match deadline.until_ready(self, PollFlags::OUT, Timeout::checked(Some(kernels))?) {
            Err(cause) if cause.is_timeout() => Err(SysErrno::INPROGRESS.into()),
            outcome => outcome,
        }
    }
}

/// Options of [`create_connection_with`] besides the address.
#[derive(Clone, Debug, Default)]
pub struct ConnectionOptions {
    /// `None`: not given, so the default timeout.
    timeout: Option<Option<Duration>>,
    total: Option<Duration>,
    source: Option<Endpoint>,
}

impl ConnectionOptions {
    /// Python's defaults: the default timeout for each address, no source address.
    pub fn new() -> ConnectionOptions {
        ConnectionOptions::default()
    }

    /// The timeout for each address that is tried, and then of the connection: `None` waits as
    /// long as it takes.
    pub fn timeout(mut self, timeout: impl IntoTimeout) -> ConnectionOptions {
        self.timeout = Some(given(timeout));
        self
    }

    /// The time for all addresses together, the look-up of the name included. Python has no such
    /// argument: a name with many addresses that do not answer takes many times the timeout there.
    ///
    /// A look-up cannot be interrupted, so it runs in a thread of its own. When the time is over
    /// first, the thread goes on until the system's resolver gives up (see
    /// [`look_up_within`](crate::look_up_within)), and the error says that no address was tried.
    pub fn total(mut self, total: Duration) -> ConnectionOptions {
        self.total = Some(total);
        self
    }

    /// The own address that the connection comes from, as [`bind`](Socket::bind) takes it.
    ///
    /// `("", port)` is any address of this machine, and a host name is looked up in the family of
    /// each address that is tried.
    ///
    /// ```
    /// use socketbook::{ConnectionOptions, create_connection_with, create_server};
    ///
    /// let server = create_server(("127.0.0.1", 0))?;
    /// let options = ConnectionOptions::new().source_address(("localhost", 0));
    /// let client = create_connection_with(server.getsockname()?, &options)?;
    /// assert_eq!(client.getsockname()?.ip(), Some("127.0.0.1".parse().unwrap()));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn source_address(mut self, source: impl ToAddress) -> ConnectionOptions {
        self.source = Some(Endpoint::of(&source.target()));
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
/// no address. If the [`total`](ConnectionOptions::total) was over before the last address was
/// tried it is a [timeout](Error::is_timeout), with the attempts that there were.
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
#[doc(alias = "TcpStream")]
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
    let target = address.target();
    call_any(&target, options)
        .map_err(|cause| Error::new(Call::CreateConnection, cause).about(&target))
}

/// The time that is left for all addresses together, where the caller has set one.
#[derive(Clone, Copy)]
struct Budget {
    total: Duration,
    until: Instant,
}

impl Budget {
    fn new(total: Duration) -> Result<Budget, Cause> {
        Timeout::checked(Some(total))?;
        let until = Instant::now() + total;
        Ok(Budget { total, until })
    }

    fn left(self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

fn call_any(target: &Target<'_>, options: &ConnectionOptions) -> Result<Socket, Cause> {
    let timeout = match options.timeout {
        Some(given) => Timeout::checked(given)?,
        None => Timeout::default_now(),
    };
    let budget = options.total.map(Budget::new).transpose()?;
    let addresses = target
        .resolve_all(budget.map(|budget| budget.until))?
        .ok_or(Cause::NoneTried(options.total.unwrap_or_default()))?;
    let mut attempts = Vec::new();
    for address in addresses {
        match budget {
            // Out of time, the addresses that are left are not tried.
            Some(budget) if budget.left().is_zero() => {
                return Err(match attempts[..] {
                    [] => Cause::NoneTried(budget.total),
                    _ => Cause::AllFailed(attempts, Some(budget.total)),
                });
            }
            _ => {}
        }
        match call_one(&address, timeout, budget, options.source.as_ref()) {
            Ok(socket) => return Ok(socket),
            Err(error) => attempts.push(error),
        }
    }
    Err(Cause::AllFailed(attempts, None))
}

fn call_one(
    address: &Address,
    timeout: Timeout,
    budget: Option<Budget>,
    source: Option<&Endpoint>,
) -> Result<Socket> {
    // Zero would mean not to wait at all.
    let left = budget.map(|budget| budget.left().max(Duration::from_nanos(1)));
    let shorter = match (timeout.as_duration(), left) {
        (Some(timeout), Some(left)) => Some(timeout.min(left)),
        (timeout, left) => timeout.or(left),
    };
    let failed = |cause| Error::new(Call::Connect, cause).about(address);
    let shorter = Timeout::checked(shorter).map_err(failed)?;
    let family = match address {
        Address::V6(_) => AF_INET6,
        _ => AF_INET,
    };
    let socket = Socket::create(family, SOCK_STREAM, Protocol(0), shorter).map_err(failed)?;
    if let Some(source) = source {
        let source = source.target();
        let failed = |cause| Error::new(Call::Bind, cause).about(&source);
        let own = match budget {
            None => source.resolve(family),
            Some(Budget { total, until }) => source
                .resolve_until(family, Some(until))
                .and_then(|own| own.ok_or(Cause::TimedOut(total))),
        };
        socket.bind(own.map_err(failed)?)?;
    }
    socket.connect(address)?;
    if shorter.is_set() == timeout.is_set() {
        socket.store_timeout(timeout);
    } else {
        // The time for all addresses made it non-blocking; the connection has no timeout.
        socket.settimeout(None)?;
    }
    Ok(socket)
}
