//! # a line without an end
//!
//! The shop answers each line with its length. A client that never ends a line must not fill
//! its memory: a line of more than 80 bytes, including the newline, is answered with `too
//! long`, and the conversation ends. What is handed out waits for the newline.

use socketbook::*;

/// Answers each line of a client with its length, newline included.
fn serve(conn: Socket) -> Result<()> {
    // Your part: a limit for the file, and an answer to a line that goes beyond.
    let mut file = makefile(conn, RWB);
    loop {
        let length = file.readline()?.len();
        if length == 0 {
            return Ok(());
        }
        file.write(format!("{length}\n").as_bytes())?;
        file.flush()?;
    }
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let long = "x".repeat(1000);
    let just_right = "y".repeat(79) + "\n";
    for (said, expected) in [
        ("hello\n".to_owned(), "6\n"),
        (just_right + "\n", "80\n1\n"),
        (format!("hello\n{long}"), "6\ntoo long\n"),
        (format!("{long}\nhello\n"), "too long\n"),
    ] {
        let (client, conn) = socketpair()?;
        client.sendall(said.as_bytes())?;
        client.shutdown(SHUT_WR)?;
        serve(conn)?;
        let answer = client.makefile(R).readall()?;
        let beginning = &said[..said.len().min(20)];
        assert!(
            answer == expected,
            "to {beginning:?}, {} bytes in all, the answer is {expected:?}, and it was {answer:?}",
            said.len()
        );
    }
    Ok(())
}
