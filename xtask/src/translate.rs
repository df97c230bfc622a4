//! `cargo xtask translate`: the work of a translator.
//!
//! What a translator reads and writes is a list of blocks. `@@ NUMBER KEY` begins one; the lines
//! up to the next are its text, whatever Markdown is in them. The key stands for the English
//! text, so a list is still good when the page has got other paragraphs meanwhile. A block that
//! is left in English is left open; `=` says that English is what it is to be.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use book_translate::check;
use book_translate::edition::Edition;
use book_translate::page::join;
use book_translate::po::Entry;

/// Stands for a translation that is the English text: a name.
const SAME: &str = "=";

/// What is to be done.
pub enum Job {
    /// Bring every file up to date with the English pages, and say how far each is.
    Update,
    /// Print what isn't translated yet.
    Todo(String),
    /// Print everything, with its translations, to mend them.
    Show(String),
    /// Take translations out of a file.
    Fill(String, String),
    /// Say what is wrong with a page.
    Check(String),
}

pub fn run(repository: &Path, language: &str, job: &Job) -> Result<()> {
    let edition = Edition::new(repository, language);
    if !edition.folder().join("po").is_dir() {
        bail!("there is no translation book/{language}: make the folder book/{language}/po");
    }
    match job {
        Job::Update => update(&edition),
        Job::Todo(name) => print(&edition, name, false),
        Job::Show(name) => print(&edition, name, true),
        Job::Fill(name, file) => {
            let text = fs::read_to_string(file).map_err(|error| anyhow!("{file}: {error}"))?;
            fill(&edition, name, &text)
        }
        Job::Check(name) => {
            known(&edition, name)?;
            let terms = check::terms(&edition).map_err(|error| anyhow!(error))?;
            let found = check::check_page(&edition, name, true, &terms);
            let found = found.map_err(|error| anyhow!(error))?;
            if !found.is_empty() {
                bail!("{} to mend in {name}:\n{}", found.len(), found.join("\n"));
            }
            println!("{name} is translated, and all is well.");
            Ok(())
        }
    }
}

fn known(edition: &Edition, name: &str) -> Result<()> {
    let names = edition.names().map_err(|error| anyhow!(error))?;
    if !names.iter().any(|other| other == name) {
        bail!("there is no page {name}; there are {}", names.join(", "));
    }
    Ok(())
}

fn update(edition: &Edition) -> Result<()> {
    let fail = |error: String| anyhow!(error);
    let memory = edition.memory().map_err(fail)?;
    println!("{:24} {:>5} {:>7} {:>5}", "page", "done", "changed", "open");
    let mut sum = [0; 3];
    for name in edition.names().map_err(fail)? {
        // A page that no one has begun has no file yet: `--todo` makes it.
        let write = edition.file(&name).exists();
        let update = edition.update(&name, &memory, write).map_err(fail)?;
        let counts = [update.done, update.stale, update.open];
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
        let [done, stale, open] = counts;
        println!("{name:24} {done:5} {stale:7} {open:5}");
    }
    let [done, stale, open] = sum;
    println!("{:24} {done:5} {stale:7} {open:5}", "all");
    Ok(())
}

/// The page's translations, after it was brought up to date.
fn fresh(edition: &Edition, name: &str) -> Result<Vec<Entry>> {
    known(edition, name)?;
    let fail = |error: String| anyhow!(error);
    let memory = edition.memory().map_err(fail)?;
    edition.update(name, &memory, true).map_err(fail)?;
    edition.catalog(name).map_err(fail)
}

fn print(edition: &Edition, name: &str, all: bool) -> Result<()> {
    for (index, entry) in fresh(edition, name)?.iter().enumerate() {
        if all || !entry.is_done() {
            print!("{}", block(index + 1, entry));
        }
    }
    Ok(())
}

/// A block: the English text, or the translation that is there; what helps is in lines that
/// begin with `#. `, which are not read.
fn block(number: usize, entry: &Entry) -> String {
    let mut text = format!("@@ {number} {}\n#. {}\n", key(&entry.source), entry.kind);
    if let Some(previous) = &entry.previous {
        text += &format!("#. was: {previous}\n#. then: {}\n", entry.translation);
    }
    if entry.is_done() {
        text += &format!("#. English: {}\n{}\n", entry.source, entry.translation);
    } else {
        text += &format!("{}\n", entry.source);
    }
    text + "\n"
}

fn fill(edition: &Edition, name: &str, text: &str) -> Result<()> {
    let terms = check::terms(edition).map_err(|error| anyhow!(error))?;
    let mut entries = fresh(edition, name)?;
    let (mut taken, mut wrong) = (0, Vec::new());
    let mut keys = HashSet::new();
    for (head, translation) in blocks(text).map_err(|error| anyhow!(error))? {
        let wanted = head.split_whitespace().nth(1).unwrap_or_default();
        if !keys.insert(wanted.to_owned()) {
            wrong.push(format!("@@ {head}: the block stands there twice"));
            continue;
        }
        let entry = entries.iter_mut().find(|e| key(&e.source) == wanted);
        let Some(entry) = entry else {
            wrong.push(format!(
                "@@ {head}: the English page has no such text (any more): {translation}"
            ));
            continue;
        };
        let translation = match translation.as_str() {
            SAME => entry.source.clone(),
            // Not translated yet: the block is as it was printed.
            "" => continue,
            text if text == entry.source && !entry.is_done() => continue,
            _ => translation,
        };
        let found = check::message(&entry.source, &translation, &edition.language, &terms);
        if !found.is_empty() {
            let found = found.join("\n    ");
            wrong.push(format!("@@ {head}: {translation}\n    {found}"));
            continue;
        }
        entry.translation = translation;
        entry.previous = None;
        taken += 1;
    }
    edition
        .save(name, &entries)
        .map_err(|error| anyhow!(error))?;
    let open = entries.iter().filter(|entry| !entry.is_done()).count();
    println!("{name}: {taken} taken, {open} open.");
    if !wrong.is_empty() {
        bail!(
            "{} blocks were not taken:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
    Ok(())
}

/// The heads and the texts of a list, each text on one line.
fn blocks(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix("@@ ") {
            blocks.push((head.trim().to_owned(), String::new()));
        } else if line.starts_with("#. ") || line.trim().is_empty() {
        } else if let Some((_, text)) = blocks.last_mut() {
            join(text, line.trim());
        } else {
            return Err(format!(
                "line {}: a text before the first @@ block",
                index + 1
            ));
        }
    }
    Ok(blocks)
}

/// A short name of a text: FNV-1a.
fn key(source: &str) -> String {
    let hash = source.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read() {
        let entry = Entry {
            kind: "text".into(),
            source: "One *two* `three`.".into(),
            translation: "一 *二* `three`。".into(),
            previous: None,
        };
        let text = block(1, &entry);
        let read = blocks(&text).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].0, format!("1 {}", key(&entry.source)));
        assert_eq!(read[0].1, entry.translation);
    }

    #[test]
    fn a_text_over_several_lines_is_one() {
        let read = blocks("@@ 1 a\n# 一\n二 `x\ny`\n\n@@ 2 b\n#. help\n- 三\n").unwrap();
        let expected = [("1 a", "# 一二 `x y`"), ("2 b", "- 三")];
        assert_eq!(
            read,
            expected.map(|(head, text)| (head.to_owned(), text.to_owned()))
        );
        assert!(blocks("loose\n").is_err());
    }
}
