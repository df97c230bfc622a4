//! The errno numbers a socket program meets, with their names and what they usually mean.

use std::fmt;

/// An error number of the operating system, as [`connect_ex`](crate::Socket::connect_ex) returns
/// it and [`Error::errno`](crate::Error::errno) tells it: a number with a name.
///
/// It compares with the constants of the same names as in Python's `errno` module and in C, and
/// with a plain `i32`; 0 means that nothing went wrong.
///
/// # Examples
///
/// ```
/// use socketbook::{ECONNREFUSED, Errno};
///
/// let code = Errno::from_raw(ECONNREFUSED.raw());
/// assert_eq!(code, ECONNREFUSED);
/// assert_eq!(code.name(), "ECONNREFUSED");
/// assert_eq!(Errno::from_raw(0), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(i32);

impl Errno {
    /// The errno with this number.
    pub const fn from_raw(number: i32) -> Errno {
        Errno(number)
    }

    /// The number: `111` for `ECONNREFUSED` on Linux.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The name in C and in Python's `errno` module, `"0"` for no error, or `"errno"` for a number
    /// that this crate has no name for.
    ///
    /// ```
    /// use socketbook::Errno;
    ///
    /// assert_eq!(Errno::from_raw(98).name(), "EADDRINUSE");
    /// assert_eq!(Errno::from_raw(0).name(), "0");
    /// assert_eq!(Errno::from_raw(4095).name(), "errno");
    /// ```
    pub fn name(self) -> &'static str {
        match self.entry() {
            Some(entry) => entry.name,
            None if self.0 == 0 => "0",
            None => "errno",
        }
    }

    /// What it says in plain words, and the likely reason, for a program that uses sockets.
    ///
    /// ```
    /// assert!(socketbook::ECONNREFUSED.meaning().contains("nobody listens"));
    /// ```
    pub fn meaning(self) -> &'static str {
        match self.entry() {
            Some(entry) => entry.meaning,
            None if self.0 == 0 => "no error",
            None => "an error of the operating system that the lessons do not meet",
        }
    }

    /// The chapter of the book that explains it, where one does.
    pub(crate) fn chapter(self) -> Option<&'static str> {
        self.entry().and_then(|entry| entry.chapter)
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.iter().find(|entry| entry.errno == self)
    }
}

impl PartialEq<i32> for Errno {
    fn eq(&self, number: &i32) -> bool {
        self.0 == *number
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Errno {
        Errno(errno.raw_os_error())
    }
}

/// `ECONNREFUSED (111)`; plain `0` for no error.
impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            number => write!(f, "{} ({number})", self.name()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Entry {
    errno: Errno,
    name: &'static str,
    meaning: &'static str,
    /// The chapter of the book, where one treats it; else the call's own lesson is named.
    chapter: Option<&'static str>,
}

/// One row an errno: the constant, what it says and the likely reason, the chapter.
macro_rules! errnos {
    ($($name:ident = $rustix:ident, $meaning:literal, $chapter:expr;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $meaning, ".")]
            pub const $name: Errno = Errno(rustix::io::Errno::$rustix.raw_os_error());
        )*
        const ENTRIES: &[Entry] = &[$(
            Entry { errno: $name, name: stringify!($name), meaning: $meaning, chapter: $chapter },
        )*];
    };
}

const CREATION: Option<&str> = Some("lesson 1, creation");
const CLIENT: Option<&str> = Some("lesson 3, client calls");
const COMMON: Option<&str> = Some("lesson 4, common calls");
const BLOCKING: Option<&str> = Some("lesson 5, blocking and timeouts");
const TCP: Option<&str> = Some("chapter 7, a TCP conversation");
const UDP: Option<&str> = Some("chapter 8, UDP");
const ADDRESSES: Option<&str> = Some("chapter 11, addresses");
const TROUBLES: Option<&str> = Some("chapter 12, when it goes wrong");

errnos! {
    EPERM = PERM, "not permitted: this needs a privilege, such as CAP_NET_RAW for a raw socket, or a firewall of this machine says no", TROUBLES;
    ENOENT = NOENT, "no such file: no Unix socket has this path, or a folder on the way is missing", ADDRESSES;
    EINTR = INTR, "interrupted by a signal before anything happened", TROUBLES;
    EIO = IO, "input/output error", None;
    EBADF = BADF, "not an open descriptor: it was closed", COMMON;
    EAGAIN = AGAIN, "would block: nothing has arrived yet, or there is no room to send, and the socket does not wait", BLOCKING;
    ENOMEM = NOMEM, "out of memory", None;
    EACCES = ACCESS, "permission denied: a port below 1024, a broadcast without SO_BROADCAST, a Unix path without the right to it, or a firewall", TROUBLES;
    EFAULT = FAULT, "bad address in memory", None;
    EEXIST = EXIST, "it exists already", None;
    ENODEV = NODEV, "no such device: is the interface's name right?", ADDRESSES;
    ENOTDIR = NOTDIR, "a part of the path is not a folder", ADDRESSES;
    EINVAL = INVAL, "invalid argument, or not in this state: bind on a bound socket, accept before listen or after shutdown, an option's value out of range", None;
    ENFILE = NFILE, "the whole system has too many files open", TROUBLES;
    EMFILE = MFILE, "this process has too many descriptors open (see ulimit -n): close some; waiting callers stay in the queue", TROUBLES;
    EPIPE = PIPE, "broken pipe: the socket is not connected, this end was shut down for sending, or the peer is gone", TCP;
    ENOTSOCK = NOTSOCK, "the descriptor is not a socket", CREATION;
    EDESTADDRREQ = DESTADDRREQ, "no destination: use sendto with an address, or connect first", UDP;
    EMSGSIZE = MSGSIZE, "the message is too long for one datagram (65,507 bytes over IPv4)", UDP;
    EPROTOTYPE = PROTOTYPE, "the protocol does not fit the socket's kind", CREATION;
    ENOPROTOOPT = NOPROTOOPT, "the protocol does not know this option", COMMON;
    EPROTONOSUPPORT = PROTONOSUPPORT, "the protocol does not fit the family and kind", CREATION;
    ESOCKTNOSUPPORT = SOCKTNOSUPPORT, "the family has no socket of this kind", CREATION;
    EOPNOTSUPP = OPNOTSUPP, "not possible on a socket of this kind: listen and accept are for streams, MSG_OOB for TCP", COMMON;
    EAFNOSUPPORT = AFNOSUPPORT, "the system does not support this address family, or the address is of another family than the socket", ADDRESSES;
    EADDRINUSE = ADDRINUSE, "the address is in use: another program listens there, or an old connection is still in TIME_WAIT; SO_REUSEADDR before bind helps against the second", TCP;
    EADDRNOTAVAIL = ADDRNOTAVAIL, "not an address of this machine, or all its ports are in use", TROUBLES;
    ENETDOWN = NETDOWN, "the network is down", TROUBLES;
    ENETUNREACH = NETUNREACH, "the network cannot be reached: no route leads there", TROUBLES;
    ENETRESET = NETRESET, "the network dropped the connection on reset", TROUBLES;
    ECONNABORTED = CONNABORTED, "the connection was given up before it was accepted", TCP;
    ECONNRESET = CONNRESET, "the peer reset the connection: it closed with data unread, crashed, or was killed", TCP;
    ENOBUFS = NOBUFS, "the system has no buffer space left", TROUBLES;
    EISCONN = ISCONN, "connected already: one socket connects once", CLIENT;
    ENOTCONN = NOTCONN, "not connected: connect or accept first", COMMON;
    ESHUTDOWN = SHUTDOWN, "this direction was shut down", COMMON;
    ETOOMANYREFS = TOOMANYREFS, "too many descriptors in flight", None;
    ETIMEDOUT = TIMEDOUT, "the network gave up: the peer did not answer for so long that the kernel dropped the connection", TCP;
    ECONNREFUSED = CONNREFUSED, "connection refused: nobody listens at this address; start the server first, and check the port", CLIENT;
    EHOSTDOWN = HOSTDOWN, "the host is down", TROUBLES;
    EHOSTUNREACH = HOSTUNREACH, "the host cannot be reached: no route, or a firewall said no", TROUBLES;
    EALREADY = ALREADY, "an earlier connect is still under way", BLOCKING;
    EINPROGRESS = INPROGRESS, "the connection is being made and this socket does not wait: ask again when it is writable", BLOCKING;
    ECANCELED = CANCELED, "cancelled", None;
}
