//! What an errno likely means, for the call that it failed.

use crate::call::Call;
use crate::errno::{
    EACCES, EADDRINUSE, EAFNOSUPPORT, EAGAIN, EBADF, ECONNREFUSED, EINPROGRESS, EINVAL, EMSGSIZE,
    ENODEV, ENOENT, ENOTCONN, ENXIO, EOPNOTSUPP, EPERM, Errno,
};
use crate::sys;

/// The likely reason. `unix`: the Unix path or name that the call was about, as an address prints it.
pub(crate) fn hint(call: Call, errno: Errno, unix: Option<&str>) -> &'static str {
    // A path that starts with `@` is printed as `./@…`.
    let without_file = unix.is_some_and(|name| name.starts_with('@'));
    let unix = unix.is_some();
    match (errno, call) {
        (EINVAL, Call::Socket | Call::Socketpair) => "there is no such kind or protocol",
        (EINVAL, Call::Bind) => "the socket already has an address",
        (EINVAL, Call::Listen) => "the socket is connected: one that listens cannot be",
        (EINVAL, Call::Accept) => {
            "the socket is not listening: call listen first (or it was shut down)"
        }
        (EINVAL, Call::Setsockopt) => "the value is out of range for this option",
        (EINVAL, Call::Getsockopt) => "the socket is not in a state that has this value",
        (
            EINVAL,
            Call::Recv
            | Call::RecvInto
            | Call::Recvfrom
            | Call::RecvfromInto
            | Call::Recvmsg
            | Call::RecvmsgInto
            | Call::RecvFds,
        ) => "no urgent data is there for MSG_OOB, or the flags do not go together",
        (EINVAL, Call::Connect | Call::ConnectEx) => {
            "the socket cannot connect to this address, or in this state: an fe80 address needs its scope, and one that listens cannot connect"
        }
        (EINVAL, Call::Sendfile) => "no file has this offset",
        (EBADF, Call::Sendfile) => "the file is not open for reading",
        (EINVAL, Call::Sendmsg | Call::SendFds) => {
            "the ancillary data, the address or the flags are not valid for this socket, or there are more than 253 descriptors"
        }
        (EMSGSIZE, Call::Sendmsg | Call::SendFds) => {
            "the message is too long for one datagram, or there are more than 1,024 buffers"
        }
        (EPERM, Call::Sendmsg) => {
            "these are not the credentials of this process (or a local firewall blocked the packet)"
        }
        (EINVAL, Call::Send | Call::Sendall | Call::Sendto) => {
            "the address or the flags are not valid for this socket: an fe80 address needs its scope"
        }
        (EAGAIN, Call::Accept) => {
            "would block: no connection has arrived yet, and the socket is non-blocking"
        }
        (EAGAIN, Call::Connect | Call::ConnectEx) if unix => {
            "would block: the server's queue is full, and the socket is non-blocking; call connect again"
        }
        (errno, Call::Connect | Call::ConnectEx) if sys::is_connecting(errno.raw()) => {
            EINPROGRESS.meaning()
        }
        (EAGAIN, Call::Connect | Call::ConnectEx) => "no free port: all are in use",
        (
            EAGAIN,
            Call::Send
            | Call::Sendall
            | Call::Sendto
            | Call::Sendmsg
            | Call::SendFds
            | Call::Sendfile
            | Call::Write
            | Call::Writelines
            | Call::Flush
            | Call::Close,
        ) => "would block: there is no room to send yet, and the socket is non-blocking",
        (EAGAIN, _) => "would block: nothing has arrived yet, and the socket is non-blocking",
        (ECONNREFUSED, _) if without_file => {
            "connection refused: no one is listening on this name; start the server first"
        }
        (ECONNREFUSED, _) if unix => {
            "connection refused: no one is listening on this path; start the server first (the file may be left from an earlier one)"
        }
        (EINVAL, Call::Sethostname) => "the name is longer than 64 bytes",
        (EPERM, Call::Sethostname) => "naming the machine needs CAP_SYS_ADMIN",
        (ENODEV, Call::IfNametoindex) => {
            "there is no interface of this name; if_nameindex lists them"
        }
        (ENXIO, Call::IfIndextoname) => {
            "there is no interface with this number; if_nameindex lists them"
        }
        (EAFNOSUPPORT, Call::InetPton | Call::InetNtop) => {
            "only AF_INET and AF_INET6 have such addresses"
        }
        (EADDRINUSE, _) if without_file => "the name is in use: another socket has it",
        (EADDRINUSE, _) if unix => {
            "the name is in use: another socket has it, or the file of an earlier server is still there; remove it before bind"
        }
        (EACCES, _) if unix => {
            "permission denied: the path, or a folder on the way, does not allow it"
        }
        (ENOENT, Call::Setsockopt) => "the system has nothing of this name",
        (ENOENT, Call::Bind) => "a folder on the way to this path is missing",
        (ENOENT, _) if unix => "no Unix socket has this path; start the server first",
        (ENOENT, _) => "no such thing",
        (EOPNOTSUPP, Call::Listen | Call::Accept) => {
            "only a stream socket listens and accepts: make it with SOCK_STREAM"
        }
        (ENOTCONN, Call::Shutdown) => "not connected: there is no connection to shut down",
        (errno, _) => errno.meaning(),
    }
}
