//! The programs in `examples/`, run as programs: against each other, against the lesson's Python
//! programs (`tests/lesson/`, unchanged), against Python, netcat and curl, and against peers that
//! misbehave. On Linux, whose signals, processes and tools they use.
#![cfg(target_os = "linux")]

#[path = "../support/skipped.rs"]
mod skipped;

// What the tests share.
mod commands;
mod peer;
mod process;
mod servers;

// All programs, or all servers.
mod calls;
mod command_line;
mod shortage;
mod unread;

// One program, or two that belong together.
mod chat_room;
mod discover;
mod echoes;
mod file_transfer;
mod http_get;
mod line_server;
mod port_check;
mod tcp;
mod tcp_proxy;
mod tour;
mod udp;
