//! Lesson 4, common calls.

mod datagram;
mod options;
mod stream;
