//! # Lesson 4: options
//!
//! An option changes how a socket behaves: [`getsockopt`](Socket::getsockopt) reads it,
//! [`setsockopt`](Socket::setsockopt) sets it. Each option is a type of its own with its C name,
//! which knows its level and the type of its value.

// In the order in which each uses only those before it.
#[cfg(target_os = "linux")]
mod info;
#[cfg(target_os = "linux")]
mod values;

#[cfg(target_os = "linux")]
mod extra;

#[macro_use]
mod table;

#[cfg_attr(not(target_os = "linux"), allow(unused_imports))]
mod ip;
#[cfg_attr(not(target_os = "linux"), allow(unused_imports))]
mod ipv6;
#[cfg_attr(not(target_os = "linux"), allow(unused_imports))]
mod sol_socket;
#[cfg_attr(not(target_os = "linux"), allow(unused_imports))]
mod tcp;
#[cfg(target_os = "linux")]
mod udp;

use std::io;

use crate::call::Call;
use crate::error::Result;
use crate::kinds::Protocol;
use crate::socket::Socket;

#[cfg(target_os = "linux")]
pub use info::{TcpCaState, TcpInfo, TcpState};
pub use ip::*;
pub use ipv6::*;
pub use sol_socket::*;
pub use tcp::*;
#[cfg(target_os = "linux")]
pub use udp::*;
#[cfg(target_os = "linux")]
pub use values::*;

/// An option of one level, by its C name.
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an option",
    label = "not the name of an option",
    note = "an option is a name, such as `SO_REUSEADDR`; for one by number see the page of `getsockopt`"
)]
pub trait SocketOption {
    /// The level it belongs to.
    type Level;
    /// Its C name.
    const NAME: &'static str;

    #[doc(hidden)]
    const SEALED: sealed::Token;
}

/// An option that can be read.
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an option that `getsockopt` reads",
    label = "cannot be read",
    note = "some options can only be set, such as `IP_ADD_MEMBERSHIP`; for options by number see the page of `getsockopt`"
)]
pub trait GetOption: SocketOption {
    /// What it reads as.
    type Value;

    #[doc(hidden)]
    fn get(socket: &Socket, sealed: sealed::Token) -> io::Result<Self::Value>;
}

/// An option that can be set.
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an option that `setsockopt` sets",
    label = "cannot be set",
    note = "some options can only be read, such as `SO_ERROR`; for options by number see the page of `getsockopt`"
)]
pub trait SetOption: SocketOption {
    /// What it is set to.
    type Value<'a>;

    #[doc(hidden)]
    fn set(socket: &Socket, value: Self::Value<'_>, sealed: sealed::Token) -> io::Result<()>;
}

mod sealed {
    /// Other crates cannot name it, and so cannot implement the traits.
    #[derive(Debug)]
    pub struct Token(());

    pub(super) const TOKEN: Token = Token(());
}

/// # Lesson 4: options
impl Socket {
    /// Reads an option: Python's `s.getsockopt(level, option)`.
    ///
    /// The value has the option's own type. A wrong level does not compile, nor does an option
    /// that can only be set.
    ///
    /// System calls: one
    /// [getsockopt(2)](https://man7.org/linux/man-pages/man2/getsockopt.2.html).
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT or EOPNOTSUPP if the socket does not have the option.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SO_RCVBUF, SO_TYPE, SOCK_STREAM, SOL_SOCKET, Socket};
    ///
    /// let socket = Socket::tcp()?;
    /// assert_eq!(socket.getsockopt(SOL_SOCKET, SO_TYPE)?, SOCK_STREAM);
    /// let size: usize = socket.getsockopt(SOL_SOCKET, SO_RCVBUF)?;
    /// assert!(size > 0);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// ```compile_fail,E0271
    /// use socketbook::{IPPROTO_TCP, SO_TYPE, Socket};
    ///
    /// let socket = Socket::tcp()?;
    /// socket.getsockopt(IPPROTO_TCP, SO_TYPE)?; // not an option of that level
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// # Options that are not here
    ///
    /// Python passes any option on, as numbers and bytes. Bytes of the wrong length or meaning can
    /// make the kernel read or write where it must not, so that takes `unsafe` in Rust. The crate
    /// has the options that can be had without. Of Python's, these are left out:
    ///
    /// | option | why |
    /// |---|---|
    /// | SO_PEERSEC, IP_OPTIONS, TCP_SAVED_SYN with TCP_SAVE_SYN | bytes whose number only the kernel knows: no safe library reads them |
    /// | TCP_CC_INFO | a struct that depends on the congestion control |
    /// | TCP_ZEROCOPY_RECEIVE | carries pointers |
    /// | TCP_MD5SIG, TCP_MD5SIG_EXT | keys for the sessions of routers, bound to addresses |
    /// | TCP_REPAIR_OPTIONS, TCP_REPAIR_WINDOW | structs for those who move connections between machines |
    /// | TCP_THIN_DUPACK | does nothing since Linux 4.11 |
    /// | IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDR, IPV6_RTHDRDSTOPTS, IPV6_RTHDR_TYPE_0 | whole extension headers, which routers drop |
    /// | IPV6_NEXTHOP | Linux has the number and not the option: ENOPROTOOPT |
    ///
    /// Any option is in reach of `libc`, as a socket lends its descriptor ([`AsFd`]). An integer by
    /// its number:
    ///
    /// ```ignore-windows
    /// # use nix::libc;
    /// use std::io;
    /// use std::os::fd::{AsFd, AsRawFd};
    ///
    /// fn getsockopt_int(socket: impl AsFd, level: i32, option: i32) -> io::Result<i32> {
    ///     let mut value: libc::c_int = 0;
    ///     let mut len = size_of_val(&value) as libc::socklen_t;
    ///     let fd = socket.as_fd().as_raw_fd();
    ///     // Sound: the kernel writes at most `len` bytes, and every i32 is valid.
    ///     let result = unsafe {
    ///         libc::getsockopt(fd, level, option, (&raw mut value).cast(), &raw mut len)
    ///     };
    ///     if result == 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
    /// }
    ///
    /// fn setsockopt_int(socket: impl AsFd, level: i32, option: i32, value: i32) -> io::Result<()> {
    ///     let len = size_of_val(&value) as libc::socklen_t;
    ///     let fd = socket.as_fd().as_raw_fd();
    ///     // Sound for options whose value is an int: the kernel reads `len` bytes.
    ///     let result = unsafe {
    ///         libc::setsockopt(fd, level, option, (&raw const value).cast(), len)
    ///     };
    ///     if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    /// }
    ///
    /// let socket = socketbook::Socket::tcp()?;
    /// setsockopt_int(&socket, libc::IPPROTO_TCP, libc::TCP_SAVE_SYN, 1)?;
    /// assert_eq!(getsockopt_int(&socket, libc::IPPROTO_TCP, libc::TCP_SAVE_SYN)?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`AsFd`]: std::os::fd::AsFd
    pub fn getsockopt<O: GetOption>(&self, _level: O::Level, _option: O) -> Result<O::Value> {
        self.finish(
            Call::Getsockopt,
            O::get(self, sealed::TOKEN).map_err(Into::into),
        )
        .map_err(|error| error.about(O::NAME))
    }

    /// Sets an option: Python's `s.setsockopt(level, option, value)`.
    ///
    /// System calls: one
    /// [setsockopt(2)](https://man7.org/linux/man-pages/man2/setsockopt.2.html).
    ///
    /// # Errors
    ///
    /// ENOPROTOOPT or EOPNOTSUPP if the socket does not have the option; EINVAL for a value out of
    /// its range; EPERM or EACCES without the privilege.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{SO_REUSEADDR, SOL_SOCKET, Socket};
    ///
    /// let socket = Socket::tcp()?;
    /// socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?; // before bind
    /// socket.bind(("127.0.0.1", 0))?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// What Python finds out at run time, the compiler finds out before. A value of the wrong type
    /// does not compile:
    ///
    /// ```compile_fail,E0308
    /// # use socketbook::{SO_REUSEADDR, SOL_SOCKET, Socket};
    /// # let socket = Socket::tcp()?;
    /// socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, "yes")?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    ///
    /// Nor does an option that can only be read:
    ///
    /// ```compile_fail,E0277
    /// # use socketbook::{SO_ERROR, SOL_SOCKET, Socket};
    /// # let socket = Socket::tcp()?;
    /// socket.setsockopt(SOL_SOCKET, SO_ERROR, 0)?;
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn setsockopt<O: SetOption>(
        &self,
        _level: O::Level,
        _option: O,
        value: O::Value<'_>,
    ) -> Result<()> {
        // Before it is set, since another thread may be receiving.
        if O::NAME.starts_with("SO_PASS") || O::NAME.starts_with("SO_TIMESTAMP") {
            self.not_rights_alone();
        }
        self.finish(
            Call::Setsockopt,
            O::set(self, value, sealed::TOKEN).map_err(Into::into),
        )
        .map_err(|error| error.about(O::NAME))
    }
}

/// The names of option levels are protocol numbers too, as in C and Python.
macro_rules! levels_are_protocols {
    ($($level:ident = $number:literal;)*) => {
        $(impl From<$level> for Protocol {
            fn from(_: $level) -> Protocol {
                Protocol::from($number)
            }
        })*
    };
}

levels_are_protocols! {
    IPPROTO_IP = 0;
    IPPROTO_TCP = 6;
    IPPROTO_IPV6 = 41;
}

#[cfg(target_os = "linux")]
levels_are_protocols! {
    IPPROTO_UDPLITE = 136;
}
