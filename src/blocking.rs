//! Lesson 5, blocking and timeouts: how long a call waits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::io::ioctl_fionbio;

use crate::error::{Error, Result};
use crate::socket::Socket;

/// A timeout as sockets keep it: nanoseconds, 0 for a socket that never waits, u64::MAX for one
/// that waits for ever. The calls that make sockets pass it on as it is.
#[derive(Clone, Copy)]
pub(crate) struct Nanos(pub(crate) u64);

impl Nanos {
    /// Of a timeout that [`checked`] has let through.
    pub(crate) fn of(timeout: Option<Duration>) -> Nanos {
        Nanos(timeout.map_or(u64::MAX, |timeout| timeout.as_nanos() as u64))
    }

    #[inline]
    pub(crate) fn timeout(self) -> Option<Duration> {
        self.is_set().then(|| Duration::from_nanos(self.0))
    }

    #[inline]
    pub(crate) fn is_set(self) -> bool {
        self.0 != u64::MAX
    }
}

/// The longest timeout: what fits into 63 bits of nanoseconds, as in Python. 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// For sockets that are made from now on.
static DEFAULT: AtomicU64 = AtomicU64::new(u64::MAX);

pub(crate) fn checked(call: &'static str, timeout: Option<Duration>) -> Result<Option<Duration>> {
    match timeout {
        Some(timeout) if timeout > LONGEST => Err(Error::bad_input(
            call,
            "a timeout is at most 292 years; None waits for ever",
        )
        .about(format_args!("{timeout:?}"))),
        timeout => Ok(timeout),
    }
}

/// The timeout that new sockets get: Python's `socket.getdefaulttimeout()`.
///
/// `None`, which waits for ever, until [`setdefaulttimeout`] says otherwise.
///
/// ```
/// assert_eq!(socketbook::getdefaulttimeout(), None);
/// ```
#[inline]
pub fn getdefaulttimeout() -> Option<Duration> {
    default_nanos().timeout()
}

#[inline]
pub(crate) fn default_nanos() -> Nanos {
    Nanos(DEFAULT.load(Relaxed))
}

/// Sets the timeout that new sockets get, in all threads: Python's
/// `socket.setdefaulttimeout(timeout)`.
///
/// It holds for each socket made after it, by [`Socket::new`], [`accept`](Socket::accept),
/// [`socketpair`](crate::socketpair), [`fromfd`](crate::fromfd) and
/// [`create_connection`](crate::create_connection). Such a socket is made non-blocking in the
/// system call that makes it, so the timeout costs no further one.
///
/// # Errors
///
/// [bad input](Error::is_bad_input) for a timeout of more than 292 years.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use socketbook::{Socket, setdefaulttimeout};
///
/// setdefaulttimeout(Duration::from_secs(5))?;
/// assert_eq!(Socket::tcp()?.gettimeout(), Some(Duration::from_secs(5)));
///
/// setdefaulttimeout(None)?;
/// assert_eq!(Socket::tcp()?.gettimeout(), None);
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn setdefaulttimeout(timeout: impl Into<Option<Duration>>) -> Result<()> {
    let timeout = checked("setdefaulttimeout", timeout.into())?;
    DEFAULT.store(Nanos::of(timeout).0, Relaxed);
    Ok(())
}

impl Socket {
    /// Sets how long each call on this socket may wait: Python's `s.settimeout(timeout)`.
    ///
    /// | timeout | the socket |
    /// |---|---|
    /// | `None` | blocks: a call waits as long as it takes |
    /// | `Duration::ZERO` | never waits: a call that would have to is an error ([`is_would_block`](Error::is_would_block)) |
    /// | `Duration::from_secs(2)` | waits at most 2 s: then the call is an error ([`is_timeout`](Error::is_timeout)) |
    ///
    /// The time is counted anew for each call, from when it first has to wait; `sendall` and each
    /// call on a file of [`makefile`](Socket::makefile) have it once for all they do. A signal or
    /// a false alarm does not lengthen it, and no call ends before it. What is left is rounded to
    /// nothing: nanoseconds, with `ppoll`.
    ///
    /// Every timeout but `None` makes the descriptor non-blocking. That belongs to the open socket
    /// and not to the descriptor, so all duplicates ([`dup`](Socket::dup), `fork`) share it;
    /// receiving and sending keep to this socket's own timeout all the same.
    ///
    /// System calls: one `ioctl(FIONBIO)`.
    ///
    /// # Errors
    ///
    /// [bad input](Error::is_bad_input) for a timeout of more than 292 years.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::udp()?;
    /// phone.bind(("127.0.0.1", 0))?;
    ///
    /// phone.settimeout(Duration::from_millis(20))?;
    /// assert!(phone.recvfrom(1024).unwrap_err().is_timeout());
    ///
    /// phone.settimeout(Duration::ZERO)?;
    /// assert!(phone.recvfrom(1024).unwrap_err().is_would_block());
    ///
    /// phone.settimeout(None)?; // and now it would wait for ever
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn settimeout(&self, timeout: impl Into<Option<Duration>>) -> Result<()> {
        let timeout = checked("settimeout", timeout.into())?;
        self.apply_timeout("settimeout", timeout)
    }

    pub(crate) fn apply_timeout(
        &self,
        call: &'static str,
        timeout: Option<Duration>,
    ) -> Result<()> {
        ioctl_fionbio(self, timeout.is_some()).map_err(|errno| Error::os(call, errno))?;
        self.keep_timeout(Nanos::of(timeout));
        Ok(())
    }

    /// How long each call on this socket may wait: Python's `s.gettimeout()`.
    ///
    /// Exactly what was set, not what the kernel would make of it. No system call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// assert_eq!(phone.gettimeout(), None);
    /// phone.settimeout(Duration::from_millis(50))?;
    /// assert_eq!(phone.gettimeout(), Some(Duration::from_millis(50)));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn gettimeout(&self) -> Option<Duration> {
        self.kept_timeout()
    }

    /// Whether calls wait: Python's `s.setblocking(flag)`. `true` is `settimeout(None)`, `false`
    /// is `settimeout(Duration::ZERO)`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// phone.setblocking(false)?;
    /// assert_eq!(phone.gettimeout(), Some(Duration::ZERO));
    /// phone.setblocking(true)?;
    /// assert_eq!(phone.gettimeout(), None);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None that a socket gives.
    pub fn setblocking(&self, flag: bool) -> Result<()> {
        self.apply_timeout(
            "setblocking",
            if flag { None } else { Some(Duration::ZERO) },
        )
    }

    /// Whether calls wait, with or without an end: Python's `s.getblocking()`. `false` only for a
    /// timeout of zero.
    ///
    /// This is about the calls of this crate. The descriptor is non-blocking under any timeout.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// assert!(phone.getblocking());
    /// phone.settimeout(Duration::from_secs(1))?;
    /// assert!(phone.getblocking());
    /// phone.settimeout(Duration::ZERO)?;
    /// assert!(!phone.getblocking());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn getblocking(&self) -> bool {
        self.kept_timeout() != Some(Duration::ZERO)
    }

    /// Ready for someone who does not know timeouts: blocking, unless it never waits.
    pub(crate) fn plain(self) -> Result<Socket> {
        if self.positive_timeout().is_some() {
            self.apply_timeout("setblocking", None)?;
        }
        Ok(self)
    }
}
