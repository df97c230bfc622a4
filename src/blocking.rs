//! # Lesson 5: blocking and timeouts
//!
//! How long a call waits. A timeout covers every call of a socket, `accept` and `connect` included, and
//! is one deadline for the whole of a call.
//!
//! | call | what it does |
//! |---|---|
//! | [`Socket::settimeout`], [`Socket::gettimeout`] | how long each call may wait: `None`, zero, or a time |
//! | [`Socket::setblocking`], [`Socket::getblocking`] | whether calls wait at all |
//! | [`setdefaulttimeout`], [`getdefaulttimeout`] | the timeout of sockets made from now on |
//! | [`select`] | waits until one of many sockets is ready |
//!
//! ```
//! use std::time::Duration;
//! use socketbook::{select, socketpair};
//!
//! let (a, b) = socketpair()?;
//! a.settimeout(Duration::from_millis(20))?;
//! assert!(a.recv(1024).unwrap_err().is_timeout());
//!
//! a.setblocking(false)?;
//! assert!(a.recv(1024).unwrap_err().is_would_block());
//!
//! b.sendall(b"hello")?;
//! let ready = select([&a], [], Duration::from_secs(1))?;
//! assert!(ready.is_readable(&a));
//! assert_eq!(a.recv(1024)?, b"hello");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 5 of the book, *Blocking, non-blocking, timeouts*, teaches them.

use std::time::Duration;

use crate::call::Call;
use crate::error::{Error, Result};
pub use crate::select::{Selected, select};
use crate::socket::Socket;
pub use crate::timeout::IntoTimeout;
use crate::timeout::{Timeout, given};

/// The timeout that new sockets get: Python's `socket.getdefaulttimeout()`.
///
/// `None`, which waits forever, until [`setdefaulttimeout`] says otherwise.
///
/// ```
/// assert_eq!(socketbook::getdefaulttimeout(), None);
/// ```
#[inline]
pub fn getdefaulttimeout() -> Option<Duration> {
    Timeout::default_now().as_duration()
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
pub fn setdefaulttimeout(timeout: impl IntoTimeout) -> Result<()> {
    let timeout = Timeout::checked(given(timeout))
        .map_err(|cause| Error::new(Call::Setdefaulttimeout, cause))?;
    timeout.set_default();
    Ok(())
}

/// # Lesson 5: blocking and timeouts
impl Socket {
    /// Sets how long each call on this socket may wait: Python's `s.settimeout(timeout)`.
    ///
    /// | timeout | the socket |
    /// |---|---|
    /// | `None` | blocks: a call waits as long as it takes |
    /// | `Duration::ZERO` | never waits: a call that would have to is an error ([`is_would_block`](Error::is_would_block)) |
    /// | `Duration::from_secs(2)` | waits at most 2 s: then the call is an error ([`is_timeout`](Error::is_timeout)) |
    ///
    /// The time is counted again for each call, from when it first has to wait; `sendall` and each
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
    /// phone.settimeout(None)?; // and now it would wait forever
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[doc(alias = "set_read_timeout")]
    #[doc(alias = "set_write_timeout")]
    pub fn settimeout(&self, timeout: impl IntoTimeout) -> Result<()> {
        let outcome =
            Timeout::checked(given(timeout)).and_then(|timeout| self.change_timeout(timeout));
        self.finish(Call::Settimeout, outcome)
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
        self.timeout().as_duration()
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
    #[doc(alias = "set_nonblocking")]
    pub fn setblocking(&self, flag: bool) -> Result<()> {
        let timeout = if flag { Timeout::NONE } else { Timeout::ZERO };
        self.finish(Call::Setblocking, self.change_timeout(timeout))
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
        self.timeout() != Timeout::ZERO
    }
}
