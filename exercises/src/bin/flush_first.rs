//! # the question that was never asked
//!
//! `ask` writes a question and waits for the answer. The other side talks without being asked here,
//! so an answer comes in any case. A real peer would wait for the question, and you would wait for
//! the peer, forever: the question never left your program.

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
    let mut file = makefile(customer, RW);
    for question in ["Is anyone there?", "What is a socket?"] {
        shop.sendall(b"Press 1 for sockets.\n")?;
        let answer = ask(&mut file, question)?;
        assert!(answer == "Press 1 for sockets.\n");
        // What is on the line now, without waiting for it.
        let asked = shop.recv_with_flags(1024, MSG_DONTWAIT).unwrap_or_default();
        assert!(
            asked == format!("{question}\n").as_bytes(),
            "you read the answer to \"{question}\", and the shop had heard \"{}\": \
             where is the question?",
            asked.escape_ascii()
        );
    }
    Ok(())
}
