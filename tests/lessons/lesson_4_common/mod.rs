//! Lesson 4, common calls.

mod datagram;
mod message;
mod options;
mod sendfile;
mod stream;
