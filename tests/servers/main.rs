//! The servers in `examples/` for many callers, as programs, against callers in Python and netcat:
//! who talks as agreed, who never ends a line, never listens, resets, or says nothing; and Ctrl-C.

#[allow(dead_code, reason = "shared with the tests of the lesson's programs")]
#[path = "../programs/process.rs"]
mod process;

mod all;
mod chat_room;
mod command_line;
mod echoes;
mod line_server;
mod peer;
mod shortage;
mod unread;
