//! Windows: Winsock, through the safe calls of rustix, socket2 and std. Neither MSG_DONTWAIT nor
//! signals exist: a timeout rests on FIONBIO alone, which belongs to all duplicates of a socket.

use crate::language::{Words, both};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

pub(crate) use std::os::windows::io::{
    AsRawSocket as AsRawFd, AsSocket as AsFd, OwnedSocket as OwnedFd, RawSocket as RawFd,
};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrAny, SocketType};
use socket2::SockRef;

pub(crate) use super::guess::identity;

/// AF_UNIX: Windows has it for streams, but the calls beneath do not.
pub(crate) const UNIX: u16 = 1;
/// The family of a `socketpair` that is given none.
pub(crate) const PAIRS: u16 = AddressFamily::INET.as_raw();

pub(crate) const SOCK_NONBLOCK: u32 = 0;
pub(crate) const SOCK_CLOEXEC: u32 = 0;
pub(crate) const DONTWAIT: u32 = 0;
pub(crate) const TRUNC: u32 = 0;
pub(crate) const TELL_LENGTH: RecvFlags = RecvFlags::empty();
pub(crate) const NOSIGNAL: SendFlags = SendFlags::empty();
pub(crate) const ERRQUEUE: u32 = 0;

pub(crate) const READABLE: PollFlags = PollFlags::IN;
pub(crate) const HUNG_UP: PollFlags = PollFlags::HUP;
/// POLLPRI is an error here.
pub(crate) const OUT_OF_BAND: PollFlags = PollFlags::RDBAND;

/// The number of an errno, by rustix's name. What Winsock lacks has the number that Python's
/// `errno` has there, which is the C library's; ENOMEM that of WSA_NOT_ENOUGH_MEMORY.
macro_rules! errno_number {
    (PERM) => {
        1
    };
    (NOENT) => {
        2
    };
    (IO) => {
        5
    };
    (NXIO) => {
        6
    };
    (NOMEM) => {
        8
    };
    (EXIST) => {
        17
    };
    (NODEV) => {
        19
    };
    (NOTDIR) => {
        20
    };
    (ISDIR) => {
        21
    };
    (SPIPE) => {
        29
    };
    (NFILE) => {
        23
    };
    (PIPE) => {
        32
    };
    (PROTO) => {
        134
    };
    ($name:ident) => {
        rustix::io::Errno::$name.raw_os_error()
    };
}
pub(crate) use errno_number;

/// What an errno means, where it means something else on this platform.
pub(crate) fn meaning(number: i32) -> Option<Words<&'static str>> {
    let meaning = match Errno::from_raw_os_error(number) {
        Errno::ACCESS => both(
            "permission denied: another program has the address for itself (SO_EXCLUSIVEADDRUSE), Windows has reserved the port, a broadcast without SO_BROADCAST, or a firewall",
            "权限不够：别的程序独占了这个地址（SO_EXCLUSIVEADDRUSE）、Windows 保留了这个端口、没设 SO_BROADCAST 就广播，或者被防火墙拦下了",
        ),
        Errno::ADDRINUSE => both(
            "the address is in use: another program has it",
            "地址已被占用：别的程序正在用它",
        ),
        Errno::AGAIN => both(
            "WSAEWOULDBLOCK, would block: nothing has arrived yet, there is no room to send, or the connection is being made, and the socket is non-blocking",
            "WSAEWOULDBLOCK，会阻塞：还没有东西到达、还没有地方可以发送，或者正在建立连接，而套接字是非阻塞的",
        ),
        Errno::CONNABORTED => both(
            "this machine gave the connection up: the peer did not acknowledge what was sent, or was gone",
            "本机放弃了这个连接：对端没有确认发出的数据，或者不在了",
        ),
        Errno::CONNRESET => both(
            "the peer reset the connection: it closed with data unread, crashed, or was killed; on UDP: an earlier datagram met no one at its port",
            "对端重置了连接：它还有数据没读就关闭了，或者它崩溃了、被杀掉了；如果是 UDP：先前的一个数据报到了，那个端口上却没有程序",
        ),
        Errno::INVAL => both(
            "an argument is invalid, or the socket is not in a state for this call; a socket without an address has no name either: bind or connect first",
            "参数不对，或者套接字现在的状态不能这样调用；没有地址的套接字也就没有名字：先 bind 或 connect",
        ),
        Errno::MFILE => both(
            "this process has too many sockets open: close some",
            "这个进程打开的套接字太多了：关闭一些",
        ),
        Errno::NOTSOCK => both(
            "not a socket, or it was closed",
            "不是套接字，或者它已经关闭了",
        ),
        Errno::SHUTDOWN => both("this direction was shut down", "这个方向已经关闭了"),
        _ => return None,
    };
    Some(meaning)
}

/// Of an error of socket2 or std.
fn errno(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::INVAL)
}

pub(crate) fn raw(fd: &impl AsRawFd) -> RawFd {
    fd.as_raw_socket()
}

/// socket2 starts Winsock up, and makes sockets that programs started from here do not inherit.
pub(crate) fn socket(family: u16, kind: i32, proto: i32, nonblocking: bool) -> Result<OwnedFd> {
    let proto = (proto != 0).then(|| proto.into());
    let made = socket2::Socket::new(i32::from(family).into(), kind.into(), proto).map_err(errno)?;
    made.set_nonblocking(nonblocking).map_err(errno)?;
    Ok(made.into())
}

/// As Python makes them: the two ends of a TCP connection over loopback.
pub(crate) fn socketpair(
    family: u16,
    kind: i32,
    proto: i32,
    nonblocking: bool,
) -> Result<(OwnedFd, OwnedFd)> {
    let host = match AddressFamily::from_raw(family) {
        AddressFamily::INET => Ipv4Addr::LOCALHOST.into(),
        AddressFamily::INET6 => Ipv6Addr::LOCALHOST.into(),
        _ => return Err(Errno::AFNOSUPPORT),
    };
    if SocketType::from_raw(kind as u32) != SocketType::STREAM {
        return Err(Errno::SOCKTNOSUPPORT);
    }
    if proto != 0 {
        return Err(Errno::PROTONOSUPPORT);
    }
    let (a, b) = connected(SocketAddr::new(host, 0)).map_err(errno)?;
    for end in [&a, &b] {
        // As on Unix, what is sent goes out at once.
        end.set_nodelay(true).map_err(errno)?;
        end.set_nonblocking(nonblocking).map_err(errno)?;
    }
    Ok((a.into(), b.into()))
}

/// How long a connection over loopback may take to be there, once it was made.
const LOOPBACK: Duration = Duration::from_secs(5);

fn connected(any_port: SocketAddr) -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(any_port)?;
    let a = TcpStream::connect(listener.local_addr()?)?;
    // Anyone on this machine can connect to that port, and a program that has taken it over can
    // keep the connection from arriving. So the peer is checked, and the wait has an end.
    loop {
        let mut fds = [PollFd::new(&listener, PollFlags::IN)];
        if super::poll(&mut fds, Some(LOOPBACK))? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match listener.accept() {
            Ok((b, from)) if from == a.local_addr()? => return Ok((a, b)),
            // Someone else, who may be gone already.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn dup(fd: impl AsFd) -> Result<OwnedFd> {
    fd.as_socket().try_clone_to_owned().map_err(errno)
}

/// Winsock does not say.
pub(crate) fn is_nonblocking(_fd: impl AsFd) -> bool {
    false
}

/// What is accepted has FIONBIO from the socket that listens.
pub(crate) fn accept(fd: impl AsFd, nonblocking: bool) -> Result<(OwnedFd, Option<SocketAddrAny>)> {
    // socket2 makes it a socket that programs started from here do not inherit.
    let (accepted, address) = SockRef::from(&fd).accept().map_err(errno)?;
    accepted.set_nonblocking(nonblocking).map_err(errno)?;
    Ok((
        accepted.into(),
        address.as_socket().map(SocketAddrAny::from),
    ))
}

/// Whether an accept failed with this errno because of the connection that it would have accepted,
/// which the peer has reset.
pub(crate) fn is_of_the_accepted(errno: i32) -> bool {
    [Errno::CONNRESET, Errno::CONNABORTED].contains(&Errno::from_raw_os_error(errno))
}

/// Whether a connect that failed with this errno goes on by itself.
pub(crate) fn is_connecting(errno: i32) -> bool {
    [Errno::WOULDBLOCK, Errno::INPROGRESS].contains(&Errno::from_raw_os_error(errno))
}

/// Nothing, as in Python. TIME_WAIT keeps no server from its port here, and with SO_REUSEADDR
/// another program could bind the same port and take the connections. SO_EXCLUSIVEADDRUSE would
/// forbid that to programs which set SO_REUSEADDR; no safe call sets it.
pub(crate) fn allow_restart(_socket: &SockRef<'_>) -> io::Result<()> {
    Ok(())
}

/// SO_REUSEPORT.
pub(crate) fn share_port(_socket: &SockRef<'_>) -> io::Result<()> {
    let why = "Windows has no SO_REUSEPORT: one socket listens at a port";
    Err(io::Error::new(io::ErrorKind::Unsupported, why))
}

/// WSAPoll, for which no sockets are an error: there it is a pause.
pub(super) fn poll_for(fds: &mut [PollFd<'_>], timeout: Option<&Timespec>) -> Result<usize> {
    match timeout {
        Some(timeout) if fds.is_empty() => {
            thread::sleep(Duration::new(timeout.tv_sec as u64, timeout.tv_nsec as u32));
            Ok(0)
        }
        timeout => rustix::event::poll(fds, timeout),
    }
}

/// How much of so many bytes of a stream one send is given. Winsock takes all of it, however much,
/// into memory of its own; and of a blocking send that fails it does not say how much went out.
pub(crate) fn at_once(len: usize) -> usize {
    len.min(64 * 1024)
}
