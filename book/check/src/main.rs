//! Runs one program of the book: the argument is its file and line, as in
//! `book-check book/en/src/common.md:42`. Without one it lists them.

use std::process::{ExitCode, Termination};

/// Runs a program to its end.
type Run = fn() -> ExitCode;

// `const PROGRAMS: &[(&str, Run)]`, and the modules it names.
include!(concat!(env!("OUT_DIR"), "/programs.rs"));

fn report<T: Termination>(entry: fn() -> T) -> ExitCode {
    entry().report()
}

fn main() -> ExitCode {
    let Some(wanted) = std::env::args().nth(1) else {
        for (id, _) in PROGRAMS {
            println!("{id}");
        }
        return ExitCode::SUCCESS;
    };
    match PROGRAMS.iter().find(|(id, _)| *id == wanted) {
        Some((_, run)) => run(),
        None => {
            eprintln!("there is no program at {wanted}; without an argument all are listed");
            ExitCode::FAILURE
        }
    }
}
