//! The programs in `examples/` run as programs: against each other, against the lesson's Python
//! programs (`tests/lesson/`, unchanged), and against peers that behave badly.

mod command_line;
mod packets;
mod process;
mod tcp;
mod tour;
mod udp;
