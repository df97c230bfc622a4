//! # Solution: a line without an end
//!
//! Hint: The mode of a file has a limit: `RWB.limit(80)`. A longer line is an error then.
//!
//! Hint: `error.is_too_long()` tells that error from others. `match` on what `readline`
//! returns.
//!
//! Hint: The line is lent out of the file. Take its length before you write: `match
//! file.readline().map(<[u8]>::len)`.

use socketbook::*;

/// Answers each line of a client with its length, newline included.
fn serve(conn: Socket) -> Result<()> {
    let mut file = makefile(conn, RWB.limit(80));
    loop {
        match file.readline().map(<[u8]>::len) {
            Ok(0) => return Ok(()),
            Ok(length) => file.write(format!("{length}\n").as_bytes())?,
            Err(error) if error.is_too_long() => {
                file.write(b"too long\n")?;
                return file.close();
            }
            Err(error) => return Err(error),
        };
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
