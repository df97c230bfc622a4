//! What an errno likely means, for the call that it failed.

use crate::call::Call;
use crate::errno::{
    EACCES, EADDRINUSE, EAFNOSUPPORT, EAGAIN, EBADF, ECONNREFUSED, EINPROGRESS, EINVAL, EMSGSIZE,
    ENODEV, ENOENT, ENOTCONN, ENXIO, EOPNOTSUPP, EPERM, Errno,
};
use crate::language::{Words, both};
use crate::sys;

/// The likely reason. `unix`: the Unix path or name that the call was about, as an address prints it.
pub(crate) fn hint(call: Call, errno: Errno, unix: Option<&str>) -> Words<&'static str> {
    // A path that starts with `@` is printed as `./@…`.
    let without_file = unix.is_some_and(|name| name.starts_with('@'));
    let unix = unix.is_some();
    match (errno, call) {
        (EINVAL, Call::Socket | Call::Socketpair) => {
            both("there is no such kind or protocol", "没有这样的类型或协议")
        }
        (EINVAL, Call::Bind) => both("the socket already has an address", "套接字已经有地址了"),
        (EINVAL, Call::Listen) => both(
            "the socket is connected: one that listens cannot be",
            "套接字已经连接了：要监听的套接字不能有连接",
        ),
        (EINVAL, Call::Accept) => both(
            "the socket is not listening: call listen first (or it was shut down)",
            "套接字没有在监听：先调用 listen（或者它已经被 shutdown 了）",
        ),
        (EINVAL, Call::Setsockopt) => both(
            "the value is out of range for this option",
            "值超出了这个选项的范围",
        ),
        (EINVAL, Call::Getsockopt) => both(
            "the socket is not in a state that has this value",
            "套接字现在的状态没有这个值",
        ),
        (
            EINVAL,
            Call::Recv
            | Call::RecvInto
            | Call::Recvfrom
            | Call::RecvfromInto
            | Call::Recvmsg
            | Call::RecvmsgInto
            | Call::RecvFds,
        ) => both(
            "no urgent data is there for MSG_OOB, or the flags do not go together",
            "没有带外数据可给 MSG_OOB，或者这些标志不能一起用",
        ),
        (EINVAL, Call::Connect | Call::ConnectEx) => both(
            "the socket cannot connect to this address, or in this state: an fe80 address needs its scope, and one that listens cannot connect",
            "套接字连不了这个地址，或者现在的状态不能连接：fe80 开头的地址要带作用域，正在监听的套接字不能连接",
        ),
        (EINVAL, Call::Sendfile) => both("no file has this offset", "文件没有这样的偏移"),
        (EBADF, Call::Sendfile) => {
            both("the file is not open for reading", "文件没有以读的方式打开")
        }
        (EINVAL, Call::Sendmsg | Call::SendFds) => both(
            "the ancillary data, the address or the flags are not valid for this socket, or there are more than 253 descriptors",
            "辅助数据、地址或标志不适合这个套接字，或者文件描述符超过了 253 个",
        ),
        (EMSGSIZE, Call::Sendmsg | Call::SendFds) => both(
            "the message is too long for one datagram, or there are more than 1,024 buffers",
            "消息太长，一个数据报装不下，或者缓冲区超过了 1,024 个",
        ),
        (EPERM, Call::Sendmsg) => both(
            "these are not the credentials of this process (or a local firewall blocked the packet)",
            "这不是本进程的凭证（或者数据包被本机的防火墙拦下了）",
        ),
        (EINVAL, Call::Send | Call::Sendall | Call::Sendto) => both(
            "the address or the flags are not valid for this socket: an fe80 address needs its scope",
            "地址或标志不适合这个套接字：fe80 开头的地址要带作用域",
        ),
        (EAGAIN, Call::Accept) => both(
            "would block: no connection has arrived yet, and the socket is non-blocking",
            "会阻塞：还没有连接到达，而套接字是非阻塞的",
        ),
        (EAGAIN, Call::Connect | Call::ConnectEx) if unix => both(
            "would block: the server's queue is full, and the socket is non-blocking; call connect again",
            "会阻塞：服务端的队列满了，而套接字是非阻塞的；再调用一次 connect",
        ),
        (errno, Call::Connect | Call::ConnectEx) if sys::is_connecting(errno.raw()) => {
            EINPROGRESS.words()
        }
        (EAGAIN, Call::Connect | Call::ConnectEx) => {
            both("no free port: all are in use", "没有空闲的端口：全被占用了")
        }
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
        ) => both(
            "would block: there is no room to send yet, and the socket is non-blocking",
            "会阻塞：还没有地方可以发送，而套接字是非阻塞的",
        ),
        (EAGAIN, _) => both(
            "would block: nothing has arrived yet, and the socket is non-blocking",
            "会阻塞：还没有东西到达，而套接字是非阻塞的",
        ),
        (ECONNREFUSED, _) if without_file => both(
            "connection refused: no one is listening on this name; start the server first",
            "连接被拒绝：没有程序在监听这个名字；先启动服务端",
        ),
        (ECONNREFUSED, _) if unix => both(
            "connection refused: no one is listening on this path; start the server first (the file may be left from an earlier one)",
            "连接被拒绝：没有程序在监听这个路径；先启动服务端（这个文件可能是以前的服务端留下的）",
        ),
        (EINVAL, Call::Sethostname) => {
            both("the name is longer than 64 bytes", "名字超过了 64 个字节")
        }
        (EPERM, Call::Sethostname) => both(
            "naming the machine needs CAP_SYS_ADMIN",
            "给机器改名需要 CAP_SYS_ADMIN",
        ),
        (ENODEV, Call::IfNametoindex) => both(
            "there is no interface of this name; if_nameindex lists them",
            "没有叫这个名字的网卡；if_nameindex 列出所有网卡",
        ),
        (ENXIO, Call::IfIndextoname) => both(
            "there is no interface with this number; if_nameindex lists them",
            "没有这个编号的网卡；if_nameindex 列出所有网卡",
        ),
        (EAFNOSUPPORT, Call::InetPton | Call::InetNtop) => both(
            "only AF_INET and AF_INET6 have such addresses",
            "只有 AF_INET 和 AF_INET6 才有这样的地址",
        ),
        (EADDRINUSE, _) if without_file => both(
            "the name is in use: another socket has it",
            "名字已被占用：别的套接字正在用它",
        ),
        (EADDRINUSE, _) if unix => both(
            "the name is in use: another socket has it, or the file of an earlier server is still there; remove it before bind",
            "名字已被占用：别的套接字正在用它，或者以前的服务端留下的文件还在；在 bind 之前删掉它",
        ),
        (EACCES, _) if unix => both(
            "permission denied: the path, or a folder on the way, does not allow it",
            "权限不够：这个路径，或者中间的某个目录，不允许这样做",
        ),
        (ENOENT, Call::Setsockopt) => both(
            "the system has nothing of this name",
            "系统里没有叫这个名字的东西",
        ),
        (ENOENT, Call::Bind) => both(
            "a folder on the way to this path is missing",
            "这个路径中间缺一个目录",
        ),
        (ENOENT, _) if unix => both(
            "no Unix socket has this path; start the server first",
            "没有 Unix 域套接字在这个路径上；先启动服务端",
        ),
        (ENOENT, _) => both("no such thing", "没有这个东西"),
        (EOPNOTSUPP, Call::Listen | Call::Accept) => both(
            "only a stream socket listens and accepts: make it with SOCK_STREAM",
            "只有流套接字能监听和接受：用 SOCK_STREAM 创建它",
        ),
        (ENOTCONN, Call::Shutdown) => both(
            "not connected: there is no connection to shut down",
            "没有连接：没有什么可以关闭的",
        ),
        (errno, _) => errno.words(),
    }
}
