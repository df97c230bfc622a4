//! # The errno numbers
//!
//! The errors that a socket program meets, by their names in C and in Python's `errno`, with what they
//! usually mean.
//!
//! ```
//! use socketbook::{ECONNREFUSED, Errno};
//!
//! assert_eq!(ECONNREFUSED.name(), "ECONNREFUSED");
//! assert!(ECONNREFUSED.meaning().starts_with("connection refused"));
//! assert_eq!(Errno::from_raw(ECONNREFUSED.raw()), ECONNREFUSED);
//! ```
//!
//! Chapter *When it goes wrong* of the book explains them.

use std::fmt;

use crate::chapter::{self, Chapter};
use crate::sys::{self, errno_number};

/// An error number of the operating system, as [`connect_ex`](crate::Socket::connect_ex) returns
/// it and [`Error::errno`](crate::Error::errno) reports it: a number with a name.
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
    /// ```ignore-windows
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
    /// assert!(socketbook::ECONNREFUSED.meaning().contains("no one is listening"));
    /// ```
    pub fn meaning(self) -> &'static str {
        match self.entry() {
            Some(entry) => sys::meaning(self.0).unwrap_or(entry.meaning),
            None if self.0 == 0 => "no error",
            None => "an operating system error that this book does not cover",
        }
    }

    /// The chapter of the book that explains it, where one does.
    pub(crate) fn chapter(self) -> Option<Chapter> {
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
    chapter: Option<Chapter>,
}

/// One row per errno: the constant, what it says and the likely reason, the chapter.
macro_rules! errnos {
    ($($(#[$on:meta])? $name:ident = $rustix:ident, $meaning:literal $(, $chapter:ident)?;)*) => {
        $(
            $(#[$on])?
            #[doc = concat!("`", stringify!($name), "`: ", $meaning, ".")]
            pub const $name: Errno = Errno(errno_number!($rustix));
        )*
        const ENTRIES: &[Entry] = &[$(
            $(#[$on])?
            Entry {
                errno: $name,
                name: stringify!($name),
                meaning: $meaning,
                chapter: [$(Some(chapter::$chapter),)? None][0],
            },
        )*];
    };
}

errnos! {
    EPERM = PERM, "not permitted: this needs a privilege (CAP_NET_RAW for a raw socket), or a local firewall blocked it", TROUBLES;
    ENOENT = NOENT, "no such file: no Unix socket has this path, or a folder on the way is missing", UNIX;
    EINTR = INTR, "interrupted by a signal before anything happened", TROUBLES;
    EIO = IO, "input/output error";
    EBADF = BADF, "not an open descriptor: it was closed", COMMON;
    EAGAIN = AGAIN, "would block: nothing has arrived yet, or there is no room to send, and the socket is non-blocking", BLOCKING;
    ENOMEM = NOMEM, "out of memory";
    ENXIO = NXIO, "no such device or address";
    EACCES = ACCESS, "permission denied: a port below 1024, a broadcast without SO_BROADCAST, a Unix path without the right to it, or a firewall", TROUBLES;
    EFAULT = FAULT, "bad address in memory";
    EEXIST = EXIST, "it exists already";
    ENODEV = NODEV, "no such device: is the interface's name right?", ADDRESSES;
    ENOTDIR = NOTDIR, "a part of the path is not a folder", UNIX;
    EISDIR = ISDIR, "it is a folder, and a folder has no bytes";
    EINVAL = INVAL, "an argument is invalid, or the socket is not in a state for this call";
    ENFILE = NFILE, "the whole system has too many files open", TROUBLES;
    EMFILE = MFILE, "this process has too many descriptors open (see ulimit -n): close some; connections wait in the queue until then", TROUBLES;
    ESPIPE = SPIPE, "a pipe, a socket or a terminal has no places, only what comes next";
    EPIPE = PIPE, "broken pipe: the socket is not connected, this end was shut down for sending, or the peer is gone", TCP_STRESS;
    EPROTO = PROTO, "protocol error";
    ENOTSOCK = NOTSOCK, "the descriptor is not a socket", CREATION;
    EDESTADDRREQ = DESTADDRREQ, "no destination: use sendto with an address, or connect first", UDP;
    EMSGSIZE = MSGSIZE, "the message is too long for one datagram (65,507 bytes over IPv4)", UDP;
    EPROTOTYPE = PROTOTYPE, "the protocol does not fit the socket's kind", CREATION;
    ENOPROTOOPT = NOPROTOOPT, "the protocol does not know this option", COMMON;
    EPROTONOSUPPORT = PROTONOSUPPORT, "the protocol does not fit the family and kind", CREATION;
    ESOCKTNOSUPPORT = SOCKTNOSUPPORT, "the family has no socket of this kind", CREATION;
    EOPNOTSUPP = OPNOTSUPP, "not possible on a socket of this kind", COMMON;
    EAFNOSUPPORT = AFNOSUPPORT, "the system does not support this address family, or the address is of another family than the socket", ADDRESSES;
    EADDRINUSE = ADDRINUSE, "the address is in use: another program has it, or an old connection is still in TIME_WAIT; setting SO_REUSEADDR before bind helps against the second", TCP;
    EADDRNOTAVAIL = ADDRNOTAVAIL, "not an address of this machine, or all its ports are in use", TROUBLES;
    ENETDOWN = NETDOWN, "the network is down", TROUBLES;
    ENETUNREACH = NETUNREACH, "the network cannot be reached: no route leads there", TROUBLES;
    ENETRESET = NETRESET, "the network dropped the connection on reset", TROUBLES;
    #[cfg(target_os = "linux")]
    ENONET = NONET, "the machine is not on the network", TROUBLES;
    ECONNABORTED = CONNABORTED, "the connection was given up before it was accepted", TCP_STRESS;
    ECONNRESET = CONNRESET, "the peer reset the connection: it closed with data unread, crashed, or was killed", TCP_STRESS;
    ENOBUFS = NOBUFS, "the system has no buffer space left", TROUBLES;
    EISCONN = ISCONN, "already connected: a socket can connect only once; make a new one", CLIENT;
    ENOTCONN = NOTCONN, "not connected: connect or accept first", COMMON;
    ESHUTDOWN = SHUTDOWN, "this direction was shut down", COMMON;
    ETOOMANYREFS = TOOMANYREFS, "too many descriptors in flight";
    ETIMEDOUT = TIMEDOUT, "the network gave up: the peer did not answer for so long that the kernel dropped the connection", TCP_STRESS;
    ECONNREFUSED = CONNREFUSED, "connection refused: no one is listening at this address; start the server first, and check the port", CLIENT;
    EHOSTDOWN = HOSTDOWN, "the host is down", TROUBLES;
    EHOSTUNREACH = HOSTUNREACH, "the host cannot be reached: no route, or a firewall blocked it", TROUBLES;
    EALREADY = ALREADY, "an earlier connect is still under way", BLOCKING;
    EINPROGRESS = INPROGRESS, "the connection is being made and this socket is non-blocking: ask again when it is writable", BLOCKING;
    ECANCELED = CANCELED, "cancelled";
}

/// The other name of [`EAGAIN`], which is the same number.
pub const EWOULDBLOCK: Errno = EAGAIN;
