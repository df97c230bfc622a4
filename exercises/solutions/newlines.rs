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

/// All lines that the caller says, until it hangs up.
fn lines_of(phone: &Socket) -> Result<Vec<String>> {
    phone.makefile(R).lines().collect()
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    for (system, newline) in [("Unix", "\n"), ("Windows", "\r\n"), ("Macintosh", "\r")] {
        let (caller, callee) = socketpair()?;
        let said = ["喂?", "", "Is anybody there?"];
        caller.sendall(said.join(newline).as_bytes())?;
        caller.close();
        let heard = lines_of(&callee)?;
        assert!(
            heard == said,
            "{system} said {said:?} with {newline:?} between, and you heard {heard:?}"
        );
    }
    Ok(())
}
