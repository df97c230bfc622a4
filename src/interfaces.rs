//! Network interfaces, by name and by number.

use nix::net::if_;

use crate::call::Call;
use crate::error::{Error, Result};

/// The network interfaces of this machine, by number and name: Python's `socket.if_nameindex()`.
///
/// [if_nameindex(3)](https://man7.org/linux/man-pages/man3/if_nameindex.3.html) asks the kernel,
/// over a netlink socket.
///
/// # Errors
///
/// EMFILE when there are too many descriptors.
///
/// # Examples
///
/// ```
/// use socketbook::{if_indextoname, if_nameindex, if_nametoindex};
///
/// for (index, name) in if_nameindex()? {
///     println!("{index}: {name}");
///     assert_eq!(if_nametoindex(&name)?, index);
///     assert_eq!(if_indextoname(index)?, name);
/// }
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn if_nameindex() -> Result<Vec<(u32, String)>> {
    match if_::if_nameindex() {
        Ok(all) => Ok(all
            .iter()
            .map(|one| (one.index(), one.name().to_string_lossy().into_owned()))
            .collect()),
        Err(errno) => Err(Error::new(Call::IfNameindex, errno)),
    }
}

/// The number of a network interface, as the scope of an address has it: Python's
/// `socket.if_nametoindex(name)`.
///
/// System calls: a socket is made and closed for it, and one
/// [`ioctl(SIOCGIFINDEX)`](https://man7.org/linux/man-pages/man7/netdevice.7.html).
///
/// # Errors
///
/// ENODEV if there is none of this name (Python's error has no number); EMFILE.
///
/// # Examples
///
/// ```
/// use socketbook::{ENODEV, if_nametoindex};
///
/// assert_eq!(if_nametoindex("no such").unwrap_err().errno(), Some(ENODEV));
/// ```
pub fn if_nametoindex(name: &str) -> Result<u32> {
    if_::if_nametoindex(name)
        .map_err(|errno| Error::new(Call::IfNametoindex, errno).about(format_args!("{name:?}")))
}

/// The name of a network interface: Python's `socket.if_indextoname(index)`.
///
/// System calls: a socket is made and closed for it, and one
/// [`ioctl(SIOCGIFNAME)`](https://man7.org/linux/man-pages/man7/netdevice.7.html).
///
/// # Errors
///
/// ENXIO if there is none with this number; EMFILE.
///
/// # Examples
///
/// ```
/// use socketbook::{ENXIO, if_indextoname};
///
/// assert_eq!(if_indextoname(0).unwrap_err().errno(), Some(ENXIO));
/// ```
pub fn if_indextoname(index: u32) -> Result<String> {
    // nix gives an empty name for C's null pointer. No interface has one.
    let named = if_::if_indextoname(index).and_then(|name| match name.is_empty() {
        true => Err(nix::errno::Errno::last()),
        false => Ok(name),
    });
    match named {
        Ok(name) => Ok(name.to_string_lossy().into_owned()),
        Err(errno) => Err(Error::new(Call::IfIndextoname, errno).about(index)),
    }
}
