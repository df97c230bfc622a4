//! The one error of this crate: which call failed, on what, why, and what to read about it.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::errno::{
    EAGAIN, EALREADY, ECONNABORTED, ECONNRESET, EINPROGRESS, ENOMEM, EPIPE, ESHUTDOWN, Errno,
};

/// What the calls of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the call, what it was about, the reason.
///
/// Its text is one line for a person: the call and the address or value it was given, the errno by
/// name and number, the likely reason, and the chapter of the book that treats it. A program asks
/// the predicates ([`is_timeout`](Error::is_timeout), [`is_would_block`](Error::is_would_block),
/// [`is_disconnect`](Error::is_disconnect) …), [`errno`](Error::errno) or [`kind`](Error::kind);
/// the text may change with any release.
///
/// Nothing is lost with an error: [`sent`](Error::sent) counts the bytes that had gone out before
/// it, [`received`](Error::received) holds what had arrived.
///
/// It is one machine word, so that a call which succeeds pays nothing for it. It converts into
/// [`std::io::Error`] with `?`, keeping errno and kind.
///
/// # Examples
///
/// ```
/// use socketbook::{ECONNREFUSED, Socket};
///
/// // Bound, and not listening: nobody can answer there.
/// let silent = Socket::tcp()?;
/// silent.bind(("127.0.0.1", 0))?;
///
/// let error = Socket::tcp()?.connect(silent.getsockname()?).unwrap_err();
/// assert_eq!(error.call(), "connect");
/// assert_eq!(error.errno(), Some(ECONNREFUSED));
/// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
/// assert!(error.to_string().starts_with("connect(127.0.0.1:"));
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Report>);

/// `call(subject): cause`, with the number of bytes sent and the chapter where they help.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.line())]
struct Report {
    call: &'static str,
    subject: Option<String>,
    sent: usize,
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("{0}: {meaning}", meaning = .0.meaning())]
    Os(Errno),
    #[error("timed out after {0:?}")]
    TimedOut(Duration),
    #[error(
        "cannot read from a file whose socket has timed out: a part of a message may be missing; read on from the socket itself, or make a new file"
    )]
    FileTimedOut,
    #[error("{0}")]
    BadInput(String),
    #[error("cannot find the address of this host: {0}")]
    Unresolved(String),
    #[error(
        "the message had {len} bytes and there was room for {room}: the rest is lost; ask for more, or use recvfrom, which returns the part with a note"
    )]
    Truncated {
        room: usize,
        len: usize,
        kept: Vec<u8>,
    },
    #[error(
        "the peer has sent {limit} bytes without an end: that is the limit; what arrived stays readable, .limit(n) allows more"
    )]
    TooLong { limit: usize },
    #[error(
        "not UTF-8: byte {offset} of it is 0x{byte:02x}; .lossy() would read it as a replacement character"
    )]
    NotUtf8 {
        offset: usize,
        byte: u8,
        kept: Vec<u8>,
    },
    #[error("{}", tried(.0))]
    AllFailed(Vec<Error>),
}

/// Each attempt without its chapter: the chapter at the end of the line is enough.
fn tried(errors: &[Error]) -> String {
    match errors {
        [one] => one.0.happening(),
        errors => {
            let texts: Vec<String> = errors.iter().map(|error| error.0.happening()).collect();
            format!(
                "none of the {} addresses answered: {}",
                texts.len(),
                texts.join("; ")
            )
        }
    }
}

impl Error {
    #[cold]
    pub(crate) fn new(call: &'static str, cause: Cause) -> Error {
        Error(Box::new(Report {
            call,
            subject: None,
            sent: 0,
            cause,
        }))
    }

    #[cold]
    pub(crate) fn os(call: &'static str, errno: impl Into<Errno>) -> Error {
        Error::new(call, Cause::Os(errno.into()))
    }

    /// An error of a call that was made through socket2 or std.
    #[cold]
    pub(crate) fn io(call: &'static str, error: &io::Error) -> Error {
        match error.raw_os_error() {
            Some(number) => Error::os(call, Errno::from_raw(number)),
            None => Error::bad_input(call, error.to_string()),
        }
    }

    #[cold]
    pub(crate) fn bad_input(call: &'static str, why: impl Into<String>) -> Error {
        Error::new(call, Cause::BadInput(why.into()))
    }

    /// The same error, naming the address, option or value that the call was about.
    #[cold]
    pub(crate) fn about(mut self, subject: impl fmt::Display) -> Error {
        let mut subject = subject.to_string();
        // A path may hold the end of a line, and a terminal's commands.
        if subject.contains(char::is_control) {
            subject = subject.escape_debug().to_string();
        }
        self.0.subject = Some(subject);
        self
    }

    /// The same error, under the name of the call that the caller made.
    #[cold]
    pub(crate) fn in_call(mut self, call: &'static str) -> Error {
        self.0.call = call;
        self
    }

    /// The same error, counting what had gone out before it.
    #[cold]
    pub(crate) fn after_sending(mut self, sent: usize) -> Error {
        self.0.sent = sent;
        self
    }

    /// The name of the call that failed: `"connect"`, `"sendall"`, `"readline"` …
    pub fn call(&self) -> &'static str {
        self.0.call
    }

    /// The errno of the system call, or `None` if no system call failed: a timeout, a value that
    /// the call refused, a host name without an address.
    pub fn errno(&self) -> Option<Errno> {
        match &self.0.cause {
            Cause::Os(errno) => Some(*errno),
            Cause::AllFailed(errors) => errors.last().and_then(Error::errno),
            _ => None,
        }
    }

    /// The kind that [`std::io::Error`] would have.
    ///
    /// Some errnos have no kind of their own there (`EINPROGRESS`, `EBADF`, `EMSGSIZE` …): ask
    /// [`errno`](Error::errno) for those.
    pub fn kind(&self) -> io::ErrorKind {
        match &self.0.cause {
            Cause::Os(errno) => io::Error::from_raw_os_error(errno.raw()).kind(),
            Cause::TimedOut(_) | Cause::FileTimedOut => io::ErrorKind::TimedOut,
            Cause::BadInput(_) => io::ErrorKind::InvalidInput,
            Cause::Unresolved(_) => io::ErrorKind::NotFound,
            Cause::Truncated { .. } | Cause::TooLong { .. } | Cause::NotUtf8 { .. } => {
                io::ErrorKind::InvalidData
            }
            Cause::AllFailed(errors) => errors.last().map_or(io::ErrorKind::NotFound, Error::kind),
        }
    }

    /// How many bytes of the data had been handed to the kernel when the call failed: what
    /// `sendall`, `write` and `flush` had sent. 0 for all other calls.
    pub fn sent(&self) -> usize {
        self.0.sent
    }

    /// What the call had received and does not give otherwise: the beginning of the message when
    /// [`is_truncated`](Error::is_truncated) (but for [`recv_into`](crate::Socket::recv_into),
    /// whose buffer holds it), the bytes that are not UTF-8 when a file of text meets them. Empty
    /// for all other errors: what arrived before them is there for the next call.
    pub fn received(&self) -> &[u8] {
        match &self.0.cause {
            Cause::Truncated { kept, .. } | Cause::NotUtf8 { kept, .. } => kept,
            _ => &[],
        }
    }

    /// Each address that [`create_connection`](crate::create_connection) tried, with its error, in
    /// order; empty for all other calls.
    ///
    /// ```
    /// use socketbook::{ECONNREFUSED, Socket, create_connection};
    ///
    /// let phone = Socket::tcp()?;
    /// phone.bind(("127.0.0.1", 0))?; // and no listen
    /// let error = create_connection(phone.getsockname()?).unwrap_err();
    /// let attempts = error.attempts();
    /// assert_eq!((attempts.len(), attempts[0].errno()), (1, Some(ECONNREFUSED)));
    ///
    /// // The text says once what happened, and once where to read on.
    /// let text = error.to_string();
    /// assert_eq!(text.matches("ECONNREFUSED").count(), 1, "{text}");
    /// assert_eq!(text.matches("lesson").count(), 1, "{text}");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn attempts(&self) -> &[Error] {
        match &self.0.cause {
            Cause::AllFailed(errors) => errors,
            _ => &[],
        }
    }

    /// Whether the socket's timeout ran out: Python's `TimeoutError: timed out`.
    ///
    /// Not so for `ETIMEDOUT`, by which the kernel says that the network gave up.
    pub fn is_timeout(&self) -> bool {
        match &self.0.cause {
            Cause::TimedOut(_) | Cause::FileTimedOut => true,
            Cause::AllFailed(errors) => errors.last().is_some_and(Error::is_timeout),
            _ => false,
        }
    }

    /// Whether the call would have had to wait on a socket that does not wait: Python's
    /// `BlockingIOError`, errno `EAGAIN`, `EALREADY` or `EINPROGRESS`.
    pub fn is_would_block(&self) -> bool {
        matches!(self.errno(), Some(EAGAIN | EALREADY | EINPROGRESS)) && !self.is_timeout()
    }

    /// Whether the connection is gone: `ECONNRESET`, `EPIPE`, `ECONNABORTED` or `ESHUTDOWN`. A
    /// server that goes on to its next caller asks this.
    pub fn is_disconnect(&self) -> bool {
        matches!(
            self.errno(),
            Some(ECONNRESET | EPIPE | ECONNABORTED | ESHUTDOWN)
        )
    }

    /// Whether a message was longer than the room given for it, so that its end is lost. What
    /// arrived is in [`received`](Error::received), or in the buffer of `recv_into`.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.cause, Cause::Truncated { .. })
    }

    /// Whether a line, or all that a peer sent, was longer than the file's limit. It stays
    /// readable.
    pub fn is_too_long(&self) -> bool {
        matches!(self.0.cause, Cause::TooLong { .. })
    }

    /// Whether the call refused a value that it was given, before any system call.
    pub fn is_bad_input(&self) -> bool {
        matches!(self.0.cause, Cause::BadInput(_))
    }

    /// Whether a host name has no address: Python's `socket.gaierror`.
    pub fn is_unresolved(&self) -> bool {
        matches!(self.0.cause, Cause::Unresolved(_))
    }

    /// The error at length, for a person: what happened, the likely reason, where to read on. The
    /// text has several lines.
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let error = Socket::tcp()?.getpeername().unwrap_err();
    /// println!("{}", error.explain());
    /// assert!(error.explain().contains("lesson 4"));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        let report = &*self.0;
        let mut text = format!("The call:  {}\n", report.place());
        text += &format!("What:      {}\n", report.cause);
        if report.sent > 0 {
            text += &format!("Sent:      {} bytes had gone out before\n", report.sent);
        }
        text += &format!("Read on:   {}\n", report.chapter());
        text
    }
}

impl Report {
    fn place(&self) -> String {
        format!("{}({})", self.call, self.subject.as_deref().unwrap_or(""))
    }

    fn line(&self) -> String {
        format!("{} [{}]", self.happening(), self.chapter())
    }

    /// The line without the chapter.
    fn happening(&self) -> String {
        let sent = match self.sent {
            0 => String::new(),
            sent => format!(" ({sent} bytes had gone out)"),
        };
        format!("{}: {}{sent}", self.place(), self.cause)
    }

    /// The chapter of the book to read: the errno's where it has one, else the call's.
    fn chapter(&self) -> &'static str {
        let errnos = match &self.cause {
            Cause::Os(errno) => errno.chapter(),
            Cause::TimedOut(_) => Some("lesson 5, blocking and timeouts"),
            Cause::Unresolved(_) => Some("chapter 11, addresses"),
            Cause::Truncated { .. } => Some("chapter 8, UDP"),
            Cause::TooLong { .. } => Some("chapter 9, messages on a stream"),
            _ => None,
        };
        errnos.unwrap_or(match self.call {
            "Socket" | "socketpair" | "fromfd" | "dup" => "lesson 1, creation",
            "bind" | "listen" | "accept" | "create_server" => "lesson 2, server calls",
            "connect" | "connect_ex" | "create_connection" => "lesson 3, client calls",
            "settimeout" | "setblocking" | "setdefaulttimeout" => "lesson 5, blocking and timeouts",
            "makefile" | "read" | "read1" | "readall" | "readline" | "write" | "flush" => {
                "lesson 6, files"
            }
            _ => "lesson 4, common calls",
        })
    }
}

/// `Error { call: "recv", .. }` with all there is, for logs and for `unwrap`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?})", self.to_string())
    }
}

/// Keeps kind and errno. An error without an errno, and that of
/// [`create_connection`](crate::create_connection) with its many, goes in whole and comes out again
/// by [`into_inner`](std::io::Error::into_inner).
///
/// ```
/// use std::io;
/// use socketbook::Socket;
///
/// fn peer() -> io::Result<()> {
///     Socket::tcp()?.getpeername()?;
///     Ok(())
/// }
///
/// let error = peer().unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::NotConnected);
/// assert_eq!(error.raw_os_error(), Some(socketbook::ENOTCONN.raw()));
/// ```
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        match error.0.cause {
            Cause::Os(errno) => io::Error::from_raw_os_error(errno.raw()),
            _ => io::Error::new(error.kind(), error),
        }
    }
}

/// An empty vector with room for exactly `size` bytes, or ENOMEM: a size that cannot be had is the
/// caller's error, not the end of the process.
#[inline]
pub(crate) fn room(call: &'static str, size: usize) -> Result<Vec<u8>> {
    let mut room = Vec::new();
    match room.try_reserve_exact(size) {
        Ok(()) => Ok(room),
        Err(_) => Err(Error::os(call, ENOMEM).about(size)),
    }
}
