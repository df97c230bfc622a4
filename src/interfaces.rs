//! Network interfaces, by name and by number.

use crate::call::Call;
use crate::error::{Error, Result};
use crate::sys;

/// The network interfaces of this machine, by number and name: Python's `socket.if_nameindex()`.
///
/// It reads `/proc/net/dev`, and asks for the number of each name.
///
/// # Errors
///
/// ENOENT where `/proc` is not mounted; EMFILE.
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
    sys::interfaces().map_err(|cause| Error::new(Call::IfNameindex, cause))
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
    sys::interface_index(name)
        .map_err(|errno| Error::new(Call::IfNametoindex, errno).about(format_args!("{name:?}")))
}

/// The name of a network interface: Python's `socket.if_indextoname(index)`.
///
/// System calls: a socket is made and closed for it, and one
/// [`ioctl(SIOCGIFNAME)`](https://man7.org/linux/man-pages/man7/netdevice.7.html).
///
/// # Errors
///
/// ENODEV if there is none with this number (C and Python make it ENXIO); EMFILE.
///
/// # Examples
///
/// ```
/// use socketbook::{ENODEV, if_indextoname};
///
/// assert_eq!(if_indextoname(0).unwrap_err().errno(), Some(ENODEV));
/// ```
pub fn if_indextoname(index: u32) -> Result<String> {
    sys::interface_name(index).map_err(|errno| Error::new(Call::IfIndextoname, errno).about(index))
}
