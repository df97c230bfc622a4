//! How a row of the option table becomes a type, its page, and its documentation's test.

use std::io;
use std::time::Duration;

/// One row an option: `NAME on platform, get Type = how, set Type = how, example [socket: value]`. `both Type`
/// stands for an option of `extra.rs` that is read and set as it is there.
/// Without `on` a row is for all platforms.
///
/// The example is a doctest: `value` is set and read back; after `reads` it is only read; after
/// `=>` stands what is read back where that differs.
macro_rules! options {
    ($(#[$level_doc:meta])* $level:ident($man:ident) {
        $(
            $(#[$doc:meta])*
            $name:ident
                $(on $platform:ident)?
                $(, both $type:ty)?
                $(, get $got:ty = $get:expr)?
                $(, set $given:ty = $set:expr)?
                $(, example [$($example:tt)+])?;
        )*
    }) => {
        $(#[$level_doc])*
        #[doc = concat!("\n\nMan page: ", man!($man), ".")]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $level;

        $(
            only_on! { $($platform)? =>
                $(#[$doc])*
                $(#[doc = access!(both $type)])?
                #[doc = access!($(get $got,)? $(set $given)?)]
                #[doc = concat!("Level [`", stringify!($level), "`]: ", man!($man), ".")]
                $(#[doc = example!($level $name $($example)+)])?
                #[allow(non_camel_case_types)]
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub struct $name;

                impl $crate::options::SocketOption for $name {
                    type Level = $level;
                    const NAME: &'static str = stringify!($name);
                    const SEALED: $crate::options::sealed::Token = $crate::options::sealed::TOKEN;
                }

                $(getter! { $name, $type, |s| $crate::options::extra::get(s, $crate::options::extra::$name) }
                setter! { $name, $type, |s, v| $crate::options::extra::set(s, $crate::options::extra::$name, v) })?
                $(getter! { $name, $got, $get })?
                $(setter! { $name, $given, $set })?
            }
        )*
    };
}

/// What a row's `on` means.
macro_rules! only_on {
    (=> $($item:item)*) => {
        $($item)*
    };
    (linux => $($item:item)*) => {
        $(#[cfg(target_os = "linux")] $item)*
    };
    (linux_freebsd => $($item:item)*) => {
        $(#[cfg(any(target_os = "linux", target_os = "freebsd"))] $item)*
    };
    (unix => $($item:item)*) => {
        $(#[cfg(unix)] $item)*
    };
    (not_apple => $($item:item)*) => {
        $(#[cfg(not(target_vendor = "apple"))] $item)*
    };
}

macro_rules! getter {
    ($name:ident, $type:ty, $get:expr) => {
        impl $crate::options::GetOption for $name {
            type Value = $type;

            fn get(
                socket: &$crate::socket::Socket,
                _: $crate::options::sealed::Token,
            ) -> std::io::Result<$type> {
                let get: fn(&$crate::socket::Socket) -> std::io::Result<$type> = $get;
                get(socket)
            }
        }
    };
}

macro_rules! setter {
    ($name:ident, $type:ty, $set:expr) => {
        impl $crate::options::SetOption for $name {
            type Value<'a> = $type;

            fn set(
                socket: &$crate::socket::Socket,
                value: Self::Value<'_>,
                _: $crate::options::sealed::Token,
            ) -> std::io::Result<()> {
                let set: for<'a> fn(
                    &$crate::socket::Socket,
                    Self::Value<'a>,
                ) -> std::io::Result<()> = $set;
                set(socket, value)
            }
        }
    };
}

/// What can be done with it, as its page says it.
macro_rules! access {
    () => {
        ""
    };
    (both $type:ty) => {
        concat!("\n\nRead and set as `", stringify!($type), "`.\n")
    };
    (get $got:ty,) => {
        concat!("\n\nRead only, as `", stringify!($got), "`.\n")
    };
    (set $given:ty) => {
        concat!("\n\nSet only, as `", stringify!($given), "`.\n")
    };
    (get $got:ty, set $given:ty) => {
        concat!(
            "\n\nRead as `",
            stringify!($got),
            "`, set as `",
            stringify!($given),
            "`.\n"
        )
    };
}

macro_rules! man {
    (socket) => {
        "[socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)"
    };
    (ip) => {
        "[ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html)"
    };
    (ipv6) => {
        "[ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html)"
    };
    (tcp) => {
        "[tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)"
    };
    (udp) => {
        "[udp(7)](https://man7.org/linux/man-pages/man7/udp.7.html)"
    };
    (udplite) => {
        "[udplite(7)](https://man7.org/linux/man-pages/man7/udplite.7.html)"
    };
}

/// The documentation test of a row.
macro_rules! example {
    ($level:ident $name:ident $socket:ident: reads $value:expr) => {
        example!(@ $level, $name, socket!($socket), "", stringify!($value))
    };
    ($level:ident $name:ident $socket:ident: $value:expr) => {
        example!($level $name $socket: $value => $value)
    };
    ($level:ident $name:ident $socket:ident: $given:expr => $value:expr) => {
        example!(@ $level, $name, socket!($socket), concat!(
            "socket.setsockopt(", stringify!($level), ", ", stringify!($name), ", ",
            stringify!($given), ")?;\n"
        ), stringify!($value))
    };
    (@ $level:ident, $name:ident, $socket:expr, $set:expr, $value:expr) => {
        concat!(
            "\n\n```\n# #[allow(unused_imports)]\n",
            "# use {socketbook::*, std::net::*, std::time::Duration};\n",
            "let socket = ", $socket, ";\n", $set,
            "assert_eq!(socket.getsockopt(", stringify!($level), ", ", stringify!($name), ")?, ",
            $value, ");\n# Ok::<(), Error>(())\n```"
        )
    };
}

macro_rules! socket {
    (tcp) => {
        "Socket::tcp()?"
    };
    (udp) => {
        "Socket::udp()?"
    };
    (tcp6) => {
        "Socket::new(AF_INET6, SOCK_STREAM)?"
    };
    (udp6) => {
        "Socket::new(AF_INET6, SOCK_DGRAM)?"
    };
    (unix) => {
        "Socket::new(AF_UNIX, SOCK_STREAM)?"
    };
}

/// A time as the kernel takes it, in whole seconds, rounded up.
pub(super) fn whole_seconds(time: Duration) -> io::Result<u32> {
    fits(
        time.as_secs()
            .saturating_add(u64::from(time.subsec_nanos() > 0)),
    )
}

/// A number that the kernel takes as a C `int`.
pub(super) fn fits(number: u64) -> io::Result<u32> {
    match i32::try_from(number) {
        Ok(number) => Ok(number as u32),
        Err(_) => Err(rustix::io::Errno::INVAL.into()),
    }
}
