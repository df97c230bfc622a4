//! What `bind`, `connect` and `sendto` take as an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
#[cfg(unix)]
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::{Path, PathBuf};

use super::Address;
use super::target::Target;

/// What a call takes as an address: a host and port, or a Unix path.
///
/// | given | means |
/// |---|---|
/// | `("127.0.0.1", 8002)`, `("localhost", 8002)` | Python's tuple; a name is looked up within the socket's family, and the first address found is taken |
/// | `("", 8002)`, `("<broadcast>", 8002)` | any address of this machine; 255.255.255.255 |
/// | `("fe80::1", 8002, 0, 2)` | Python's IPv6 tuple, with flow information and scope |
/// | `"127.0.0.1:8002"`, `"localhost:8002"`, `"[::1]:8002"`, `":8002"` | the same in one string |
/// | [`Endpoint`](crate::Endpoint) | any of these, known at run time |
/// | `(Ipv4Addr::LOCALHOST, 8002)`, `SocketAddr` … | std's types |
/// | `&address` | what `accept`, `recvfrom` and `getsockname` gave |
/// | `"/tmp/phone"`, `"\0phone"`, `""`, `Path` | on an `AF_UNIX` socket: a path, an abstract name, a name that the kernel chooses |
///
/// On an `AF_UNIX` socket a text is the path itself, as in Python: `"@phone"` is a file of that
/// name. What an [`Address`] wrote, `@` and escapes included, is read back by
/// [`parse`](str::parse), as an [`Address`] or an [`Endpoint`](crate::Endpoint).
///
/// An address of another family than the socket's, an invalid port or a path that is too long is an
/// error before any system call. Looking up a name may take long, and the socket's timeout does not
/// bound it, as in Python.
///
/// The trait is sealed: to make a type of your own an address, convert it into one of these.
///
/// # Examples
///
/// ```
/// use std::net::Ipv4Addr;
/// use socketbook::Socket;
///
/// let phone = Socket::udp()?;
/// phone.bind((Ipv4Addr::LOCALHOST, 0))?;
/// let port = phone.getsockname()?.port().unwrap();
/// Socket::udp()?.sendto(b"a", ("127.0.0.1", port))?;
/// Socket::udp()?.sendto(b"b", format!("localhost:{port}"))?;
/// Socket::udp()?.sendto(b"c", phone.getsockname()?)?;
/// # Ok::<(), socketbook::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an address",
    label = "not an address",
    note = "write `(\"127.0.0.1\", 8002)` or `\"127.0.0.1:8002\"`, or give what `accept`, `recvfrom` or `getsockname` returned",
    note = "a port is a `u16`; and in `sendto` the address comes last"
)]
pub trait ToAddress {
    #[doc(hidden)]
    fn to_target(&self, sealed: sealed::Token) -> Target<'_>;

    #[doc(hidden)]
    #[inline]
    fn target(&self) -> Target<'_> {
        self.to_target(sealed::Token)
    }

    /// Calls `f` with the IPv4 address, if it is one and known: for the calls that have to be quick.
    /// (To return the address would cost more than the call.)
    #[doc(hidden)]
    #[inline(always)]
    fn if_v4<T>(&self, _: sealed::Token, _f: impl FnOnce(&SocketAddrV4) -> T) -> Option<T> {
        None
    }

    /// Calls `f` with the IPv6 address, if it is one and known.
    #[doc(hidden)]
    #[inline(always)]
    fn if_v6<T>(&self, _: sealed::Token, _f: impl FnOnce(&SocketAddrV6) -> T) -> Option<T> {
        None
    }

    #[doc(hidden)]
    #[inline(always)]
    fn with_v4<T>(&self, f: impl FnOnce(&SocketAddrV4) -> T) -> Option<T> {
        self.if_v4(sealed::Token, f)
    }

    #[doc(hidden)]
    #[inline(always)]
    fn with_v6<T>(&self, f: impl FnOnce(&SocketAddrV6) -> T) -> Option<T> {
        self.if_v6(sealed::Token, f)
    }
}

pub(super) mod sealed {
    /// Other crates cannot name it, and so cannot implement the trait.
    #[derive(Debug)]
    pub struct Token;
}

/// What a type stands for; and, of IP addresses, the patterns with which it is one of each version.
macro_rules! addresses {
    ($(
        $given:ty, $self:ident => $target:expr
        $(, v4 $v4:pat => $to4:expr)? $(, v6 $v6:pat => $to6:expr)?;
    )*) => {
        $(impl ToAddress for $given {
            #[inline]
            fn to_target(&$self, _: sealed::Token) -> Target<'_> {
                $target
            }

            $(#[inline(always)]
            #[allow(unreachable_patterns)]
            fn if_v4<T>(&$self, _: sealed::Token, f: impl FnOnce(&SocketAddrV4) -> T) -> Option<T> {
                match *$self {
                    $v4 => Some(f($to4)),
                    _ => None,
                }
            })?

            $(#[inline(always)]
            #[allow(unreachable_patterns)]
            fn if_v6<T>(&$self, _: sealed::Token, f: impl FnOnce(&SocketAddrV6) -> T) -> Option<T> {
                match *$self {
                    $v6 => Some(f($to6)),
                    _ => None,
                }
            })?
        })*
    };
}

addresses! {
    Address, self => Target::Borrowed(self),
        v4 Address::V4(ref to) => to, v6 Address::V6(ref to) => to;
    SocketAddr, self => Target::Owned((*self).into()),
        v4 SocketAddr::V4(ref to) => to, v6 SocketAddr::V6(ref to) => to;
    SocketAddrV4, self => Target::Owned((*self).into()), v4 ref to => to;
    SocketAddrV6, self => Target::Owned((*self).into()), v6 ref to => to;
    (IpAddr, u16), self => Target::Owned((*self).into()),
        v4 (IpAddr::V4(ip), port) => &SocketAddrV4::new(ip, port),
        v6 (IpAddr::V6(ip), port) => &SocketAddrV6::new(ip, port, 0, 0);
    (Ipv4Addr, u16), self => Target::Owned((*self).into()),
        v4 (ip, port) => &SocketAddrV4::new(ip, port);
    (Ipv6Addr, u16), self => Target::Owned((*self).into()),
        v6 (ip, port) => &SocketAddrV6::new(ip, port, 0, 0);
    str, self => Target::Text(self);
    String, self => Target::Text(self);
    Path, self => Target::Path(self);
    PathBuf, self => Target::Path(self);
    (&str, u16), self => Target::host(self.0, self.1, 0, 0);
    (&String, u16), self => Target::host(self.0, self.1, 0, 0);
    (String, u16), self => Target::host(&self.0, self.1, 0, 0);
    (&str, u16, u32, u32), self => Target::host(self.0, self.1, self.2, self.3);
}

#[cfg(unix)]
addresses! {
    StdUnixAddr, self => Target::Owned(Address::from(self.clone()));
}

impl<A: ToAddress + ?Sized> ToAddress for &A {
    #[inline]
    fn to_target(&self, _: sealed::Token) -> Target<'_> {
        (**self).target()
    }

    #[inline(always)]
    fn if_v4<T>(&self, _: sealed::Token, f: impl FnOnce(&SocketAddrV4) -> T) -> Option<T> {
        (**self).with_v4(f)
    }

    #[inline(always)]
    fn if_v6<T>(&self, _: sealed::Token, f: impl FnOnce(&SocketAddrV6) -> T) -> Option<T> {
        (**self).with_v6(f)
    }
}
