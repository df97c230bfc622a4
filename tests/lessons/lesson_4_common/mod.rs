//! Lesson 4, common calls.

mod datagram;
#[cfg(target_os = "linux")]
mod message;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod sendfile;
mod stream;
