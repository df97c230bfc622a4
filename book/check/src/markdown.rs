//! One Markdown file: its code blocks, with their lines.

use std::path::{Path, PathBuf};

pub use book_translate::page::parser;
use pulldown_cmark::{CodeBlockKind, Event, Tag};

/// A fenced or indented block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What stands after the opening fence; `None` for an indented block.
    pub info: Option<String>,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// The text between the fences.
    pub body: String,
    /// Whether the block stands by itself, and not in a list or a quotation,
    /// where each line of it would have a prefix.
    pub at_top: bool,
}

impl Block {
    /// The words of the info string: `rust,should_panic` has two.
    pub fn words(&self) -> Vec<&str> {
        let info = self.info.as_deref().unwrap_or_default();
        info.split([',', ' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect()
    }

    pub fn language(&self) -> &str {
        self.words().first().copied().unwrap_or_default()
    }

    pub fn has(&self, word: &str) -> bool {
        self.words().contains(&word)
    }
}

/// The code blocks of a file, from its first line to its last.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    let mut depth = 0;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.to_string()),
                    CodeBlockKind::Indented => None,
                };
                let line = line_of(text, range.start);
                blocks.push(Block {
                    info,
                    line,
                    body: String::new(),
                    at_top: depth == 0,
                });
                open = true;
                depth += 1;
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth -= 1;
                open = false;
            }
            Event::Text(part) if open => {
                blocks
                    .last_mut()
                    .expect("a block is open")
                    .body
                    .push_str(&part);
            }
            _ => {}
        }
    }
    blocks
}

/// The line, counted from 1, that the byte at `offset` stands in.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Every Markdown file below `source`, in the order of their names.
pub fn files(source: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder can be read to its end").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
