//! The lessons, a module each: `cargo test lesson_3` runs the third, and its chapter of the book.
//!
//! No test here starts a program: between its fork and its exec a child has all descriptors of this
//! process, and what another test closes in that moment stays open. Those tests are in
//! `tests/system`.

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod lesson_1_creation;
#[cfg(target_os = "linux")]
mod lesson_2_server;
mod lesson_3_client;
mod lesson_4_common;
mod lesson_5_blocking;
mod lesson_6_files;

#[cfg(target_os = "linux")]
mod errors;
mod everywhere;
#[cfg(target_os = "linux")]
mod layers;
mod properties;
