//! Addresses of Unix sockets: paths, and names in Linux's abstract namespace.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr as StdUnixAddr;
use std::path::Path;

use rustix::net::{SocketAddrAny, SocketAddrUnix};

use super::target::bad;
use super::{Address, text};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::language::{Words, both, say};
use crate::sys;

impl Address {
    /// A Unix socket's path, such as `/run/phone`.
    ///
    /// # Errors
    ///
    /// [bad input](crate::Error::is_bad_input) if it is empty, has 108 bytes or more
    /// (104 on macOS and the BSDs), or holds a NUL byte.
    pub fn unix(path: impl AsRef<Path>) -> Result<Address> {
        UnixAddress::of_path(path.as_ref())
            .map(Address::Unix)
            .map_err(|cause| {
                Error::new(Call::AddressUnix, cause)
                    .about(format_args!("{:?}", path.as_ref()))
                    .about_unix(true)
            })
    }

    /// A name in Linux's abstract namespace: no file stands for it, and it is gone with its socket.
    /// Any bytes will do, without the leading NUL that Python wants.
    ///
    /// # Errors
    ///
    /// [bad input](crate::Error::is_bad_input) if it has more than 107 bytes.
    #[cfg(target_os = "linux")]
    pub fn unix_abstract(name: impl AsRef<[u8]>) -> Result<Address> {
        let mut bytes = vec![0];
        bytes.extend_from_slice(name.as_ref());
        UnixAddress::new(&bytes)
            .map(Address::Unix)
            .map_err(|cause| {
                Error::new(Call::AddressUnixAbstract, cause)
                    .about(format_args!("@{}", name.as_ref().escape_ascii()))
                    .about_unix(true)
            })
    }

    /// The Unix path, if it is one.
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Address::Unix(unix) => unix.as_path(),
            _ => None,
        }
    }

    /// A Unix path, or a NUL byte and an abstract name; empty for no name.
    pub(crate) fn unix_bytes(&self) -> &[u8] {
        match self {
            Address::Unix(UnixAddress(bytes)) => bytes,
            _ => &[],
        }
    }

    /// A Unix address, or none, in the form that rustix gives the kernel.
    #[cold]
    #[inline(never)]
    pub(crate) fn unix_sockaddr(&self) -> rustix::io::Result<SocketAddrUnix> {
        match self {
            Address::Unix(UnixAddress(bytes)) => sys::sockaddr_un(bytes),
            _ => sys::sockaddr_un(&[]),
        }
    }
}

impl From<StdUnixAddr> for Address {
    fn from(address: StdUnixAddr) -> Address {
        let bytes = match (address.as_pathname(), sys::std_abstract_name(&address)) {
            (Some(path), _) => path.as_os_str().as_bytes().to_vec(),
            (_, Some(name)) => [&[0], name].concat(),
            _ => return Address::Unnamed,
        };
        Address::Unix(UnixAddress(bytes.into()))
    }
}

/// The name of a Unix socket: a path, or a name in Linux's abstract namespace.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnixAddress(Box<[u8]>);

impl UnixAddress {
    /// A path, or a NUL byte and an abstract name: what Python takes.
    pub(super) fn new(bytes: &[u8]) -> Result<UnixAddress, Cause> {
        // A path is ended by a NUL, an abstract name is not.
        let (room, what) = match bytes {
            [] => {
                return Err(bad(say!(
                    "a Unix socket's path cannot be empty here",
                    "Unix 域套接字的路径在这里不能是空的"
                )));
            }
            [0, ..] if sys::ABSTRACT_NAMES => (sys::SUN_PATH, both("abstract name", "抽象名字")),
            _ if bytes.contains(&0) => return Err(nul_in_path()),
            _ => (sys::SUN_PATH - 1, both("path", "路径")),
        };
        if bytes.len() > room {
            let Words { english, chinese } = what;
            return Err(bad(say!(
                "this {english} has {len} bytes, and sun_path has room for {room}: use a shorter one",
                "这个{chinese}有 {len} 个字节，而 sun_path 只放得下 {room} 个：换一个短一些的",
                len = bytes.len()
            )));
        }
        Ok(UnixAddress(bytes.into()))
    }

    /// What [`Display`](fmt::Display) writes, or `None` for what is no Unix address: a path has a
    /// slash, an abstract name starts with `@`.
    pub(super) fn parse(text: &str) -> Result<Option<UnixAddress>, Cause> {
        let bytes = match text.strip_prefix('@') {
            Some(name) => [vec![0], text::unescape(name)?].concat(),
            None if text.contains('/') => match text::unescape(text)? {
                // Not the mark of an abstract name.
                bytes if bytes.contains(&0) => return Err(nul_in_path()),
                bytes => match bytes.strip_prefix(b"./") {
                    Some(path) if !path.is_empty() && needs_mark(path) => path.to_vec(),
                    _ => bytes,
                },
            },
            None => return Ok(None),
        };
        UnixAddress::new(&bytes).map(Some)
    }

    pub(super) fn of_path(path: &Path) -> Result<UnixAddress, Cause> {
        match path.as_os_str().as_bytes() {
            // Not the mark of an abstract name: that has a function of its own.
            [0, ..] => Err(nul_in_path()),
            path => UnixAddress::new(path),
        }
    }

    /// The path, or `None` for an abstract name.
    pub fn as_path(&self) -> Option<&Path> {
        match &*self.0 {
            [0, ..] => None,
            path => Some(Path::new(OsStr::from_bytes(path))),
        }
    }

    /// The abstract name without its leading NUL, or `None` for a path.
    pub fn as_abstract(&self) -> Option<&[u8]> {
        match &*self.0 {
            [0, name @ ..] => Some(name),
            _ => None,
        }
    }

    /// As Python prints it.
    pub(super) fn python(&self) -> String {
        text::written(|f| match &*self.0 {
            [0, ..] => text::write_python_bytes(f, &self.0),
            path => text::write_python_str(f, path),
        })
    }

    pub(super) fn from_kernel(any: SocketAddrAny) -> Address {
        // 2 bytes: the family alone, no name. One byte more than there is room for: a path that fills
        // sun_path, which the kernel takes from a C program and rustix does not read back; it is
        // left out, not a panic.
        if !(3..=2 + sys::SUN_PATH).contains(&(any.addr_len() as usize)) {
            return Address::Unnamed;
        }
        let Ok(unix) = SocketAddrUnix::try_from(any) else {
            return Address::Unnamed;
        };
        match (unix.path_bytes(), sys::abstract_name(&unix)) {
            (Some(path), _) => {
                // Of a path of 107 bytes rustix gives the NUL at its end too.
                let path = path.strip_suffix(&[0]).unwrap_or(path);
                Address::Unix(UnixAddress(path.into()))
            }
            (_, Some(name)) => Address::Unix(UnixAddress([&[0], name].concat().into())),
            _ => Address::Unnamed,
        }
    }
}

/// Whether a path is written with `./` before it: else it would be read as an abstract name, as a
/// host, or without a `./` of its own.
fn needs_mark(path: &[u8]) -> bool {
    path.starts_with(b"@") || path.starts_with(b"./") || !path.contains(&b'/')
}

/// The path; `@` and the name for an abstract one, as `ss` and `netstat` show it. Escaped, as
/// [`Address`] says.
impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [0, name @ ..] => {
                f.write_str("@")?;
                text::write_escaped(f, name)
            }
            path => {
                if needs_mark(path) {
                    f.write_str("./")?;
                }
                text::write_escaped(f, path)
            }
        }
    }
}

impl fmt::Debug for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn nul_in_path() -> Cause {
    bad(say!(
        "a path cannot contain a NUL byte",
        "路径里不能有 NUL 字节"
    ))
}
