//! # the question that was never asked
//!
//! `ask` writes a question and waits for the answer. Here the other side talks without being asked,
//! so an answer comes in any case. A real peer would wait for the question, and you would wait for
//! the peer, forever: the question never left your program.

use std::time::Duration;

use socketbook::*;

/// Asks a question, one line, and returns the answer, one line.
fn ask(file: &mut TextFile<Socket>, question: &str) -> Result<String> {
    writeln!(file, "{question}")?;
    // Your part.
    Ok(file.readline()?.to_owned())
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (customer, shop) = socketpair()?;
    shop.settimeout(Duration::from_millis(100))?;
    let mut file = makefile(customer, RW);
    for question in ["Is anyone there?", "What is a socket?"] {
        shop.sendall(b"Press 1 for sockets.\n")?;
        let answer = ask(&mut file, question)?;
        assert!(answer == "Press 1 for sockets.\n");
        // What is on the line now, or in a moment.
        let asked = shop.recv(1024).unwrap_or_default();
        assert!(
            asked == format!("{question}\n").as_bytes(),
            "you read the answer to \"{question}\", and the shop had heard \"{}\": \
             where is the question?",
            asked.escape_ascii()
        );
    }
    Ok(())
}
