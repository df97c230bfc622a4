//! Lesson 4, names: who is at this end, who is at the other.

use crate::address::Address;
use crate::call::Call;
use crate::error::Result;
use crate::socket::Socket;

/// # Lesson 4: names
impl Socket {
    /// The address of the other end: Python's `s.getpeername()`.
    ///
    /// System calls: one
    /// [getpeername(2)](https://man7.org/linux/man-pages/man2/getpeername.2.html).
    ///
    /// # Errors
    ///
    /// ENOTCONN before `connect`, and after the peer has reset the connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{Socket, create_server};
    ///
    /// let phone = create_server(("127.0.0.1", 0))?;
    /// let caller = Socket::tcp()?;
    /// caller.connect(phone.getsockname()?)?;
    /// assert_eq!(caller.getpeername()?, phone.getsockname()?);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[doc(alias = "peer_addr")]
    pub fn getpeername(&self) -> Result<Address> {
        self.finish(Call::Getpeername, self.peer_address())
    }

    /// The address of this end: Python's `s.getsockname()`.
    ///
    /// Before `bind` or `connect` it is `0.0.0.0:0`, `[::]:0`, or nothing on a Unix socket.
    ///
    /// System calls: one
    /// [getsockname(2)](https://man7.org/linux/man-pages/man2/getsockname.2.html).
    ///
    /// # Errors
    ///
    /// None that a socket gives.
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// assert_eq!(phone.getsockname()?.to_string(), "0.0.0.0:0");
    /// phone.bind(("127.0.0.1", 0))?;
    /// assert_ne!(phone.getsockname()?.port(), Some(0));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[doc(alias = "local_addr")]
    pub fn getsockname(&self) -> Result<Address> {
        self.finish(Call::Getsockname, self.own_address())
    }
}
