//! Python's `socket` module in safe Rust, call by call, and a book that teaches it.
//!
//! The calls have the names that every socket lesson uses: [`bind`](Socket::bind),
//! [`listen`](Socket::listen), [`accept`](Socket::accept), [`connect`](Socket::connect),
//! [`send`](Socket::send) and [`sendall`](Socket::sendall), [`recvfrom`](Socket::recvfrom),
//! [`settimeout`](Socket::settimeout), [`makefile`](Socket::makefile) … They do what Python's do. Most
//! of the mistakes that Python reports at run time are compile errors here.
//!
//! A socket is like a telephone: one side buys one, gives it a number, switches it on and waits; the
//! other buys one and calls.
//!
//! ```
//! use std::thread;
//! use socketbook::{SO_REUSEADDR, SOL_SOCKET, Socket};
//!
//! let phone = Socket::tcp()?; // buy a telephone
//! phone.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)?;
//! phone.bind(("127.0.0.1", 0))?; // give it a number
//! phone.listen(5)?; // switch it on
//! let number = phone.getsockname()?;
//!
//! let caller = thread::spawn(move || {
//!     let phone = Socket::tcp()?;
//!     phone.connect(number)?; // call the number
//!     phone.sendall("喂?".as_bytes())?; // talk
//!     phone.recv(1024) // listen
//! });
//!
//! let (conn, addr) = phone.accept()?; // wait for a call
//! let msg = conn.recv(1024)?;
//! println!("{addr} said {}", String::from_utf8_lossy(&msg));
//! conn.sendall(&msg)?;
//! conn.close(); // hang up
//!
//! assert_eq!(caller.join().unwrap()?, "喂?".as_bytes());
//! # Ok::<(), socketbook::Error>(())
//! ```
//!
//! # The lessons
//!
//! Each lesson is a module, and its page is the lesson in brief. Everything is also here at the root,
//! so `use socketbook::*` is Python's `from socket import *`.
//!
//! | lesson | what it is about | start with |
//! |---|---|---|
//! | 1 [`creation`] | buying the telephone | [`Socket::tcp`], [`Socket::udp`], [`Socket::new`], [`socketpair`] |
//! | 2 [`server`] | giving it a number, waiting for calls | [`Socket::bind`], [`Socket::listen`], [`Socket::accept`], [`create_server`] |
//! | 3 [`client`] | dialling | [`Socket::connect`], [`Socket::connect_ex`], [`create_connection`] |
//! | 4 [`common`], [`options`] | talking, asking, hanging up | [`Socket::recv`], [`Socket::sendall`], [`Socket::recvfrom`], [`Socket::sendto`], [`Socket::getsockopt`], [`Socket::close`] |
//! | 5 [`blocking`] | how long to wait | [`Socket::settimeout`], [`select`], [`setdefaulttimeout`] |
//! | 6 [`file`](mod@file) | talking in lines | [`Socket::makefile`] |
//!
//! [`address`] has what calls take and return, [`resolver`] finds the addresses of names, and [`errno`]
//! names the errors. There is one error type, [`Error`]: it names the call, the address or value, the
//! errno and the likely reason, and [`explain`](Error::explain) adds the chapter to read.
//!
//! # The book
//!
//! The book is in the repository: `cargo book` builds it and opens it in the browser, and `cargo test`
//! runs every program in it. `cargo book epub` writes it as one file. The package of this crate has its
//! chapters as well, as Markdown: `book/en/src/index.md` is the first.
//!
//! # What it does differently
//!
//! From std and socket2: a timeout covers `accept` and `connect` like any other call, is one deadline
//! for the whole of a `sendall` or `readline`, is never early, and holds through signals. No send raises
//! SIGPIPE. Receiving into a fresh vector does not zero it first. A call that is ready is one system
//! call, with a timeout or without.
//!
//! From Python, on purpose: a truncated datagram is reported, not silently cut; `sendall` says how much
//! was sent; a file's `readline` has a limit and one deadline; reading a file on a non-blocking socket
//! returns a would-block error instead of an empty result that looks like the end.
//!
//! # Platforms and features
//!
//! Linux is tested. Windows (TCP, UDP) is tested under Wine. macOS and FreeBSD are built. What a platform
//! does not have, such as Unix sockets on Windows, is not there at compile time, as in Python.
//!
//! | | Linux | Windows | macOS, FreeBSD |
//! |---|---|---|---|
//! | a ready call is one system call | yes | receives and sends; `accept` takes two more | receives and sends; on macOS creation and `accept` take three more |
//! | no call ends early, and one deadline covers the whole of it | yes | yes | yes |
//! | a cut datagram is reported with its length | yes | yes | yes |
//! | a send kills no process | yes | yes: there are no signals | yes |
//! | Unix sockets | yes | no | yes, without abstract names |
//! | messages, ancillary data, `sendfile`, interfaces | yes | no | not yet |
//!
//! ARCHITECTURE.md has the whole table, and what it rests on.
//!
//! With the feature `tracing`, each call is an event of the crate `tracing`, and [`show_calls`] prints
//! them.
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations, rust_2018_idioms)]
#![doc(test(attr(deny(warnings))))]
// Much of what all platforms share is used by messages and options that Linux alone has.
#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

// In the order in which each uses only those before it.
mod language;
mod sys;

mod chapter;
pub mod eai;
pub mod errno;

mod call;
mod cause;
mod error;
mod hint;
mod memory;

mod kinds;
mod timeout;

mod flags;
mod lookup;

pub mod address;

#[cfg(target_os = "linux")]
mod interfaces;

pub mod resolver;

mod socket;
mod trace;

mod convert;
mod deadline;

mod transfer;

mod select;

pub mod creation;

pub mod server;

pub mod client;

pub mod options;

pub mod common;

pub mod blocking;

pub mod file;

pub use address::*;
pub use blocking::*;
pub use call::Call;
pub use client::*;
pub use common::*;
pub use convert::ConvertError;
pub use creation::*;
pub use eai::*;
pub use errno::*;
pub use error::{Error, Result};
pub use file::*;
#[cfg(target_os = "linux")]
pub use interfaces::*;
pub use language::Language;
pub use options::*;
pub use resolver::*;
pub use server::*;
pub use socket::Socket;
pub use trace::show_calls;

// One line per chapter: the check of the book reads them so, and rustfmt would break the longest.
#[cfg(doctest)]
#[rustfmt::skip]
mod book;

#[cfg(test)]
#[allow(dead_code, reason = "the tests of tests/ use the rest")]
#[path = "../tests/support/dice.rs"]
mod dice;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Every trait of the crate takes a private token, so that no other crate can implement it.
    /// (That no type of a dependency is in a signature, cargo-check-external-types holds: .ci/run.)
    #[test]
    fn every_trait_is_sealed() {
        let mut traits = 0;
        visit(Path::new("src"), &mut |path, source| {
            for (at, _) in source.match_indices("\npub trait ") {
                let body = &source[at..];
                let body = &body[..body.find("\n}").unwrap()];
                let line = body.lines().nth(1).unwrap();
                assert!(body.contains("sealed::Token"), "{}: {line}", path.display());
                traits += 1;
            }
        });
        assert!(traits >= 6, "{traits}");
    }

    fn visit(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, look);
            } else {
                look(&path, &fs::read_to_string(&path).unwrap());
            }
        }
    }
}
