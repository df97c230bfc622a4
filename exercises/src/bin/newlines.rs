//! # three kinds of newline
//!
//! One peer ends lines as Unix does, with `\n`, one as Windows does, with `\r\n`, and one as the old
//! Macintosh did, with `\r`. `lines_of` reads bytes and knows only `\n`. Make it return the same
//! lines for all three, without the newlines.

use socketbook::*;

/// All lines that the client says, until it hangs up.
fn lines_of(conn: &Socket) -> Result<Vec<String>> {
    // Your part.
    let mut file = conn.makefile(RB);
    let mut lines = Vec::new();
    loop {
        let line = file.readline()?;
        if line.is_empty() {
            return Ok(lines);
        }
        let text = String::from_utf8_lossy(line);
        lines.push(text.trim_end_matches('\n').to_owned());
    }
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
