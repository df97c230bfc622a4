//! What differs between platforms: each difference once.

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

#[cfg(not(target_os = "linux"))]
compile_error!("socketbook runs on Linux only, so far");
