//! macOS and the BSDs: poll without POLLRDHUP, receives that don't say how long a message was. What
//! Apple's kernels don't do when they make a socket takes a few more system calls.

use rustix::event::PollFlags;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix, SocketFlags};

pub(crate) use super::guess::identity;
use super::{AsFd, OwnedFd};

/// How long sun_path is.
pub(crate) const SUN_PATH: usize = 104;
/// Whether a Unix socket may have a name that is no path.
pub(crate) const ABSTRACT_NAMES: bool = false;

/// No flag makes the kernel return how long a message really was.
pub(crate) const TELL_LENGTH: RecvFlags = RecvFlags::empty();
/// There is no MSG_ERRQUEUE.
pub(crate) const ERRQUEUE: u32 = 0;

pub(crate) const READABLE: PollFlags = PollFlags::IN;
pub(crate) const HUNG_UP: PollFlags = PollFlags::HUP;

#[cfg(not(target_vendor = "apple"))]
mod creation {
    use super::*;

    pub(crate) const SOCK_NONBLOCK: u32 = SocketFlags::NONBLOCK.bits();
    pub(crate) const SOCK_CLOEXEC: u32 = SocketFlags::CLOEXEC.bits();
    /// Without it a send to a peer that is gone may kill the process.
    pub(crate) const NOSIGNAL: SendFlags = SendFlags::NOSIGNAL;

    pub(in crate::sys) fn creation_flags(nonblocking: bool) -> SocketFlags {
        if nonblocking {
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK
        } else {
            SocketFlags::CLOEXEC
        }
    }

    pub(in crate::sys) fn complete(fd: OwnedFd, _nonblocking: bool) -> Result<OwnedFd> {
        Ok(fd)
    }

    pub(crate) fn accept(
        fd: impl AsFd,
        nonblocking: bool,
    ) -> Result<(OwnedFd, Option<SocketAddrAny>)> {
        rustix::net::acceptfrom_with(fd, creation_flags(nonblocking))
    }
}

#[cfg(target_vendor = "apple")]
mod creation {
    use super::*;

    // No flags at creation, and the option SO_NOSIGPIPE in place of MSG_NOSIGNAL.
    pub(crate) const SOCK_NONBLOCK: u32 = 0;
    pub(crate) const SOCK_CLOEXEC: u32 = 0;
    pub(crate) const NOSIGNAL: SendFlags = SendFlags::empty();

    /// Apple's kernels know none.
    pub(in crate::sys) fn creation_flags(_nonblocking: bool) -> SocketFlags {
        SocketFlags::empty()
    }

    /// Close-on-exec (a program that another thread starts in between inherits the socket), no
    /// SIGPIPE, O_NONBLOCK.
    pub(in crate::sys) fn complete(fd: OwnedFd, nonblocking: bool) -> Result<OwnedFd> {
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        match rustix::net::sockopt::set_socket_nosigpipe(&fd, true) {
            // The peer of a connection that was just accepted is gone already.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(errno),
        }
        // A socket that was accepted has it from the one that listens.
        rustix::io::ioctl_fionbio(&fd, nonblocking)?;
        Ok(fd)
    }

    pub(crate) fn accept(
        fd: impl AsFd,
        nonblocking: bool,
    ) -> Result<(OwnedFd, Option<SocketAddrAny>)> {
        let (accepted, address) = rustix::net::acceptfrom(fd)?;
        Ok((complete(accepted, nonblocking)?, address))
    }
}
pub(crate) use creation::{NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK, accept};
pub(super) use creation::{complete, creation_flags};

/// Whether an accept failed with this errno because of the connection that it would have accepted.
pub(crate) fn is_of_the_accepted(errno: i32) -> bool {
    errno == Errno::CONNABORTED.raw_os_error()
}

/// A path, or nothing, which the kernel refuses.
pub(crate) fn sockaddr_un(path: &[u8]) -> Result<SocketAddrUnix> {
    SocketAddrUnix::new(path)
}

pub(crate) fn abstract_name(_address: &SocketAddrUnix) -> Option<&[u8]> {
    None
}

pub(crate) fn std_abstract_name(_address: &std::os::unix::net::SocketAddr) -> Option<&[u8]> {
    None
}
