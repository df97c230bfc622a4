//! Lesson 4, common calls: talking, asking, hanging up.

pub(crate) mod close;
pub(crate) mod datagram;
pub(crate) mod flags;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod stream;
