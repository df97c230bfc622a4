//! The rules for the code in the book: every Rust block is one that runs.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::markdown::{self, Block};
use crate::{links, programs, sources};

/// A place where the book breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub file: PathBuf,
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

/// One Markdown file of the book.
pub struct Page {
    /// Below the source folder: `common.md`.
    pub name: PathBuf,
    /// Below the repository: `book/en/src/common.md`.
    pub file: PathBuf,
    /// The folder it is in.
    pub folder: PathBuf,
    pub text: String,
    /// Whether it is no page of its own, but Markdown that the page `name` includes.
    pub is_part: bool,
}

impl Page {
    pub fn violation(&self, line: usize, message: impl Into<String>) -> Violation {
        Violation {
            file: self.file.clone(),
            line,
            message: message.into(),
        }
    }
}

/// Languages a block may be in. A fixed list, so that a misspelt `rust` is
/// found, which rustdoc would pass over without a word.
const LANGUAGES: [&str; 7] = ["rust", "python", "text", "console", "sh", "toml", "c"];

/// Checks every language of the book in a repository.
pub fn check(repository: &Path) -> Vec<Violation> {
    sources(repository)
        .iter()
        .flat_map(|source| check_source(repository, source))
        .collect()
}

fn check_source(repository: &Path, source: &Path) -> Vec<Violation> {
    let pages: Vec<Page> = markdown::files(source)
        .into_iter()
        .map(|path| Page {
            name: path.strip_prefix(source).expect("it lies in it").to_owned(),
            file: path
                .strip_prefix(repository)
                .expect("it lies in it")
                .to_owned(),
            folder: path.parent().expect("a file lies in a folder").to_owned(),
            text: fs::read_to_string(&path).expect("it was listed"),
            is_part: false,
        })
        .collect();
    let (summary, mut pages): (Vec<Page>, Vec<Page>) = pages
        .into_iter()
        .partition(|page| page.name == Path::new("SUMMARY.md"));
    let summary = &summary[0].text;
    let parts: Vec<Page> = pages.iter().flat_map(|p| parts(p, repository)).collect();
    pages.extend(parts);
    let library = concatenated(&repository.join("src"));
    let tests = concatenated(&repository.join("tests"));

    let mut found = Vec::new();
    for page in &pages {
        let name = page.name.display();
        if !summary.contains(&format!("({name})")) {
            found.push(page.violation(1, "SUMMARY.md does not name this file; add it there"));
        }
        let blocks = markdown::blocks(&page.text);
        for block in &blocks {
            let result = match block.language() {
                _ if page.is_part => shown(block),
                "rust" => rust(page, block, repository, &tests),
                _ => other(block),
            };
            found.extend(result.err().map(|why| page.violation(block.line, why)));
        }
        if let Err((line, why)) = programs::of_text(&page.file, &page.text) {
            found.push(page.violation(line, why));
        }
        found.extend(unsourced(page));
        for example in blocks.iter().filter_map(Block::example) {
            if !repository
                .join(format!("examples/{}.rs", example.1))
                .exists()
            {
                let why = format!("there is no examples/{}.rs", example.1);
                found.push(page.violation(example.0, why));
            }
        }
        let included = library.lines().any(|line| {
            line.contains("doctest!") && line.contains(&format!("{}\"", page.file.display()))
        });
        let first = blocks
            .iter()
            .find(|block| block.language() == "rust" && !block.has("ignore"));
        if let (Some(first), false, false) = (first, included, page.is_part) {
            let why = format!(
                "no `doc_comment::doctest!` line in src/ names this file, so `cargo test` does \
                 not run its blocks; add \
                 `doc_comment::doctest!(\"../{}\", {});`",
                page.file.display(),
                page.name
                    .with_extension("")
                    .display()
                    .to_string()
                    .replace(['-', '/'], "_"),
            );
            found.push(page.violation(first.line, why));
        }
    }
    found.extend(links::check(&pages, repository));
    found.extend(links::numbers(&pages, summary));
    found
}

/// The paragraphs about other systems that don't say which one, or how that is known.
fn unsourced(page: &Page) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut in_box = false;
    let mut paragraph = String::new();
    for (at, line) in page.text.lines().enumerate() {
        if line == "<div class=\"platform\">" {
            in_box = true;
        } else if in_box && !line.is_empty() && line != "</div>" {
            paragraph.push_str(line);
        } else if in_box {
            let has_source = ["](https://", "`man ", "Wine"]
                .iter()
                .any(|source| paragraph.contains(source));
            if !(paragraph.is_empty() || paragraph.starts_with("**") && has_source) {
                let why = "a paragraph about another system begins with its name in bold, and has \
                           its source: a link, a man page as `man 2 bind`, or Wine";
                found.push(page.violation(at, why));
            }
            paragraph.clear();
            in_box = line != "</div>";
        }
    }
    found
}

/// The Markdown files that a page includes. Their links and headings count as the page's.
fn parts(page: &Page, repository: &Path) -> Vec<Page> {
    let part = |target: &str| {
        let path = page.folder.join(target).canonicalize().ok()?;
        let root = repository.canonicalize().ok()?;
        Some(Page {
            name: page.name.clone(),
            file: path.strip_prefix(root).unwrap_or(&path).to_owned(),
            folder: page.folder.clone(),
            text: fs::read_to_string(&path).ok()?,
            is_part: true,
        })
    };
    includes(&page.text)
        .filter(|target| target.ends_with(".md"))
        .filter_map(part)
        .collect()
}

/// A block in a part: rustdoc and the check of outputs read the page alone.
fn shown(block: &Block) -> Result<(), String> {
    if block.language() == "rust" || programs::is_output(block) {
        return Err(
            "this file is included, and nothing would run this block; write it in the \
                    chapter itself"
                .into(),
        );
    }
    other(block)
}

impl Block {
    /// The line and the name in `example=NAME` of an output block.
    fn example(&self) -> Option<(usize, &str)> {
        let words = self.words();
        let name = words
            .iter()
            .find_map(|word| word.strip_prefix("example="))?;
        Some((self.line, name))
    }
}

/// A block of Rust runs as a doctest, or shows a program that a test runs.
fn rust(page: &Page, block: &Block, repository: &Path, tests: &str) -> Result<(), String> {
    let words = block.words();
    let (systems, rest): (Vec<&str>, Vec<&str>) = words[1..]
        .iter()
        .copied()
        .partition(|word: &&str| word.starts_with("ignore-"));
    if !matches!(
        systems[..],
        [] | ["ignore-windows"] | ["ignore-windows", "ignore-apple", "ignore-freebsd"]
    ) {
        return Err(
            "a block that compiles on Unix alone is `rust,ignore-windows`, one that compiles on \
             Linux alone `rust,ignore-windows,ignore-apple,ignore-freebsd`"
                .into(),
        );
    }
    match rest[..] {
        [] | ["should_panic"] => {}
        ["compile_fail", code] if is_error_code(code) => {}
        ["compile_fail", ..] | [_, "compile_fail"] => {
            return Err("say which error the compiler gives: `rust,compile_fail,E0308`".into());
        }
        ["ignore"] => return listing(page, block, repository, tests),
        _ => {
            return Err(format!(
                "`{}` is not allowed: a block is plain `rust` and runs, or \
                 `rust,should_panic`, or `rust,compile_fail,E....`, or `rust,ignore` with \
                 nothing in it but one include of a program from examples/",
                words.join(","),
            ));
        }
    }
    if block.body.contains("{{#") {
        return Err(
            "rustdoc does not know mdBook's includes; a listing of a program from \
                    examples/ is a `rust,ignore` block"
                .into(),
        );
    }
    Ok(())
}

fn is_error_code(word: &str) -> bool {
    let digits = word.strip_prefix('E').unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `rust,ignore`: exactly one include of an example that a test runs.
fn listing(page: &Page, block: &Block, repository: &Path, tests: &str) -> Result<(), String> {
    let body = block.body.trim();
    let target = body
        .strip_prefix("{{#include ")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|target| !target.contains(['{', '}', '\n']));
    let Some(target) = target.map(str::trim) else {
        return Err(
            "a `rust,ignore` block holds one include of a program from examples/ and \
                    nothing else; other code is a plain `rust` block, which runs"
                .into(),
        );
    };
    if included(page, target).is_err() {
        // Reported with every other include that leads nowhere.
        return Ok(());
    }
    let path = target.split(':').next().unwrap_or_default();
    let examples = repository.join("examples").canonicalize();
    let file = page.folder.join(path).canonicalize();
    let (Ok(examples), Ok(file)) = (examples, file) else {
        return Err(format!("{path} is not in examples/"));
    };
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    if file.parent() != Some(&examples) {
        return Err(format!(
            "{path} is not in examples/, so no test runs it as a program"
        ));
    }
    if !tests.contains(&format!("\"{name}\"")) {
        return Err(format!(
            "no file in tests/ names \"{name}\", so no test runs this program; \
             add one to tests/programs/"
        ));
    }
    Ok(())
}

/// Whether an include leads to a file, and to an anchor in it.
pub fn included(page: &Page, target: &str) -> Result<(), String> {
    let (path, anchor) = match target.split_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let Ok(text) = fs::read_to_string(page.folder.join(path)) else {
        return Err(format!(
            "the include leads to {path}, and there is no such file"
        ));
    };
    let Some(anchor) = anchor else { return Ok(()) };
    if anchor.is_empty() || anchor.starts_with(|first: char| first.is_ascii_digit() || first == ':')
    {
        return Err(
            "an include by line numbers shows other lines after the next change of \
                    the file; use an anchor"
                .into(),
        );
    }
    for mark in ["ANCHOR: ", "ANCHOR_END: "] {
        let wanted = format!("{mark}{anchor}");
        let ends = |line: &str| line.trim_end_matches("-->").trim_end().ends_with(&wanted);
        if !text.lines().any(ends) {
            return Err(format!("{path} has no line that ends in `{wanted}`"));
        }
    }
    Ok(())
}

/// A block that is not Rust.
fn other(block: &Block) -> Result<(), String> {
    let Some(info) = &block.info else {
        return Err(
            "rustdoc takes an indented block for Rust; put it between fences and name \
                    its language"
                .into(),
        );
    };
    let language = block.language();
    if language.is_empty() {
        return Err(
            "rustdoc takes a block without a language for Rust; write `rust`, or `text` \
                    if it is none"
                .into(),
        );
    }
    if !LANGUAGES.contains(&language) {
        return Err(format!(
            "`{info}` is not a language this book uses, and rustdoc would not run it; it uses {}",
            LANGUAGES.join(", "),
        ));
    }
    Ok(())
}

/// The targets of the includes in a text: `path` or `path:anchor`.
pub fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{#include")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}

/// All Rust files below a folder as one text; empty if there is no such folder.
fn concatenated(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder can be read to its end").path();
        if path.is_dir() {
            text.push_str(&concatenated(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("it was listed"));
        }
    }
    text
}
