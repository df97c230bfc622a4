//! # the right socket
//!
//! `take_a_call` accepts a caller, answers `yes?`, and returns what the caller says. It talks and
//! listens on the wrong socket: the one that waits for calls carries none.

use socketbook::*;

/// Waits for one caller, says "yes?", and returns what the caller said.
fn take_a_call(phone: &Socket) -> Result<Vec<u8>> {
    let (_conn, _addr) = phone.accept()?;
    // Your part: three words below and above are wrong.
    phone.sendall(b"yes?")?;
    phone.recv(1024)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let phone = create_server(("127.0.0.1", 0))?;
    for words in [&b"hello"[..], b"me again"] {
        let caller = create_connection(phone.getsockname()?)?;
        caller.sendall(words)?;
        match take_a_call(&phone) {
            Err(error) => panic!("the listening socket has no conversation: {error}"),
            Ok(heard) => assert!(
                heard == words,
                "the caller said \"{}\", and you returned \"{}\"",
                words.escape_ascii(),
                heard.escape_ascii()
            ),
        }
        assert!(
            caller.recv(1024)? == b"yes?",
            "the caller waits for \"yes?\""
        );
    }
    Ok(())
}
