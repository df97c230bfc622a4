//! Checks on the book.
//!
//! * [`rules`] holds the Markdown to what `book/WRITING.md` says: every Rust block
//!   is one that runs.
//! * [`links`] sees to it that every link of the book leads somewhere.
//! * [`outputs`] runs the programs whose output the book shows, and compares.
//!
//! The programs themselves are compiled into this package's binary by `build.rs`.

use std::io::Write;
use std::path::{Path, PathBuf};

pub mod links;
pub mod markdown;
pub mod outputs;
pub mod programs;
pub mod rules;

/// The repository: where cargo runs this, which need not be where it was built.
pub fn repository() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(package)
        .join("../..")
        .canonicalize()
        .expect("it exists")
}

/// The folder of the profile, `target/debug`: a test is `deps/NAME` in it. Not by `env!`, which
/// says where the test was built.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("the system knows this program");
    let built = test
        .ancestors()
        .nth(2)
        .expect("it lies in target/debug/deps");
    built.to_owned()
}

/// Straight to the terminal: the test harness keeps back what a passing test prints.
pub fn say_aloud(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// The source folder of each language of the book: `book/*/src` with a `SUMMARY.md`.
pub fn sources(repository: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository.join("book")).expect("the book is here");
    let mut sources: Vec<PathBuf> = entries
        .map(|entry| entry.expect("book/ can be read").path().join("src"))
        .filter(|source| source.join("SUMMARY.md").exists())
        .collect();
    sources.sort();
    sources
}
