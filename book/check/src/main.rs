//! Runs one program of the book: the argument is its file and line, as in
//! `book-check book/en/src/common.md:42`. Without one it lists them.

use std::process::{ExitCode, Termination};

include!(concat!(env!("OUT_DIR"), "/programs.rs"));

fn main() -> ExitCode {
    let Some(wanted) = std::env::args().nth(1) else {
        for (id, _) in PROGRAMS {
            println!("{id}");
        }
        return ExitCode::SUCCESS;
    };
    match PROGRAMS.iter().find(|(id, _)| *id == wanted) {
        Some((_, entry)) => entry(),
        None => {
            eprintln!("there is no program at {wanted}; without an argument all are listed");
            ExitCode::FAILURE
        }
    }
}
