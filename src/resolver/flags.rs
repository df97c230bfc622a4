//! The flags of look-ups: AI_ and NI_.

use std::fmt;
use std::ops::BitOr;

use crate::sys::lookup;

macro_rules! flags {
    ($(#[$type_doc:meta])* $type:ident: $($(#[doc = $doc:literal])* $(#[cfg($($on:tt)*)])? $name:ident = $bits:expr;)*) => {
        $(#[$type_doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $type(i32);

        $(
            $(#[doc = $doc])*
            $(#[cfg($($on)*)])?
            pub const $name: $type = $type($bits);
        )*

        impl $type {
            /// No flags.
            pub const NONE: $type = $type(0);

            /// Any bits, for flags without a name here.
            pub const fn from_bits(bits: i32) -> $type {
                $type(bits)
            }

            /// The bits, as C takes them.
            pub const fn bits(self) -> i32 {
                self.0
            }

            /// Whether all flags of `other` are among these.
            pub const fn contains(self, other: $type) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl BitOr for $type {
            type Output = $type;

            fn bitor(self, other: $type) -> $type {
                $type(self.0 | other.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut rest = self.0;
                let mut names = Vec::new();
                for (flag, name) in [$($(#[cfg($($on)*)])? ($name, stringify!($name)),)*] {
                    if self.contains(flag) {
                        names.push(name.to_owned());
                        rest &= !flag.0;
                    }
                }
                if rest != 0 || names.is_empty() {
                    names.push(format!("{rest:#x}"));
                }
                f.write_str(&names.join(" | "))
            }
        }
    };
}

flags! {
    /// How [`getaddrinfo_with`](crate::getaddrinfo_with) looks up: Python's `socket.AddressInfo`.
    /// Several are joined with `|`.
    ///
    /// ```
    /// use socketbook::{AI_CANONNAME, AI_PASSIVE};
    ///
    /// let flags = AI_PASSIVE | AI_CANONNAME;
    /// assert!(flags.contains(AI_PASSIVE));
    /// assert_eq!(format!("{flags:?}"), "AI_PASSIVE | AI_CANONNAME");
    /// ```
    AddrInfoFlags:
    /// Without a host: any address of this machine, to bind to, and not its loopback.
    AI_PASSIVE = 0x1;
    /// The first answer has the name that the host goes by.
    AI_CANONNAME = 0x2;
    /// The host is a number: no one is asked.
    AI_NUMERICHOST = crate::lookup::AI_NUMERICHOST;
    /// For AF_INET6: where there is no IPv6 address, the IPv4 ones as `::ffff:192.0.2.7`.
    AI_V4MAPPED = lookup::V4MAPPED;
    /// With AI_V4MAPPED: those in any case.
    AI_ALL = lookup::ALL;
    /// Only the families of which this machine has an address, loopback left out.
    AI_ADDRCONFIG = lookup::ADDRCONFIG;
    /// The service is a number.
    AI_NUMERICSERV = lookup::NUMERICSERV;
}

flags! {
    /// How [`getnameinfo`](crate::getnameinfo) looks up. Several are joined with `|`.
    NameInfoFlags:
    /// The host in digits: no one is asked.
    NI_NUMERICHOST = lookup::NI_NUMERICHOST;
    /// The port in digits.
    NI_NUMERICSERV = lookup::NI_NUMERICSERV;
    /// Of a host in this machine's own domain only the first part of the name.
    NI_NOFQDN = lookup::NI_NOFQDN;
    /// An error for a host without a name, in place of its digits.
    NI_NAMEREQD = lookup::NI_NAMEREQD;
    /// The service of this port over UDP: a few ports have another one than over TCP.
    NI_DGRAM = 0x10;
    /// The name decoded from IDNA, in the encoding of the C locale: without `setlocale`, which a
    /// Rust program does not call, only a name in ASCII.
    #[cfg(target_os = "linux")]
    NI_IDN = 0x20;
}

/// The longest name that [`getnameinfo`](crate::getnameinfo) may give in C, in bytes, with the NUL.
pub const NI_MAXHOST: usize = 1025;
/// The longest service that [`getnameinfo`](crate::getnameinfo) may give in C, in bytes, with the
/// NUL.
pub const NI_MAXSERV: usize = 32;
