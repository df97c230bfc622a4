//! # Lesson 2: server calls
//!
//! A server gives its telephone a number, switches it on, and waits for a call.
//!
//! | call | what it does |
//! |---|---|
//! | [`Socket::bind`] | gives the socket an address |
//! | [`Socket::listen`] | lets others connect, and says how many may wait |
//! | [`Socket::accept`] | waits for a connection: a new socket, and the peer's address |
//! | [`create_server`], [`create_server_with`] | all of it in one call, with [`ServerOptions`] |
//!
//! A server that runs for long sorts the errors of `accept` by whom they concern:
//!
//! ```
//! use std::{thread, time::Duration};
//! use socketbook::{Result, Socket, create_server};
//!
//! fn serve(server: &Socket, clients: usize) -> Result<()> {
//!     for _ in 0..clients {
//!         let (conn, _addr) = match server.accept() {
//!             Ok(accepted) => accepted,
//!             Err(error) if error.is_transient() => {
//!                 thread::sleep(Duration::from_millis(50)); // too many descriptors, for now
//!                 continue;
//!             }
//!             Err(error) => return Err(error), // this one concerns the server itself
//!         };
//!         // An error here concerns one client alone.
//!         if let Err(error) = conn.recv(1024).and_then(|msg| conn.sendall(&msg)) {
//!             eprintln!("{error}");
//!         }
//!     }
//!     Ok(())
//! }
//!
//! let server = create_server(("127.0.0.1", 0))?;
//! let address = server.getsockname()?;
//! let client = thread::spawn(move || {
//!     let client = Socket::tcp()?;
//!     client.connect(address)?;
//!     client.sendall(b"hello")?;
//!     client.recv(1024)
//! });
//! serve(&server, 1)?;
//! assert_eq!(client.join().unwrap()?, b"hello");
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! Chapter 2 of the book, *Server calls*, teaches them.

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::bind;
use socket2::SockRef;

use crate::address::{Address, Target, ToAddress, with_sockaddr};
use crate::call::Call;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::kinds::{AF_INET, AF_INET6, AddressFamily, Protocol, SOCK_STREAM};
use crate::language::say;
use crate::socket::Socket;
use crate::sys::{self, OwnedFd};
use crate::timeout::Timeout;
use crate::trace::{self, Facts};

/// How many callers may wait where `listen` is given no number: Python's choice, min(SOMAXCONN, 128).
const DEFAULT_BACKLOG: i32 = 128;

/// The longest queue that [`listen`](Socket::listen) may ask for by Linux's default
/// (`/proc/sys/net/core/somaxconn`, since Linux 5.4): a longer one is made as short as that limit.
pub const SOMAXCONN: i32 = 4096;

/// # Lesson 2: server calls
impl Socket {
    /// Gives the socket an address of this machine: Python's `s.bind(address)`.
    ///
    /// Port 0 has the kernel choose a free one; [`getsockname`](Socket::getsockname) tells which.
    /// What counts as an address: [`ToAddress`].
    ///
    /// System calls: one [bind(2)](https://man7.org/linux/man-pages/man2/bind.2.html), after the
    /// look-up of a host name.
    ///
    /// # Errors
    ///
    /// EADDRINUSE if someone has the address, or an old connection is in TIME_WAIT there;
    /// EADDRNOTAVAIL if it is not of this machine; EACCES for a port that needs a privilege;
    /// EINVAL if the socket has an address already; ENOENT for a Unix path in a folder that is not
    /// there. [Bad input](Error::is_bad_input) for an address that does not fit the family, and
    /// [unresolved](Error::is_unresolved) for an unknown host, before any system call.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::{EADDRINUSE, Socket};
    ///
    /// let phone = Socket::tcp()?;
    /// phone.bind(("127.0.0.1", 0))?;
    /// phone.listen(1)?;
    ///
    /// let error = Socket::tcp()?.bind(phone.getsockname()?).unwrap_err();
    /// assert_eq!(error.errno(), Some(EADDRINUSE));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn bind(&self, address: impl ToAddress) -> Result<()> {
        self.bind_to(Call::Bind, &address.target())
    }

    fn bind_to(&self, call: Call, target: &Target<'_>) -> Result<()> {
        self.with_address(
            call,
            target,
            |own| Ok(with_sockaddr!(own, sockaddr => bind(self, sockaddr))?),
            |()| None,
        )
    }

    /// Makes the socket take calls: Python's `s.listen(backlog)`.
    ///
    /// `backlog` is how many connections may wait to be accepted: a number, or `None` for Python's
    /// default of 128. A negative one counts as 0; the kernel takes at most
    /// `/proc/sys/net/core/somaxconn`, and always leaves room for one more than `backlog`. An
    /// unbound socket gets a port of the kernel's choice.
    ///
    /// System calls: one [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html).
    ///
    /// # Errors
    ///
    /// EADDRINUSE if someone else listens at the address; EOPNOTSUPP on a UDP socket; EINVAL on
    /// a connected one.
    ///
    /// # Examples
    ///
    /// ```ignore-windows
    /// use socketbook::{EOPNOTSUPP, Socket};
    ///
    /// Socket::tcp()?.listen(5)?;
    /// Socket::tcp()?.listen(None)?;
    /// assert_eq!(Socket::udp()?.listen(5).unwrap_err().errno(), Some(EOPNOTSUPP));
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    pub fn listen(&self, backlog: impl Into<Option<i32>>) -> Result<()> {
        let backlog = backlog.into().unwrap_or(DEFAULT_BACKLOG).max(0);
        let outcome = SockRef::from(self).listen(backlog).map_err(Cause::from);
        self.finish(Call::Listen, outcome)
            .map_err(|error| error.about(backlog))
    }

    /// Waits for a caller: Python's `s.accept()`. Returns the connection and the caller's address.
    ///
    /// The connection is a new socket with the default timeout, whatever the timeout of the one
    /// that listens. This one goes on listening.
    ///
    /// System calls: one [accept4(2)](https://man7.org/linux/man-pages/man2/accept.2.html); where
    /// no one has called yet and there is a timeout, one `ppoll` and a second `accept4`.
    ///
    /// # Errors
    ///
    /// [timeout](Error::is_timeout) and [would block](Error::is_would_block) as
    /// [`settimeout`](Socket::settimeout) says; EINVAL before `listen`, or after
    /// `shutdown` in another thread; EMFILE when there are too many descriptors: the caller stays
    /// in the queue, and `accept` works again after one was closed; ECONNABORTED if the caller gave
    /// up first.
    ///
    /// # Examples
    ///
    /// ```
    /// use socketbook::Socket;
    ///
    /// let phone = Socket::tcp()?;
    /// phone.bind(("127.0.0.1", 0))?;
    /// phone.listen(5)?;
    ///
    /// let caller = Socket::tcp()?;
    /// caller.connect(phone.getsockname()?)?;
    ///
    /// let (conn, addr) = phone.accept()?;
    /// assert_eq!(addr, conn.getpeername()?);
    /// # Ok::<(), socketbook::Error>(())
    /// ```
    #[inline]
    pub fn accept(&self) -> Result<(Socket, Address)> {
        let timeout = Timeout::default_now();
        // The usual case, written out: what the loop returns would have to be copied around.
        let (fd, address) = if trace::ON || self.is_unix() {
            self.accept_slow(timeout, None)?
        } else {
            match sys::accept(self, timeout.is_set()) {
                Ok((fd, address)) => (fd, Address::from_ip(address)),
                Err(errno) => self.accept_slow(timeout, Some(errno))?,
            }
        };
        Ok((self.sibling(fd, timeout), address))
    }

    #[cold]
    #[inline(never)]
    fn accept_slow(&self, timeout: Timeout, failed: Option<Errno>) -> Result<(OwnedFd, Address)> {
        let accept = || sys::accept(self, timeout.is_set());
        let outcome = self.run_slow(PollFlags::IN, accept, failed);
        let outcome = outcome.map(|(fd, address)| (fd, Address::from_kernel(address)));
        self.finish_with(Call::Accept, outcome, |(_, address)| {
            Facts::address(address)
        })
    }
}

/// Options of [`create_server_with`] besides the address.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    family: AddressFamily,
    backlog: Option<i32>,
    reuse_port: bool,
    dualstack_ipv6: bool,
}

impl Default for ServerOptions {
    fn default() -> ServerOptions {
        ServerOptions::new()
    }
}

impl ServerOptions {
    /// Python's defaults: IPv4, a backlog of 128, neither `reuse_port` nor dual stack.
    pub fn new() -> ServerOptions {
        ServerOptions {
            family: AF_INET,
            backlog: None,
            reuse_port: false,
            dualstack_ipv6: false,
        }
    }

    /// AF_INET or AF_INET6.
    pub fn family(mut self, family: AddressFamily) -> ServerOptions {
        self.family = family;
        self
    }

    /// How many callers may wait, as for [`listen`](Socket::listen).
    pub fn backlog(mut self, backlog: i32) -> ServerOptions {
        self.backlog = Some(backlog);
        self
    }

    /// Whether several sockets may listen at the same address and share the callers
    /// (SO_REUSEPORT).
    pub fn reuse_port(mut self, reuse_port: bool) -> ServerOptions {
        self.reuse_port = reuse_port;
        self
    }

    /// Whether an AF_INET6 server takes IPv4 callers too, as `::ffff:127.0.0.1`.
    pub fn dualstack_ipv6(mut self, dualstack_ipv6: bool) -> ServerOptions {
        self.dualstack_ipv6 = dualstack_ipv6;
        self
    }
}

/// A TCP socket over IPv4 that listens at an address: Python's `socket.create_server(address)`.
///
/// It sets SO_REUSEADDR, so that a server can be started again while old connections are in
/// TIME_WAIT.
///
/// System calls: socket, setsockopt(SO_REUSEADDR), bind, listen.
///
/// # Errors
///
/// Those of [`Socket::new`], [`Socket::bind`] and [`Socket::listen`].
///
/// # Examples
///
/// ```
/// use socketbook::{Socket, create_server};
///
/// let phone = create_server(("127.0.0.1", 0))?;
/// Socket::tcp()?.connect(phone.getsockname()?)?;
/// phone.accept()?;
/// # Ok::<(), socketbook::Error>(())
/// ```
#[doc(alias = "TcpListener")]
pub fn create_server(address: impl ToAddress) -> Result<Socket> {
    create_server_with(address, &ServerOptions::new())
}

/// As [`create_server`], with Python's keyword arguments:
/// `socket.create_server(address, family=…, backlog=…, reuse_port=…, dualstack_ipv6=…)`.
///
/// An AF_INET6 server takes IPv6 callers only, unless `dualstack_ipv6`: IPV6_V6ONLY is set either
/// way, whatever the system's default.
///
/// # Errors
///
/// As for [`create_server`]; [bad input](Error::is_bad_input) for `dualstack_ipv6` with AF_INET.
///
/// # Examples
///
/// ```
/// use socketbook::{AF_INET6, ServerOptions, Socket, create_server_with, has_dualstack_ipv6};
///
/// if has_dualstack_ipv6() {
///     let both = ServerOptions::new().family(AF_INET6).dualstack_ipv6(true);
///     let phone = create_server_with(("", 0), &both)?;
///     let port = phone.getsockname()?.port().unwrap();
///
///     let caller = Socket::tcp()?;
///     caller.connect(("127.0.0.1", port))?;
///     let (_, addr) = phone.accept()?;
///     assert!(addr.to_string().starts_with("[::ffff:127.0.0.1]:"));
/// }
/// # Ok::<(), socketbook::Error>(())
/// ```
pub fn create_server_with(address: impl ToAddress, options: &ServerOptions) -> Result<Socket> {
    let target = address.target();
    let about = |error: Error| error.about(&target);
    if options.dualstack_ipv6 && options.family != AF_INET6 {
        let why = say!(
            "dualstack_ipv6 needs family AF_INET6",
            "dualstack_ipv6 需要地址族 AF_INET6"
        );
        return Err(Error::bad_input(Call::CreateServer, why));
    }
    let socket = Socket::create(
        options.family,
        SOCK_STREAM,
        Protocol(0),
        Timeout::default_now(),
    )
    .map_err(|cause| about(Error::new(Call::CreateServer, cause)))?;
    socket
        .finish(Call::CreateServer, set_up(&socket, options))
        .map_err(about)?;
    socket.bind_to(Call::CreateServer, &target)?;
    let backlog = options.backlog.unwrap_or(DEFAULT_BACKLOG).max(0);
    let outcome = SockRef::from(&socket).listen(backlog).map_err(Cause::from);
    socket.finish(Call::CreateServer, outcome).map_err(about)?;
    Ok(socket)
}

/// What is set before bind.
fn set_up(socket: &Socket, options: &ServerOptions) -> Result<(), Cause> {
    let socket = SockRef::from(socket);
    sys::allow_restart(&socket)?;
    if options.reuse_port {
        sys::share_port(&socket)?;
    }
    if options.family == AF_INET6 {
        socket.set_only_v6(!options.dualstack_ipv6)?;
    }
    Ok(())
}
