//! # Solution: three kinds of newline
//!
//! Hint: That's what a text file is for. It reads all three as a newline, as in Python.
//!
//! Hint: The mode is `R`, not `RB`. Then `readline` ends every line with `\n`, whatever the peer
//! wrote.
//!
//! Hint: `lines()` gives the lines without their newlines, and `collect` gathers them: it works for
//! `Result<Vec<String>>`.

use socketbook::*;

/// All lines that the client says, until it hangs up.
fn lines_of(conn: &Socket) -> Result<Vec<String>> {
    conn.makefile(R).lines().collect()
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    for (system, newline) in [("Unix", "\n"), ("Windows", "\r\n"), ("Macintosh", "\r")] {
        let (client, conn) = socketpair()?;
        let said = ["喂?", "", "Is anyone there?"];
        client.sendall(said.join(newline).as_bytes())?;
        client.close();
        let heard = lines_of(&conn)?;
        assert!(
            heard == said,
            "{system} said {said:?} with {newline:?} between, and you heard {heard:?}"
        );
    }
    Ok(())
}
