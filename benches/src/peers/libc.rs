use std::fs::File;
use std::hint::black_box;
use std::io::{Error, IoSlice};
use std::mem::{MaybeUninit, zeroed};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, c_void, sockaddr_in, socklen_t};

use super::{As, Peer, TIMEOUT};

/// The bare functions of the C library, the measure of the others; with timeouts as SO_RCVTIMEO
/// and SO_SNDTIMEO.
pub struct Libc<const TIMED: bool>;

const ADDRESS_LEN: socklen_t = size_of::<sockaddr_in>() as socklen_t;

/// The result of a call, which must not be an error.
#[inline(always)]
fn done(result: isize) -> usize {
    match usize::try_from(result) {
        Ok(result) => result,
        Err(_) => failed(),
    }
}

#[cold]
fn failed() -> ! {
    panic!("{}", Error::last_os_error());
}

/// Takes over what a call has made.
#[inline(always)]
fn made<const TIMED: bool>(fd: c_int) -> OwnedFd {
    done(fd as isize);
    // SAFETY: the kernel has just made it for us.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    if TIMED {
        limit(&fd, libc::SO_RCVTIMEO);
        limit(&fd, libc::SO_SNDTIMEO);
    }
    fd
}

#[inline(always)]
fn limit(fd: &OwnedFd, option: c_int) {
    let time = libc::timeval {
        tv_sec: TIMEOUT.as_secs() as i64,
        tv_usec: 0,
    };
    let (value, len) = ((&raw const time).cast(), size_of_val(&time) as socklen_t);
    // SAFETY: value and len are those of a timeval that lives.
    done(
        unsafe { libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, option, value, len) } as isize,
    );
}

#[inline(always)]
fn socket<const TIMED: bool>(kind: c_int) -> OwnedFd {
    // SAFETY: takes numbers.
    made::<TIMED>(unsafe { libc::socket(libc::AF_INET, kind | libc::SOCK_CLOEXEC, 0) })
}

fn sockaddr(of: SocketAddr) -> sockaddr_in {
    let SocketAddr::V4(of) = of else {
        panic!("IPv4 only");
    };
    sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: of.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from(*of.ip()).to_be(),
        },
        sin_zero: [0; 8],
    }
}

/// Binds to a port of the kernel's choice.
fn bind_any(socket: &OwnedFd) -> SocketAddr {
    let mut own = sockaddr(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut len = ADDRESS_LEN;
    let fd = socket.as_raw_fd();
    // SAFETY: own and len live, and are of the right size.
    unsafe {
        done(libc::bind(fd, (&raw const own).cast(), len) as isize);
        done(libc::getsockname(fd, (&raw mut own).cast(), &mut len) as isize);
    }
    SocketAddr::from((Ipv4Addr::LOCALHOST, u16::from_be(own.sin_port)))
}

impl<const TIMED: bool> Peer for Libc<TIMED> {
    type Listener = OwnedFd;
    type Stream = OwnedFd;
    type Datagram = OwnedFd;
    type Address = sockaddr_in;

    fn address(of: SocketAddr) -> sockaddr_in {
        sockaddr(of)
    }

    fn listen() -> (OwnedFd, SocketAddr) {
        let listener = socket::<false>(libc::SOCK_STREAM);
        let address = bind_any(&listener);
        // SAFETY: takes numbers.
        done(unsafe { libc::listen(listener.as_raw_fd(), 128) } as isize);
        (listener, address)
    }

    #[inline(always)]
    fn connect(to: &sockaddr_in) -> OwnedFd {
        let stream = socket::<TIMED>(libc::SOCK_STREAM);
        let to = (to as *const sockaddr_in).cast();
        // SAFETY: the address is of that size.
        done(unsafe { libc::connect(stream.as_raw_fd(), to, ADDRESS_LEN) } as isize);
        stream
    }

    #[inline(always)]
    fn accept(listener: &OwnedFd) -> OwnedFd {
        let mut from = MaybeUninit::<sockaddr_in>::uninit();
        let mut len = ADDRESS_LEN;
        let (fd, flags) = (listener.as_raw_fd(), libc::SOCK_CLOEXEC);
        // SAFETY: from has len bytes.
        made::<TIMED>(unsafe { libc::accept4(fd, from.as_mut_ptr().cast(), &mut len, flags) })
    }

    #[inline(always)]
    fn send(stream: &OwnedFd, data: &[u8]) -> usize {
        let (start, len) = (data.as_ptr().cast(), data.len());
        // SAFETY: the slice has len bytes.
        done(unsafe { libc::send(stream.as_raw_fd(), start, len, libc::MSG_NOSIGNAL) })
    }

    #[inline(always)]
    fn sendall(stream: &OwnedFd, mut data: &[u8]) {
        while !data.is_empty() {
            data = &data[Self::send(stream, data)..];
        }
    }

    #[inline(always)]
    fn recv(stream: &OwnedFd, buffer: &mut [u8]) -> usize {
        let (start, len) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the slice has len bytes.
        done(unsafe { libc::recv(stream.as_raw_fd(), start, len, 0) })
    }

    #[inline(always)]
    fn recv_fresh(stream: &OwnedFd, size: usize) -> Vec<u8> {
        let mut data = Vec::with_capacity(size);
        // SAFETY: the vector has room for size bytes, and as many of them are set as recv says.
        unsafe {
            let start = data.as_mut_ptr() as *mut c_void;
            data.set_len(done(libc::recv(stream.as_raw_fd(), start, size, 0)));
        }
        data
    }

    fn send_file(stream: &OwnedFd, file: &File) {
        let mut at = 0;
        let (to, from) = (stream.as_raw_fd(), file.as_raw_fd());
        // SAFETY: at lives.
        while done(unsafe { libc::sendfile(to, from, &mut at, 1 << 30) }) > 0 {}
    }

    #[inline(always)]
    fn send_parts(stream: &OwnedFd, parts: [&[u8]; 4]) {
        let mut parts = parts.map(IoSlice::new);
        // SAFETY: of numbers and pointers, all of which may be zero.
        let mut message: libc::msghdr = unsafe { zeroed() };
        // An IoSlice is an iovec.
        message.msg_iov = parts.as_mut_ptr().cast();
        message.msg_iovlen = parts.len();
        // SAFETY: the parts live.
        done(unsafe { libc::sendmsg(stream.as_raw_fd(), &message, libc::MSG_NOSIGNAL) });
    }

    fn unix_pair() -> (OwnedFd, OwnedFd) {
        let mut fds = [0; 2];
        let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
        // SAFETY: there is room for two.
        done(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) } as isize);
        let [a, b] = fds.map(made::<TIMED>);
        (a, b)
    }

    #[inline(always)]
    fn pass(from: &OwnedFd, to: &OwnedFd, fd: BorrowedFd<'_>) {
        /// A header and one descriptor, aligned as the header is.
        #[repr(C)]
        struct Rights {
            header: libc::cmsghdr,
            fd: c_int,
        }
        // SAFETY: of numbers and pointers, all of which may be zero.
        let (mut rights, mut message) = unsafe { (zeroed::<Rights>(), zeroed::<libc::msghdr>()) };
        rights.header.cmsg_level = libc::SOL_SOCKET;
        rights.header.cmsg_type = libc::SCM_RIGHTS;
        rights.header.cmsg_len = size_of::<libc::cmsghdr>() + size_of::<c_int>();
        rights.fd = fd.as_raw_fd();
        let mut byte = 0_u8;
        let mut part = libc::iovec {
            iov_base: (&raw mut byte).cast(),
            iov_len: 1,
        };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut rights).cast();
        message.msg_controllen = rights.header.cmsg_len;
        // SAFETY: all that it points to lives, and is of the size that it says.
        unsafe {
            done(libc::sendmsg(
                from.as_raw_fd(),
                &message,
                libc::MSG_NOSIGNAL,
            ));
            done(libc::recvmsg(
                to.as_raw_fd(),
                &mut message,
                libc::MSG_CMSG_CLOEXEC,
            ));
        }
        assert_eq!(message.msg_flags & libc::MSG_CTRUNC, 0);
        // SAFETY: the kernel has just made it for us.
        drop(unsafe { OwnedFd::from_raw_fd(rights.fd) });
    }

    fn lines(stream: &OwnedFd, kind: As) -> u64 {
        let mut buffer = vec![0; 8192];
        let (mut start, mut end, mut count) = (0, 0, 0);
        loop {
            // SAFETY: both lie in the buffer, start before end.
            let at = unsafe {
                libc::memchr(buffer.as_ptr().add(start).cast(), b'\n'.into(), end - start)
            };
            if !at.is_null() {
                let line_end = at as usize - buffer.as_ptr() as usize + 1;
                take(&buffer[start..line_end], kind);
                (start, count) = (line_end, count + 1);
                continue;
            }
            buffer.copy_within(start..end, 0);
            (start, end) = (0, end - start);
            match Self::recv(stream, &mut buffer[end..]) {
                0 => return count,
                more => end += more,
            }
        }
    }

    fn udp() -> (OwnedFd, SocketAddr) {
        let socket = socket::<TIMED>(libc::SOCK_DGRAM);
        let address = bind_any(&socket);
        (socket, address)
    }

    #[inline(always)]
    fn sendto(socket: &OwnedFd, data: &[u8], to: &sockaddr_in) {
        let (start, len, flags) = (data.as_ptr().cast(), data.len(), libc::MSG_NOSIGNAL);
        let to = (to as *const sockaddr_in).cast();
        // SAFETY: slice and address have those sizes.
        done(unsafe { libc::sendto(socket.as_raw_fd(), start, len, flags, to, ADDRESS_LEN) });
    }

    #[inline(always)]
    fn recvfrom(socket: &OwnedFd, buffer: &mut [u8]) -> (usize, sockaddr_in) {
        let (start, len) = (buffer.as_mut_ptr().cast(), buffer.len());
        let mut from = MaybeUninit::<sockaddr_in>::uninit();
        let mut from_len = ADDRESS_LEN;
        let from_start = from.as_mut_ptr().cast();
        // SAFETY: slice and address have those sizes, and an IPv4 socket's sender is a sockaddr_in.
        unsafe {
            let fd = socket.as_raw_fd();
            let got = done(libc::recvfrom(fd, start, len, 0, from_start, &mut from_len));
            (got, from.assume_init())
        }
    }
}

#[inline(always)]
fn take(line: &[u8], kind: As) {
    match kind {
        As::Bytes => drop(black_box(line)),
        As::Str => drop(black_box(std::str::from_utf8(line).unwrap())),
        As::Owned => drop(black_box(
            std::str::from_utf8(&line[..line.len() - 1])
                .unwrap()
                .to_owned(),
        )),
    }
}
