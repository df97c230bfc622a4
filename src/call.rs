//! The calls of this crate, by name: what an error says that it failed.

use std::fmt;

use crate::chapter::{self, Chapter};

macro_rules! calls {
    ($($chapter:ident: $($variant:ident = $name:literal),*;)*) => {
        /// A call of this crate: which one failed ([`Error::call`](crate::Error::call)).
        ///
        /// It is written as the call is written, and compares with a string:
        ///
        /// ```
        /// use socketbook::{Call, Socket};
        ///
        /// let error = Socket::tcp()?.getpeername().unwrap_err();
        /// assert_eq!(error.call(), Call::Getpeername);
        /// assert_eq!(error.call(), "getpeername");
        /// assert_eq!(error.call().to_string(), "getpeername");
        /// # Ok::<(), socketbook::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Call {
            $($(
                #[doc = concat!("`", $name, "`.")]
                $variant,
            )*)*
        }

        impl Call {
            /// The name, as it is written in a program: `"connect"`.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Call::$variant => $name,)*)*
                }
            }

            /// The chapter of the book that teaches it.
            pub(crate) const fn chapter(self) -> Chapter {
                match self {
                    $($(Call::$variant)|* => chapter::$chapter,)*
                }
            }
        }
    };
}

calls! {
    CREATION:
        Socket = "Socket", Socketpair = "socketpair", Fromfd = "fromfd", Dup = "dup",
        TryFrom = "try_from", GetInheritable = "get_inheritable",
        SetInheritable = "set_inheritable";
    SERVER:
        Bind = "bind", Listen = "listen", Accept = "accept", CreateServer = "create_server";
    CLIENT:
        Connect = "connect", ConnectEx = "connect_ex", CreateConnection = "create_connection";
    COMMON:
        Recv = "recv", RecvInto = "recv_into", Recvfrom = "recvfrom",
        RecvfromInto = "recvfrom_into", Send = "send", Sendall = "sendall", Sendto = "sendto",
        Sendmsg = "sendmsg", Recvmsg = "recvmsg", RecvmsgInto = "recvmsg_into",
        SendFds = "send_fds", RecvFds = "recv_fds", Sendfile = "sendfile",
        Getpeername = "getpeername", Getsockname = "getsockname", Getsockopt = "getsockopt",
        Setsockopt = "setsockopt", Shutdown = "shutdown";
    BLOCKING:
        Settimeout = "settimeout", Setblocking = "setblocking",
        Setdefaulttimeout = "setdefaulttimeout", Select = "select";
    FILES:
        Read = "read", Read1 = "read1", Readall = "readall", Readline = "readline",
        Readlines = "readlines", Readinto = "readinto", Peek = "peek", Writelines = "writelines",
        Write = "write", Flush = "flush", Close = "close";
    UNIX:
        AddressUnix = "Address::unix", AddressUnixAbstract = "Address::unix_abstract";
    ADDRESSES:
        AddressParse = "Address::from_str", EndpointParse = "Endpoint::from_str",
        Getaddrinfo = "getaddrinfo", Getnameinfo = "getnameinfo", Gethostbyname = "gethostbyname",
        GethostbynameEx = "gethostbyname_ex", Gethostbyaddr = "gethostbyaddr",
        Sethostname = "sethostname", Getservbyname = "getservbyname",
        Getservbyport = "getservbyport", Getprotobyname = "getprotobyname",
        LookUpWithin = "look_up_within", InetAton = "inet_aton", InetPton = "inet_pton",
        InetNtop = "inet_ntop", IfNameindex = "if_nameindex", IfNametoindex = "if_nametoindex",
        IfIndextoname = "if_indextoname";
}

/// The name.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq<str> for Call {
    fn eq(&self, name: &str) -> bool {
        self.name() == name
    }
}

impl PartialEq<&str> for Call {
    fn eq(&self, name: &&str) -> bool {
        self.name() == *name
    }
}
