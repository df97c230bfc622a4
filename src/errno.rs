//! # The errno numbers
//!
//! The errors that a socket program meets, by their names in C and in Python's `errno`, with what they
//! usually mean.
//!
//! ```
//! use socketbook::{ECONNREFUSED, Errno};
//!
//! assert_eq!(ECONNREFUSED.name(), "ECONNREFUSED");
//! assert!(ECONNREFUSED.meaning().starts_with("connection refused"));
//! assert_eq!(Errno::from_raw(ECONNREFUSED.raw()), ECONNREFUSED);
//! ```
//!
//! Chapter *When it goes wrong* of the book explains them.

use std::fmt;

use crate::chapter::{self, Chapter};
use crate::language::{Words, both};
use crate::sys::{self, errno_number};

/// An error number of the operating system, as [`connect_ex`](crate::Socket::connect_ex) returns
/// it and [`Error::errno`](crate::Error::errno) reports it: a number with a name.
///
/// It compares with the constants of the same names as in Python's `errno` module and in C, and
/// with a plain `i32`; 0 means that nothing went wrong.
///
/// # Examples
///
/// ```
/// use socketbook::{ECONNREFUSED, Errno};
///
/// let code = Errno::from_raw(ECONNREFUSED.raw());
/// assert_eq!(code, ECONNREFUSED);
/// assert_eq!(code.name(), "ECONNREFUSED");
/// assert_eq!(Errno::from_raw(0), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(i32);

impl Errno {
    /// The errno with this number.
    pub const fn from_raw(number: i32) -> Errno {
        Errno(number)
    }

    /// The number: `111` for `ECONNREFUSED` on Linux.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The name in C and in Python's `errno` module, `"0"` for no error, or `"errno"` for a number
    /// that this crate has no name for.
    ///
    /// ```ignore-windows
    /// use socketbook::Errno;
    ///
    /// assert_eq!(Errno::from_raw(98).name(), "EADDRINUSE");
    /// assert_eq!(Errno::from_raw(0).name(), "0");
    /// assert_eq!(Errno::from_raw(4095).name(), "errno");
    /// ```
    pub fn name(self) -> &'static str {
        match self.entry() {
            Some(entry) => entry.name,
            None if self.0 == 0 => "0",
            None => "errno",
        }
    }

    /// What it says in plain words, and the likely reason, for a program that uses sockets.
    ///
    /// ```
    /// assert!(socketbook::ECONNREFUSED.meaning().contains("no one is listening"));
    /// ```
    pub fn meaning(self) -> &'static str {
        self.words().english
    }

    /// The same in each language.
    pub(crate) fn words(self) -> Words<&'static str> {
        match self.entry() {
            Some(entry) => sys::meaning(self.0).unwrap_or(entry.meaning),
            None if self.0 == 0 => both("no error", "没有错误"),
            None => both(
                "an operating system error that this book does not cover",
                "操作系统的一个错误，这本书没有讲到",
            ),
        }
    }

    /// The chapter of the book that explains it, where one does.
    pub(crate) fn chapter(self) -> Option<Chapter> {
        self.entry().and_then(|entry| entry.chapter)
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.iter().find(|entry| entry.errno == self)
    }
}

impl PartialEq<i32> for Errno {
    fn eq(&self, number: &i32) -> bool {
        self.0 == *number
    }
}

/// `ECONNREFUSED (111)`; plain `0` for no error.
impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            number => write!(f, "{} ({number})", self.name()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Entry {
    errno: Errno,
    name: &'static str,
    meaning: Words<&'static str>,
    /// The chapter of the book, where one treats it; else the call's own lesson is named.
    chapter: Option<Chapter>,
}

/// One row per errno: the constant, what it says and the likely reason in each language, the
/// chapter.
macro_rules! errnos {
    ($($(#[$on:meta])? $name:ident = $rustix:ident, $meaning:literal, $chinese:literal $(, $chapter:ident)?;)*) => {
        $(
            $(#[$on])?
            #[doc = concat!("`", stringify!($name), "`: ", $meaning, ".")]
            pub const $name: Errno = Errno(errno_number!($rustix));
        )*
        const ENTRIES: &[Entry] = &[$(
            $(#[$on])?
            Entry {
                errno: $name,
                name: stringify!($name),
                meaning: both($meaning, $chinese),
                chapter: [$(Some(chapter::$chapter),)? None][0],
            },
        )*];
    };
}

errnos! {
    EPERM = PERM, "not permitted: this needs a privilege (CAP_NET_RAW for a raw socket), or a local firewall blocked it", "没有权限：这需要特权（原始套接字要 CAP_NET_RAW），或者被本机的防火墙拦下了", TROUBLES;
    ENOENT = NOENT, "no such file: no Unix socket has this path, or a folder on the way is missing", "没有这个文件：没有 Unix 域套接字在这个路径上，或者路径中间缺一个目录", UNIX;
    EINTR = INTR, "interrupted by a signal before anything happened", "还什么都没做，就被信号中断了", TROUBLES;
    EIO = IO, "input/output error", "输入输出出错";
    EBADF = BADF, "not an open descriptor: it was closed", "不是打开着的文件描述符：它已经关闭了", COMMON;
    EAGAIN = AGAIN, "would block: nothing has arrived yet, or there is no room to send, and the socket is non-blocking", "会阻塞：还没有东西到达，或者还没有地方可以发送，而套接字是非阻塞的", BLOCKING;
    ENOMEM = NOMEM, "out of memory", "内存不够";
    ENXIO = NXIO, "no such device or address", "没有这个设备或地址";
    EACCES = ACCESS, "permission denied: a port below 1024, a broadcast without SO_BROADCAST, a Unix path without the right to it, or a firewall", "权限不够：端口小于 1024、没设 SO_BROADCAST 就广播、对这个 Unix 路径没有权限，或者被防火墙拦下了", TROUBLES;
    EFAULT = FAULT, "bad address in memory", "内存地址不对";
    EEXIST = EXIST, "it exists already", "已经有了";
    ENODEV = NODEV, "no such device: is the interface's name right?", "没有这个设备：网卡的名字写对了吗？", ADDRESSES;
    ENOTDIR = NOTDIR, "a part of the path is not a folder", "路径中间有一段不是目录", UNIX;
    EISDIR = ISDIR, "it is a folder, and a folder has no bytes", "这是目录，目录里没有字节可读";
    EINVAL = INVAL, "an argument is invalid, or the socket is not in a state for this call", "参数不对，或者套接字现在的状态不能这样调用";
    ENFILE = NFILE, "the whole system has too many files open", "整个系统打开的文件太多了", TROUBLES;
    EMFILE = MFILE, "this process has too many descriptors open (see ulimit -n): close some; connections wait in the queue until then", "这个进程打开的文件描述符太多了（见 ulimit -n）：关闭一些；在那之前，连接都在队列里等着", TROUBLES;
    ESPIPE = SPIPE, "a pipe, a socket or a terminal has no places, only what comes next", "管道、套接字和终端没有位置可言，只有接下来的字节";
    EPIPE = PIPE, "broken pipe: the socket is not connected, this end was shut down for sending, or the peer is gone", "管道断了：套接字没有连接、这一端已经关闭了发送方向，或者对端不在了", TCP_STRESS;
    EPROTO = PROTO, "protocol error", "协议出错";
    ENOTSOCK = NOTSOCK, "the descriptor is not a socket", "这个文件描述符不是套接字", CREATION;
    EDESTADDRREQ = DESTADDRREQ, "no destination: use sendto with an address, or connect first", "没有目的地：用 sendto 并给出地址，或者先 connect", UDP;
    EMSGSIZE = MSGSIZE, "the message is too long for one datagram (65,507 bytes over IPv4)", "消息太长，一个数据报装不下（IPv4 最多 65,507 字节）", UDP;
    EPROTOTYPE = PROTOTYPE, "the protocol does not fit the socket's kind", "协议和套接字的类型不相配", CREATION;
    ENOPROTOOPT = NOPROTOOPT, "the protocol does not know this option", "这个协议没有这个选项", COMMON;
    EPROTONOSUPPORT = PROTONOSUPPORT, "the protocol does not fit the family and kind", "协议和地址族、类型不相配", CREATION;
    ESOCKTNOSUPPORT = SOCKTNOSUPPORT, "the family has no socket of this kind", "这个地址族没有这种类型的套接字", CREATION;
    EOPNOTSUPP = OPNOTSUPP, "not possible on a socket of this kind", "这种套接字做不了这件事", COMMON;
    EAFNOSUPPORT = AFNOSUPPORT, "the system does not support this address family, or the address is of another family than the socket", "系统不支持这个地址族，或者地址和套接字不是同一个地址族", ADDRESSES;
    EADDRINUSE = ADDRINUSE, "the address is in use: another program has it, or an old connection is still in TIME_WAIT; setting SO_REUSEADDR before bind helps against the second", "地址已被占用：别的程序正在用它，或者有一个旧连接还处于 TIME_WAIT；如果是后一种，在 bind 之前设置 SO_REUSEADDR 就行", TCP;
    EADDRNOTAVAIL = ADDRNOTAVAIL, "not an address of this machine, or all its ports are in use", "这不是本机的地址，或者它的端口全被占用了", TROUBLES;
    ENETDOWN = NETDOWN, "the network is down", "网络没有启用", TROUBLES;
    ENETUNREACH = NETUNREACH, "the network cannot be reached: no route leads there", "网络不可达：没有路由通到那里", TROUBLES;
    ENETRESET = NETRESET, "the network dropped the connection on reset", "网络重置，连接断了", TROUBLES;
    #[cfg(target_os = "linux")]
    ENONET = NONET, "the machine is not on the network", "这台机器没有接入网络", TROUBLES;
    ECONNABORTED = CONNABORTED, "the connection was given up before it was accepted", "连接还没被接受就放弃了", TCP_STRESS;
    ECONNRESET = CONNRESET, "the peer reset the connection: it closed with data unread, crashed, or was killed", "对端重置了连接：它还有数据没读就关闭了，或者它崩溃了、被杀掉了", TCP_STRESS;
    ENOBUFS = NOBUFS, "the system has no buffer space left", "系统没有缓冲区可用了", TROUBLES;
    EISCONN = ISCONN, "already connected: a socket can connect only once; make a new one", "已经连接了：一个套接字只能连接一次；要再连，就新建一个", CLIENT;
    ENOTCONN = NOTCONN, "not connected: connect or accept first", "没有连接：先 connect 或 accept", COMMON;
    ESHUTDOWN = SHUTDOWN, "this direction was shut down", "这个方向已经关闭了", COMMON;
    ETOOMANYREFS = TOOMANYREFS, "too many descriptors in flight", "正在传送的文件描述符太多了";
    ETIMEDOUT = TIMEDOUT, "the network gave up: the peer did not answer for so long that the kernel dropped the connection", "网络放弃了：对端太久没有应答，内核断开了连接", TCP_STRESS;
    ECONNREFUSED = CONNREFUSED, "connection refused: no one is listening at this address; start the server first, and check the port", "连接被拒绝：没有程序在监听这个地址；先启动服务端，再检查端口", CLIENT;
    EHOSTDOWN = HOSTDOWN, "the host is down", "主机没有开机", TROUBLES;
    EHOSTUNREACH = HOSTUNREACH, "the host cannot be reached: no route, or a firewall blocked it", "主机不可达：没有路由，或者被防火墙拦下了", TROUBLES;
    EALREADY = ALREADY, "an earlier connect is still under way", "前一个 connect 还在进行", BLOCKING;
    EINPROGRESS = INPROGRESS, "the connection is being made and this socket is non-blocking: ask again when it is writable", "正在建立连接，而这个套接字是非阻塞的：等它可写的时候再问", BLOCKING;
    ECANCELED = CANCELED, "cancelled", "被取消了";
}

/// The other name of [`EAGAIN`], which is the same number.
pub const EWOULDBLOCK: Errno = EAGAIN;
