//! Memory that may not be had: a size is the caller's to choose, so failing to get it is an error
//! and not the end of the process.

use crate::cause::Cause;

/// An empty vector with room for exactly `size` bytes, or ENOMEM.
#[inline]
pub(crate) fn try_vec(size: usize) -> Result<Vec<u8>, Cause> {
    let mut data = Vec::new();
    match data.try_reserve_exact(size) {
        Ok(()) => Ok(data),
        Err(_) => Err(Cause::NoMemory(size)),
    }
}

/// A vector of `size` zeros, or ENOMEM.
pub(crate) fn try_zeroed(size: usize) -> Result<Vec<u8>, Cause> {
    let mut data = try_vec(size)?;
    data.resize(size, 0);
    Ok(data)
}

/// Room for at least `more` bytes, or ENOMEM.
pub(crate) fn reserve(data: &mut Vec<u8>, more: usize) -> Result<(), Cause> {
    data.try_reserve(more).map_err(|_| Cause::NoMemory(more))
}

/// Room for exactly `more` bytes, or ENOMEM.
pub(crate) fn reserve_exact(data: &mut Vec<u8>, more: usize) -> Result<(), Cause> {
    data.try_reserve_exact(more)
        .map_err(|_| Cause::NoMemory(more))
}

/// Gives back the room that was not used, if there is much of it. Otherwise a program that keeps what
/// it receives would keep the whole `bufsize` of each receive.
#[inline]
pub(crate) fn shrink(data: &mut Vec<u8>) {
    const WORTH_IT: usize = 512;
    if data.capacity() - data.len() >= WORTH_IT && data.len() < data.capacity() / 2 {
        data.shrink_to_fit();
    }
}
