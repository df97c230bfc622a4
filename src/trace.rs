//! Watching: with the feature `tracing`, one event for each call. Without it nothing here does
//! anything, and all of it is compiled away.

use std::fmt;

use crate::call::Call;
use crate::error::Error;

/// Whether the feature is on. Calls take their slow path then, so that each passes by here.
pub(crate) const ON: bool = cfg!(feature = "tracing");

/// What an event says besides the call, the descriptor, and how long it waited.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    pub(crate) address: Option<&'a dyn fmt::Display>,
    pub(crate) bytes: Option<usize>,
}

impl<'a> Facts<'a> {
    pub(crate) fn bytes(bytes: usize) -> Facts<'a> {
        Facts {
            address: None,
            bytes: Some(bytes),
        }
    }

    pub(crate) fn address(address: &'a dyn fmt::Display) -> Facts<'a> {
        Facts {
            address: Some(address),
            bytes: None,
        }
    }

    pub(crate) fn and_bytes(mut self, bytes: Option<usize>) -> Facts<'a> {
        self.bytes = bytes;
        self
    }
}

/// Prints each call of this crate to standard error, as strace does, if the program was built with
/// the feature `tracing` and the environment variable `SOCKETBOOK_CALLS` is set. Otherwise it does
/// nothing.
///
/// A line has the call, the descriptor, the address, the number of bytes, the error, and how long
/// the call waited; never the bytes themselves. It is for looking at a program while it runs:
///
/// ```console
/// $ SOCKETBOOK_CALLS=1 cargo run --features tracing --example tcp_server
/// ```
///
/// A program that has a subscriber of the crate `tracing` needs no such line: the events have the
/// target `socketbook`, the level DEBUG, and the fields `call`, `fd`, `address`, `bytes`, `errno`,
/// `error` and `waited`.
///
/// ```
/// use socketbook::{show_calls, socketpair};
///
/// show_calls();
/// let (a, b) = socketpair()?;
/// a.sendall(b"hello")?; // sendall fd=3 bytes=5
/// b.recv(1024)?; //        recv fd=4 bytes=5
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn show_calls() {
    #[cfg(feature = "tracing")]
    subscriber::install();
}

/// One event: of a call that has ended.
#[cfg(feature = "tracing")]
pub(crate) fn event(call: Call, fd: Option<u64>, facts: &Facts<'_>, error: Option<&Error>) {
    tracing::debug!(
        target: "socketbook",
        call = call.name(),
        fd,
        address = facts.address.map(tracing::field::display),
        bytes = facts.bytes.map(|bytes| bytes as u64),
        errno = error.and_then(Error::errno).map(tracing::field::display),
        error = error.map(tracing::field::display),
        waited = waited::take().map(tracing::field::debug),
    );
}

#[cfg(not(feature = "tracing"))]
#[inline(always)]
pub(crate) fn event(_: Call, _: Option<u64>, _: &Facts<'_>, _: Option<&Error>) {}

/// Makes system calls that may wait, and notes for the event how long they took.
#[inline(always)]
pub(crate) fn waiting<T>(make: impl FnOnce() -> T) -> T {
    #[cfg(feature = "tracing")]
    let _timed = waited::Timed::start();
    make()
}

/// How long the calls of this thread waited that have no event yet.
#[cfg(feature = "tracing")]
mod waited {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    thread_local! {
        static WAITED: Cell<Option<Duration>> = const { Cell::new(None) };
    }

    pub(super) struct Timed(Instant);

    impl Timed {
        pub(super) fn start() -> Timed {
            Timed(Instant::now())
        }
    }

    impl Drop for Timed {
        fn drop(&mut self) {
            let before = WAITED.get().unwrap_or_default();
            WAITED.set(Some(before + self.0.elapsed()));
        }
    }

    pub(super) fn take() -> Option<Duration> {
        WAITED.take()
    }
}

/// Writes the events of this crate to standard error, one line per event.
#[cfg(feature = "tracing")]
mod subscriber {
    use std::fmt::{self, Write as _};
    use std::io::Write as _;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    pub(super) fn install() {
        if std::env::var_os("SOCKETBOOK_CALLS").is_some() {
            // Another subscriber may be there already: it has the events then.
            let _ = tracing::subscriber::set_global_default(ToStderr);
        }
    }

    struct ToStderr;

    impl Subscriber for ToStderr {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event() && metadata.target() == "socketbook"
        }

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(String::new());
            event.record(&mut line);
            line.0.push('\n');
            // One write, so that the lines of several threads do not mix. If no one reads them,
            // the program goes on.
            let _ = std::io::stderr().write_all(line.0.as_bytes());
        }

        // There are no spans.
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            // Writing to a string does not fail.
            let _ = match field.name() {
                // It is in the text of the error.
                "errno" => Ok(()),
                name => write!(self.0, " {name}={value:?}"),
            };
        }

        fn record_str(&mut self, field: &Field, value: &str) {
            match field.name() {
                "call" => self.0.push_str(value),
                _ => self.record_debug(field, &value),
            }
        }
    }
}
