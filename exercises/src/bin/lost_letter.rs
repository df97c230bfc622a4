//! # a letter was lost
//!
//! Letters get lost, on the way there or on the way back. Make `ask` ask again whenever no
//! answer has come within the mailbox's timeout. It gives up after `tries` letters, and returns
//! the timeout error.

use std::thread;
use std::time::Duration;

use socketbook::*;

/// Sends the question until an answer comes, at most `tries` times.
fn ask(mailbox: &Socket, server: &Address, question: &[u8], tries: u32) -> Result<Vec<u8>> {
    // Your part: this tries once.
    let _ = tries;
    mailbox.sendto(question, server)?;
    let (answer, _from) = mailbox.recvfrom(1024)?;
    Ok(answer.into_vec())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (mailbox, server) = (Socket::udp()?, Socket::udp()?);
    server.bind(("127.0.0.1", 0))?;
    let address = server.getsockname()?;

    // No one answers.
    mailbox.settimeout(Duration::from_millis(20))?;
    let error = ask(&mailbox, &address, b"hello?", 3).unwrap_err();
    assert!(
        error.is_timeout(),
        "no one answers, and your error is {error}"
    );
    Socket::udp()?.sendto(b"the last", &address)?;
    let mut letters = 0;
    while server.recvfrom(1024)?.0 != b"the last" {
        letters += 1;
    }
    assert!(
        letters == 3,
        "no one answers, so 3 tries are 3 letters; {letters} arrived"
    );

    // The first two letters get lost.
    let server = thread::spawn(move || {
        for _lost in 0..2 {
            server.recvfrom(1024)?;
        }
        let (question, from) = server.recvfrom(1024)?;
        server.sendto(&[b"yes, ", &*question].concat(), from)
    });
    mailbox.settimeout(Duration::from_millis(100))?;
    let answer = ask(&mailbox, &address, b"hello?", 50)?;
    server.join().unwrap()?;
    assert!(
        answer == b"yes, hello?",
        "the server answered \"yes, hello?\", and you returned \"{}\"",
        answer.escape_ascii()
    );
    Ok(())
}
