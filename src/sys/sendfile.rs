//! A file into a socket within the kernel: sendfile.

use std::os::fd::AsFd;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};
use rustix::io::Result;

/// The kernel sends no more than this at once (MAX_RW_COUNT of linux/fs.h), and takes no larger
/// number on 32 bits.
pub(crate) const MOST_AT_ONCE: u64 = 0x7fff_f000;

/// One sendfile, from `offset` on; the file's own position stays. It must be made under
/// [`without_sigpipe`].
pub(crate) fn sendfile(
    socket: impl AsFd,
    file: impl AsFd,
    offset: u64,
    count: u64,
) -> Result<usize> {
    let mut offset = offset;
    let count = count.min(MOST_AT_ONCE) as usize;
    rustix::fs::sendfile(socket, file, Some(&mut offset), count)
}

pub(crate) fn read_at(file: impl AsFd, buffer: &mut [u8], offset: u64) -> Result<usize> {
    rustix::io::pread(file, buffer, offset)
}

/// Reads on from where the file is.
pub(crate) fn read_on(file: impl AsFd, buffer: &mut [u8]) -> Result<usize> {
    rustix::io::read(file, buffer)
}

/// Does what may raise SIGPIPE in this thread, without it: sendfile knows no MSG_NOSIGNAL.
///
/// The Rust runtime ignores the signal, but a program may have set its default again, which ends the
/// process, and to ask costs as much as to block it. It costs two system calls, and four more where
/// the work failed, to take the signal back.
pub(crate) fn without_sigpipe<T, E>(
    work: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let mut pipe = SigSet::empty();
    pipe.add(Signal::SIGPIPE);
    let Ok(before) = pipe.thread_swap_mask(SigmaskHow::SIG_BLOCK) else {
        // It does not fail with these arguments.
        return work();
    };
    let outcome = work();
    // The call that failed has raised it, or the one before, if that sent less than it was asked
    // for; or none has. So that there is one to take, one more is raised: two are like one.
    if outcome.is_err() && raise(Signal::SIGPIPE).is_ok() {
        let _ = pipe.wait();
    }
    let _ = before.thread_set_mask();
    outcome
}
