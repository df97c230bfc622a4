//! The programs whose output the book shows.
//!
//! A block ` ```text,output ` is what the `rust` block before it prints.
//! ` ```text,output,example=NAME ARGUMENTS ` is what that example prints.

use std::path::{Path, PathBuf};

use crate::markdown::{self, Block};

/// What prints the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A block of the same file.
    Block(Block),
    /// A program of `examples/`, with its arguments.
    Example {
        name: String,
        arguments: Vec<String>,
    },
}

/// An output the book shows, and the program that prints it.
#[derive(Debug, Clone)]
pub struct Program {
    pub file: PathBuf,
    pub source: Source,
    pub output: Block,
}

impl Program {
    /// Names a program of a block after its file and line.
    pub fn id(&self, repository: &Path) -> String {
        let file = self.file.strip_prefix(repository).unwrap_or(&self.file);
        let line = match &self.source {
            Source::Block(block) => block.line,
            Source::Example { .. } => self.output.line,
        };
        format!("{}:{line}", file.display())
    }
}

/// Whether a block shows what a program prints.
pub fn is_output(block: &Block) -> bool {
    block.language() == "text" && block.has("output")
}

/// The programs of one file whose output it shows.
///
/// # Errors
///
/// An output that belongs to no program, with its line.
pub fn of_text(file: &Path, text: &str) -> Result<Vec<Program>, (usize, String)> {
    let mut programs = Vec::new();
    let mut before: Option<Block> = None;
    for block in markdown::blocks(text) {
        if is_output(&block) {
            let source = source(&block, before.as_ref()).map_err(|why| (block.line, why))?;
            programs.push(Program {
                file: file.to_owned(),
                source,
                output: block.clone(),
            });
        }
        before = Some(block);
    }
    Ok(programs)
}

fn source(output: &Block, before: Option<&Block>) -> Result<Source, String> {
    if !output.at_top {
        return Err(
            "an output cannot stand in a list or a quotation: it could not be \
                    rewritten there; move it out"
                .into(),
        );
    }
    let words = output.words();
    if let Some(at) = words.iter().position(|word| word.starts_with("example=")) {
        let name = words[at].trim_start_matches("example=").to_owned();
        let arguments = words[at + 1..]
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        return Ok(Source::Example { name, arguments });
    }
    let block = before.filter(|block| block.language() == "rust").ok_or(
        "an output belongs to the `rust` block before it, and the block before this one is none",
    )?;
    if block.has("ignore") {
        return Err(
            "the block before this output is a listing of an example: name the example, \
                    as in `text,output,example=NAME`"
                .into(),
        );
    }
    if block.has("compile_fail") {
        return Err("the block before this output does not compile, so it prints nothing".into());
    }
    if !block.at_top {
        return Err("a program with an output cannot stand in a list or a quotation".into());
    }
    Ok(Source::Block(block.clone()))
}

/// The block as a module: a public function `entry` that runs it.
///
/// Each line of the block keeps its number in the Markdown file, so that the
/// compiler's errors point there. What surrounds it is what rustdoc puts around
/// a doctest.
pub fn as_module(block: &Block) -> String {
    let code: String = block
        .body
        .lines()
        .map(|line| unhidden(line) + "\n")
        .collect();
    let has_main = code.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("pub ");
        line.starts_with("fn main(")
    });
    let (before, after) = if has_main {
        (
            "",
            "pub fn entry() -> impl std::process::Termination { main() }",
        )
    } else if code.trim_end().ends_with("(())") {
        (
            "pub fn entry() { fn inner() -> Result<(), impl std::fmt::Debug> {",
            "} inner().unwrap() }",
        )
    } else {
        ("pub fn entry() {", "}")
    };
    // The fence's own line is free for what comes before.
    format!("{}{before}\n{code}{after}\n", "\n".repeat(block.line - 1))
}

/// A line that rustdoc hides, `# use std::io;`, as the compiler gets it.
fn unhidden(line: &str) -> String {
    let trimmed = line.trim_start();
    if trimmed == "#" {
        String::new()
    } else if let Some(rest) = trimmed.strip_prefix("# ") {
        rest.into()
    } else if trimmed.starts_with("##") {
        line.replacen("##", "#", 1)
    } else {
        line.into()
    }
}
