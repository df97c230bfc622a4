//! Timeouts: what is given, what is kept, and the default.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::cause::Cause;
use crate::language::say;

/// What a call takes as a timeout: a [`Duration`], or `None` to wait as long as it takes.
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timeout",
    label = "not a `Duration`",
    note = "write `Duration::from_secs(2)` or `Duration::from_millis(500)`, `Duration::ZERO` to never wait, or `None` to wait as long as it takes"
)]
pub trait IntoTimeout {
    #[doc(hidden)]
    fn into_timeout(self, sealed: sealed::Token) -> Option<Duration>;
}

mod sealed {
    /// Other crates cannot name it, and so cannot implement the trait.
    #[derive(Debug)]
    pub struct Token;
}

/// What a caller gave, unchecked.
pub(crate) fn given(timeout: impl IntoTimeout) -> Option<Duration> {
    timeout.into_timeout(sealed::Token)
}

impl IntoTimeout for Duration {
    fn into_timeout(self, _: sealed::Token) -> Option<Duration> {
        Some(self)
    }
}

impl IntoTimeout for Option<Duration> {
    fn into_timeout(self, _: sealed::Token) -> Option<Duration> {
        self
    }
}

/// A timeout as sockets keep it: nanoseconds, 0 for a socket that never waits, `u64::MAX` for one
/// that waits as long as it takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeout(u64);

/// The longest timeout: what fits into 63 bits of nanoseconds, as in Python. 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// For sockets that are made from now on.
static DEFAULT: AtomicU64 = AtomicU64::new(Timeout::NONE.0);

impl Timeout {
    /// Waits as long as it takes.
    pub(crate) const NONE: Timeout = Timeout(u64::MAX);
    /// Never waits.
    pub(crate) const ZERO: Timeout = Timeout(0);

    /// Of what a caller gave, if it is in range.
    pub(crate) fn checked(given: Option<Duration>) -> Result<Timeout, Cause> {
        match given {
            Some(timeout) if timeout > LONGEST => Err(Cause::bad_input(say!(
                "{timeout:?} is too long: a timeout is at most 292 years, and None waits as long as it takes",
                "{timeout:?} 太长：超时最多 292 年；None 就是要等多久等多久"
            ))),
            Some(timeout) => Ok(Timeout(timeout.as_nanos() as u64)),
            None => Ok(Timeout::NONE),
        }
    }

    /// The timeout of new sockets.
    #[inline]
    pub(crate) fn default_now() -> Timeout {
        Timeout(DEFAULT.load(Relaxed))
    }

    pub(crate) fn set_default(self) {
        DEFAULT.store(self.0, Relaxed);
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Timeout {
        Timeout(bits)
    }

    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    /// `None` waits as long as it takes.
    #[inline]
    pub(crate) fn as_duration(self) -> Option<Duration> {
        self.is_set().then(|| Duration::from_nanos(self.0))
    }

    /// The timeout, if it is one to wait for: neither unlimited nor zero.
    pub(crate) fn positive(self) -> Option<Duration> {
        self.as_duration().filter(|timeout| !timeout.is_zero())
    }

    /// Whether it is not `None`: the descriptor is non-blocking then.
    #[inline]
    pub(crate) const fn is_set(self) -> bool {
        self.0 != Timeout::NONE.0
    }
}
