//! What needs a process of its own, or other programs: each test runs its body in a child. On
//! Linux, for its signals, namespaces, /proc and strace.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod lesson_3_names;
mod lesson_4_datagrams;
mod lesson_4_peer;
mod lesson_5_deadlines;

mod addresses;
mod chapters;
mod compiler;
mod coverage;
mod faults;
mod leaks;
mod long_way;
mod many;
mod messages;
mod names;
mod network;
mod peers;
mod resolver;
mod soak;
mod system_calls;
