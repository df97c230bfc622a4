//! What differs between platforms: each difference once. The rest of the crate sees one set of
//! types, numbers and functions, and is written without a `cfg`, but for what a platform does not
//! have at all: rows of the tables of options, flags and errnos, AF_UNIX, and how a descriptor is
//! called.

use std::time::Duration;

use rustix::event::{PollFd, Timespec};
use rustix::io::Result;
use rustix::net::{RecvFlags, SendFlags};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(target_os = "linux")]
pub(crate) mod control;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) mod message;
#[cfg(target_os = "linux")]
pub(crate) mod sendfile;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

#[cfg(all(unix, not(target_os = "linux")))]
mod bsd;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use bsd::*;

#[cfg(not(target_os = "linux"))]
mod guess;

pub(crate) mod lookup;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

/// What every receive of a socket carries, with a timeout or without.
#[inline]
pub(crate) fn recv_flags(stream: bool, timed: bool) -> RecvFlags {
    let tell_length = if stream {
        RecvFlags::empty()
    } else {
        TELL_LENGTH
    };
    tell_length | RecvFlags::from_bits_retain(if timed { DONTWAIT } else { 0 })
}

/// What every send of a socket carries, with a timeout or without.
#[inline]
pub(crate) fn send_flags(timed: bool) -> SendFlags {
    NOSIGNAL | SendFlags::from_bits_retain(if timed { DONTWAIT } else { 0 })
}

/// The flags of one socket for another, which has a timeout or not.
#[inline]
pub(crate) fn flags_if(timed: bool, flags: u32) -> u32 {
    if timed {
        flags | DONTWAIT
    } else {
        flags & !DONTWAIT
    }
}

pub(crate) fn set_nonblocking(fd: impl AsFd, nonblocking: bool) -> Result<()> {
    rustix::io::ioctl_fionbio(fd, nonblocking)
}

/// The longest wait of one poll, where the kernel counts milliseconds in 32 bits. The caller looks at
/// its clock and polls again: 25 days.
const LONGEST_POLL: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits until one of the descriptors is ready, or the time is over: `None` waits as long as it
/// takes. It may end early. Where the kernel counts milliseconds (macOS, Windows), rustix rounds up.
pub(crate) fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<usize> {
    let timeout = timeout.map(|timeout| timeout.min(LONGEST_POLL));
    let timeout = timeout.map(|timeout| Timespec {
        tv_sec: timeout.as_secs() as i64,
        // Its type is not the same everywhere. Less than 10^9 fits them all.
        tv_nsec: timeout.subsec_nanos() as _,
    });
    poll_for(fds, timeout.as_ref())
}
