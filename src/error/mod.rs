//! The one error of this crate: which call failed, on what, why, and what to read about it.

mod report;

use std::fmt;
use std::io;

use crate::call::Call;
use crate::cause::Cause;
#[cfg(doc)]
use crate::eai::EAI_AGAIN;
use crate::eai::Eai;
use crate::errno::{
    EAGAIN, EALREADY, ECONNABORTED, ECONNRESET, EINPROGRESS, EMFILE, ENFILE, ENOBUFS, ENOMEM,
    EPIPE, ESHUTDOWN, ETIMEDOUT, Errno,
};
use crate::language::{Language, Words};
use crate::sys;
use report::Report;

/// What the calls of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the call, what it was about, the reason.
///
/// Its text is one line for a person or a log: the call and the address or value it was given, the
/// errno by name and number, and the likely reason for that call. [`explain`](Error::explain) adds
/// the chapter of the book to read. The text may change with any release, so a program asks:
///
/// | Whom does it concern? | Ask | A server then |
/// |---|---|---|
/// | one connection | [`is_disconnect`](Error::is_disconnect), [`is_timeout`](Error::is_timeout) | closes it and goes on |
/// | the moment | [`is_transient`](Error::is_transient), [`is_would_block`](Error::is_would_block) | waits a little and goes on |
/// | the program | everything else | stops |
///
/// [`errno`](Error::errno) and [`kind`](Error::kind) say more. Nothing is lost with an error:
/// [`sent`](Error::sent) counts the bytes that were sent before it, and
/// [`received`](Error::received) holds what had arrived.
///
/// An error is one machine word, so a call that succeeds pays nothing for it. It converts into
/// [`std::io::Error`] with `?`, which keeps errno and kind.
///
/// # Examples
///
/// ```
/// use socketbook::{Call, ECONNREFUSED, Socket};
///
/// // Bound, but not listening: no one can answer there.
/// let silent = Socket::tcp()?;
/// silent.bind(("127.0.0.1", 0))?;
///
/// let error = Socket::tcp()?.connect(silent.getsockname()?).unwrap_err();
/// assert_eq!(error.call(), Call::Connect);
/// assert_eq!(error.errno(), Some(ECONNREFUSED));
/// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
/// assert!(error.to_string().starts_with("connect(127.0.0.1:"));
/// # Ok::<(), socketbook::Error>(())
/// ```
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Report>);

impl Error {
    #[cold]
    pub(crate) fn new(call: Call, cause: impl Into<Cause>) -> Error {
        Error(Box::new(Report {
            call,
            subject: None,
            unix: false,
            sent: 0,
            cause: cause.into(),
        }))
    }

    #[cold]
    pub(crate) fn bad_input(call: Call, why: Words<String>) -> Error {
        Error::new(call, Cause::bad_input(why))
    }

    /// The same error, naming the address, option or value that the call was about.
    #[cold]
    pub(crate) fn about(mut self, subject: impl fmt::Display) -> Error {
        let mut subject = subject.to_string();
        // It may hold the end of a line, or a terminal's commands.
        if subject.contains(char::is_control) {
            subject = subject.escape_debug().to_string();
        }
        self.0.subject = Some(subject);
        self
    }

    /// The same error, about a Unix path or name.
    #[cold]
    pub(crate) fn about_unix(mut self, unix: bool) -> Error {
        self.0.unix = unix;
        self
    }

    /// The same error, counting what was sent before it.
    #[cold]
    pub(crate) fn after_sending(mut self, sent: usize) -> Error {
        self.0.sent = sent;
        self
    }

    /// The call that failed.
    pub fn call(&self) -> Call {
        self.0.call
    }

    /// The errno of the system call, or `None` if no system call failed: a timeout, a value that
    /// the call refused, a host name without an address.
    pub fn errno(&self) -> Option<Errno> {
        match self.last_cause() {
            Cause::Os(errno) => Some(*errno),
            Cause::NoMemory(_) => Some(ENOMEM),
            _ => None,
        }
    }

    /// The code with which a look-up failed: Python's `socket.gaierror` has it as its `errno`.
    /// `None` for all other errors.
    ///
    /// [`is_transient`](Error::is_transient) is true for [`EAI_AGAIN`]: the name server did not
    /// answer.
    pub fn eai(&self) -> Option<Eai> {
        match self.last_cause() {
            Cause::Unresolved(eai, _) => Some(*eai),
            _ => None,
        }
    }

    /// The kind that [`std::io::Error`] would have.
    ///
    /// Some errnos have no kind of their own there (`EINPROGRESS`, `EBADF`, `EMSGSIZE` …): ask
    /// [`errno`](Error::errno) for those. The socket's own timeout and ETIMEDOUT, with which the
    /// kernel gives a connection up, have the same kind: ask [`is_timeout`](Error::is_timeout).
    pub fn kind(&self) -> io::ErrorKind {
        match self.last_cause() {
            Cause::Os(errno) => io::Error::from_raw_os_error(errno.raw()).kind(),
            Cause::NoMemory(_) => io::ErrorKind::OutOfMemory,
            Cause::TimedOut(_) | Cause::NoneTried(_) | Cause::AllFailed(_, Some(_)) => {
                io::ErrorKind::TimedOut
            }
            Cause::FileTimedOut => io::ErrorKind::Other,
            Cause::BadInput(_) => io::ErrorKind::InvalidInput,
            Cause::Unresolved(..) | Cause::NotListed(_) => io::ErrorKind::NotFound,
            Cause::Truncated { .. } | Cause::TooLong { .. } | Cause::NotUtf8 { .. } => {
                io::ErrorKind::InvalidData
            }
            // No address at all.
            Cause::AllFailed(_, None) => io::ErrorKind::NotFound,
            Cause::HungUp => io::ErrorKind::UnexpectedEof,
        }
    }

    /// Of several attempts the last one's, unless the time for all of them was over.
    fn last_cause(&self) -> &Cause {
        match &self.0.cause {
            Cause::AllFailed(errors, None) => {
                errors.last().map_or(&self.0.cause, Error::last_cause)
            }
            cause => cause,
        }
    }

    /// How many bytes of the data the kernel had taken when the call failed: what `sendall`,
    /// `write` and `flush` had sent. 0 for all other calls.
    ///
    /// The peer may have received less.
    pub fn sent(&self) -> usize {
        self.0.sent
    }

    /// What the call had received and does not return otherwise: the beginning of the message if
    /// it [`is_truncated`](Error::is_truncated) (except for
    /// [`recv_into`](crate::Socket::recv_into), whose buffer holds it), or the bytes of a text file
    /// that are [not UTF-8](Error::is_not_utf8). Empty for all other errors: what arrived before
    /// them is there for the next call.
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
    /// let silent = Socket::tcp()?;
    /// silent.bind(("127.0.0.1", 0))?; // and no listen
    /// let error = create_connection(silent.getsockname()?).unwrap_err();
    /// let attempts = error.attempts();
    /// assert_eq!((attempts.len(), attempts[0].errno()), (1, Some(ECONNREFUSED)));
    ///
    /// // The text says once what happened.
    /// let text = error.to_string();
    /// assert_eq!(text.matches("ECONNREFUSED").count(), 1, "{text}");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn attempts(&self) -> &[Error] {
        match &self.0.cause {
            Cause::AllFailed(errors, _) => errors,
            _ => &[],
        }
    }

    /// Whether the socket's timeout ran out: Python's `TimeoutError: timed out`. The call may be
    /// made again.
    ///
    /// False for `ETIMEDOUT`, with which the kernel gives a connection up
    /// ([`is_disconnect`](Error::is_disconnect)), and for a file that refuses to read because it
    /// had timed out before ([`is_file_timed_out`](Error::is_file_timed_out)).
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.last_cause(),
            Cause::TimedOut(_) | Cause::NoneTried(_) | Cause::AllFailed(_, Some(_))
        )
    }

    /// Whether a file refuses to read because an earlier read timed out: Python's
    /// `OSError: cannot read from timed out object`. It lasts: read on from the socket, or make a
    /// new file.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketbook::{RB, socketpair};
    ///
    /// let (a, _b) = socketpair()?;
    /// a.settimeout(Duration::from_millis(1))?;
    /// let mut file = a.makefile(RB);
    /// assert!(file.readline().unwrap_err().is_timeout());
    /// assert!(file.readline().unwrap_err().is_file_timed_out());
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn is_file_timed_out(&self) -> bool {
        matches!(self.0.cause, Cause::FileTimedOut)
    }

    /// Whether the call would have had to wait on a non-blocking socket: Python's
    /// `BlockingIOError`, errno `EAGAIN`, `EALREADY` or `EINPROGRESS`.
    pub fn is_would_block(&self) -> bool {
        matches!(self.errno(), Some(EAGAIN | EALREADY | EINPROGRESS)) && !self.is_timeout()
    }

    /// Whether the connection is gone: `ECONNRESET`, `EPIPE`, `ECONNABORTED`, `ESHUTDOWN`, or
    /// `ETIMEDOUT` on a connection that existed (keepalive, or data that was never acknowledged). A
    /// server closes it and goes on.
    pub fn is_disconnect(&self) -> bool {
        match self.errno() {
            Some(ECONNRESET | EPIPE | ECONNABORTED | ESHUTDOWN) => true,
            Some(ETIMEDOUT) => !matches!(
                self.call(),
                Call::Connect | Call::ConnectEx | Call::CreateConnection
            ),
            _ => false,
        }
    }

    /// Whether the call may succeed a little later, without a change to the program: too many
    /// descriptors (`EMFILE`, `ENFILE`), too little memory (`ENOBUFS`, `ENOMEM`), or no answer from
    /// a name server ([`EAI_AGAIN`]).
    ///
    /// On [`accept`](crate::Socket::accept) also what concerns only the connection that would have
    /// been accepted (`ECONNABORTED`, and the errors of its network:
    /// [accept(2)](https://man7.org/linux/man-pages/man2/accept.2.html)), so that an accept loop
    /// asks one question. The pause matters: the connection stays in the queue, and `accept` would
    /// fail again at once.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    /// use socketbook::{Result, Socket};
    ///
    /// fn serve(server: &Socket) -> Result<()> {
    ///     loop {
    ///         let (conn, _) = match server.accept() {
    ///             Ok(accepted) => accepted,
    ///             Err(error) if error.is_transient() => {
    ///                 thread::sleep(Duration::from_millis(50));
    ///                 continue;
    ///             }
    ///             Err(error) => return Err(error),
    ///         };
    ///         drop(conn); // serve it
    ///     }
    /// }
    ///
    /// assert!(serve(&Socket::tcp()?).is_err(), "not listening: that lasts");
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn is_transient(&self) -> bool {
        if self.eai().is_some_and(Eai::is_temporary) {
            return true;
        }
        match self.errno() {
            // What is too large to allocate is still too large a little later.
            Some(ENOMEM) => !matches!(self.0.cause, Cause::NoMemory(_)),
            Some(EMFILE | ENFILE | ENOBUFS) => true,
            Some(errno) => self.call() == Call::Accept && sys::is_of_the_accepted(errno.raw()),
            None => false,
        }
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

    /// Whether a text file met bytes that are not UTF-8: Python's `UnicodeDecodeError`. They are in
    /// [`received`](Error::received), and the next call goes on after them.
    pub fn is_not_utf8(&self) -> bool {
        matches!(self.0.cause, Cause::NotUtf8 { .. })
    }

    /// Whether the call refused a value that it was given, before any system call.
    pub fn is_bad_input(&self) -> bool {
        matches!(self.last_cause(), Cause::BadInput(_))
    }

    /// Whether a look-up failed, so that a name has no address or an address no name: Python's
    /// `socket.gaierror` and `socket.herror`. [`eai`](Error::eai) says why. True also for a service
    /// or protocol that is not known.
    pub fn is_unresolved(&self) -> bool {
        matches!(
            self.last_cause(),
            Cause::Unresolved(..) | Cause::NotListed(_)
        )
    }

    /// The error at length, for a person: what happened, the likely reason, and the chapter of the
    /// book to read. The text has several lines.
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let error = Socket::tcp()?.getpeername().unwrap_err();
    /// println!("{}", error.explain());
    /// assert!(error.explain().contains("chapter 4"));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        self.explain_in(Language::English)
    }

    /// [`explain`](Error::explain) in another language. Names, numbers and what the call was about
    /// stay as they are, and so does the one line for a log.
    ///
    /// ```
    /// use socketbook::{Language, Socket};
    ///
    /// let error = Socket::tcp()?.getpeername().unwrap_err();
    /// print!("{}", error.explain_in(Language::from_environment()));
    /// assert!(error.explain_in(Language::Chinese).contains("没有连接"));
    /// assert!(error.to_string().contains("not connected"));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn explain_in(&self, language: Language) -> String {
        self.0.explain(language)
    }
}

/// The same text: what `main` prints when it returns an error, and `unwrap`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
    #[cold]
    fn from(error: Error) -> io::Error {
        match error.0.cause {
            Cause::Os(errno) => io::Error::from_raw_os_error(errno.raw()),
            Cause::NoMemory(_) => io::Error::from_raw_os_error(ENOMEM.raw()),
            _ => io::Error::new(error.kind(), error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::errno::ECONNREFUSED;

    /// Real addresses that fail differently would have to be found in this machine's files.
    #[test]
    fn of_several_attempts_the_last_one_answers() {
        let refused = Error::new(Call::Connect, ECONNREFUSED);
        let second = Duration::from_secs(1);
        let timed_out = Error::new(Call::Connect, Cause::TimedOut(second));
        let all = |attempts: [&Error; 2], over| {
            let attempts = attempts.map(Error::clone).to_vec();
            Error::new(Call::CreateConnection, Cause::AllFailed(attempts, over))
        };
        let error = all([&timed_out, &refused], None);
        assert_eq!(error.errno(), Some(ECONNREFUSED));
        assert!(!error.is_timeout());
        let error = all([&refused, &timed_out], None);
        assert_eq!(error.errno(), None);
        assert!(error.is_timeout());
        // The time for all of them was over.
        let error = all([&timed_out, &refused], Some(second));
        assert_eq!(error.errno(), None);
        assert!(error.is_timeout());
    }

    /// A program seldom meets all of them.
    #[test]
    fn each_errno_of_a_connection_that_is_gone() {
        for errno in [ECONNRESET, EPIPE, ECONNABORTED, ESHUTDOWN, ETIMEDOUT] {
            assert!(Error::new(Call::Send, errno).is_disconnect(), "{errno}");
        }
        for call in [Call::Connect, Call::ConnectEx, Call::CreateConnection] {
            assert!(!Error::new(call, ETIMEDOUT).is_disconnect());
        }
        assert!(!Error::new(Call::Send, ENOBUFS).is_disconnect());
    }
}
