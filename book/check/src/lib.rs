//! Checks on the book.
//!
//! * [`rules`] holds the Markdown to what `book/WRITING.md` says: every Rust block
//!   is one that runs.
//! * [`links`] sees to it that every link of the book leads somewhere.
//! * [`outputs`] runs the programs whose output the book shows, and compares.
//!
//! The programs themselves are compiled into this package's binary by `build.rs`.

use std::path::{Path, PathBuf};

pub mod links;
pub mod markdown;
pub mod outputs;
pub mod programs;
pub mod rules;

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("it exists")
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
