//! The book in one language: its files, and what they make of the English pages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::page::{self, needs_translation};
use crate::po::{self, Entry};
use crate::{includes, picture};

/// The table of contents, with the book's description; and the words in diagrams. They have a
/// file of translations, as a page has.
pub const SUMMARY: &str = "SUMMARY";
pub const DIAGRAMS: &str = "diagrams";
/// What the exercises say and no page shows: further hints, and the comments of their code.
pub const EXERCISES: &str = "exercises";
/// In `untranslated.txt`: every page that no one has begun to translate.
pub const NEW: &str = "*";

/// A folder `book/LANGUAGE` with a folder `po` in it.
#[derive(Debug, Clone)]
pub struct Edition {
    repository: PathBuf,
    pub language: String,
}

/// What bringing a file up to date did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Translated, and from the text as it stands.
    pub done: usize,
    /// Translated from an older text.
    pub stale: usize,
    pub open: usize,
    /// Translations that nothing needs any more.
    pub dropped: usize,
}

impl Edition {
    pub fn new(repository: &Path, language: &str) -> Edition {
        Edition {
            repository: repository.to_owned(),
            language: language.to_owned(),
        }
    }

    /// Every translation that the repository has.
    pub fn all(repository: &Path) -> Vec<Edition> {
        let entries = fs::read_dir(repository.join("book")).into_iter().flatten();
        let names = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("po").is_dir());
        let mut languages: Vec<String> = names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        languages.sort();
        let edition = |language: &String| Edition::new(repository, language);
        languages.iter().map(edition).collect()
    }

    pub fn folder(&self) -> PathBuf {
        self.repository.join("book").join(&self.language)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(format!("po/{name}.po"))
    }

    fn source(&self) -> PathBuf {
        self.repository.join("book/en/src")
    }

    /// Where the English texts of the exercises stand, for [`EXERCISES`].
    fn exercises(&self) -> PathBuf {
        self.repository.join("exercises/texts.md")
    }

    /// The names of all files of translations: the pages in the order of the book, and those
    /// that are none.
    ///
    /// # Errors
    ///
    /// The summary can't be read.
    pub fn names(&self) -> Result<Vec<String>, String> {
        let mut names = pages(&read(&self.source().join("SUMMARY.md"))?);
        names.extend([SUMMARY.to_owned(), DIAGRAMS.to_owned()]);
        if self.exercises().exists() {
            names.push(EXERCISES.to_owned());
        }
        Ok(names)
    }

    /// Pages that may have gaps yet.
    pub fn untranslated(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder().join("untranslated.txt")).unwrap_or_default();
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a page is one of these.
    pub fn may_have_gaps(&self, name: &str) -> bool {
        let untranslated = self.untranslated();
        let listed = |word: &str| untranslated.iter().any(|other| other == word);
        listed(name) || (listed(NEW) && !self.file(name).exists())
    }

    /// An English page with what it includes.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn english(&self, name: &str) -> Result<String, String> {
        if name == EXERCISES {
            return read(&self.exercises());
        }
        let source = self.source();
        includes::expand(&read(&source.join(format!("{name}.md")))?, &source)
    }

    /// What is to be translated of a page, each text once, and its kind.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn messages(&self, name: &str) -> Result<Vec<(&'static str, String)>, String> {
        let mut messages: Vec<(&'static str, String)> = Vec::new();
        match name {
            DIAGRAMS => {
                for path in self.pictures()? {
                    let texts = picture::messages(&read(&path)?);
                    messages.extend(texts.into_iter().map(|text| ("picture", text)));
                }
            }
            SUMMARY => {
                let texts = page::segments(&read(&self.source().join("SUMMARY.md"))?);
                messages.extend(texts.into_iter().skip(1).map(|s| ("title", s.source)));
                messages.push(("description", self.description()?));
            }
            _ => {
                let segments = page::segments(&self.english(name)?);
                let wanted = segments
                    .into_iter()
                    .filter(|s| needs_translation(&s.source));
                messages.extend(wanted.map(|s| (s.kind.name(), s.source)));
            }
        }
        let mut seen = BTreeSet::new();
        messages.retain(|(_, source)| seen.insert(source.clone()));
        Ok(messages)
    }

    fn description(&self) -> Result<String, String> {
        let config = read(&self.repository.join("book/en/book.toml"))?;
        let line = config
            .lines()
            .find_map(|l| l.strip_prefix("description = \""));
        let line = line.and_then(|line| line.strip_suffix('"'));
        Ok(line.ok_or("book.toml has no description")?.to_owned())
    }

    /// The files of pictures that the pages show, and of recordings.
    fn pictures(&self) -> Result<BTreeSet<PathBuf>, String> {
        let mut found = BTreeSet::new();
        for name in pages(&read(&self.source().join("SUMMARY.md"))?) {
            includes::replace(&self.english(&name)?, |target| {
                found.insert(self.source().join(target));
                Ok(None)
            })?;
        }
        Ok(found)
    }

    /// A file of translations; empty if there is none.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn catalog(&self, name: &str) -> Result<Vec<Entry>, String> {
        let file = self.file(name);
        if !file.exists() {
            return Ok(Vec::new());
        }
        po::parse(&read(&file)?).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// Writes a file of translations.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub fn save(&self, name: &str, entries: &[Entry]) -> Result<(), String> {
        let file = self.file(name);
        let text = po::write(&self.language, entries);
        if fs::read_to_string(&file).is_ok_and(|old| old == text) {
            return Ok(());
        }
        fs::write(&file, text).map_err(|error| format!("writing {}: {error}", file.display()))
    }

    /// Every translation that is there: for texts that stand in several pages.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn memory(&self) -> Result<Memory, String> {
        let mut memory = Memory::default();
        for name in self.names()? {
            for entry in self.catalog(&name)?.iter().filter(|entry| entry.is_done()) {
                memory.add(entry);
            }
        }
        Ok(memory)
    }

    /// Brings a file up to date with its English page: keeps what is the same, takes what is
    /// known from elsewhere, marks what was changed, drops what is gone. Without `write` it only
    /// says what there is.
    ///
    /// # Errors
    ///
    /// A file that can't be read or written.
    pub fn update(&self, name: &str, memory: &Memory, write: bool) -> Result<Update, String> {
        let old = self.catalog(name)?;
        let messages = self.messages(name)?;
        let (entries, mut update) = merged(&old, messages, memory);
        for entry in &entries {
            match entry {
                _ if entry.is_done() => update.done += 1,
                _ if entry.previous.is_some() => update.stale += 1,
                _ => update.open += 1,
            }
        }
        if write {
            self.save(name, &entries)?;
        }
        Ok(update)
    }

    /// The translations of a page that are of the text as it stands.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn translations(&self, name: &str) -> Result<HashMap<String, String>, String> {
        let entries = self.catalog(name)?.into_iter();
        Ok(entries
            .filter(Entry::is_done)
            .map(|entry| (entry.source, entry.translation))
            .collect())
    }

    /// A page in this language, as Markdown; its diagrams are in it.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn page(&self, name: &str) -> Result<String, String> {
        let known = self.translations(name)?;
        let text = page::translated(&self.english(name)?, |source| known.get(source).cloned());
        let words = self.translations(DIAGRAMS)?;
        includes::replace(&text, |target| {
            let picture = read(&self.source().join(target))?;
            let picture = picture::translated(&picture, |source| words.get(source).cloned());
            Ok(Some(picture.trim_end().to_owned()))
        })
    }

    /// What the summary calls a page, a part, or, in its description, the book.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn titles(&self) -> Result<Titles, String> {
        Ok(Titles(self.translations(SUMMARY)?))
    }

    /// The words of mdBook's own that are put in place of the English ones.
    ///
    /// # Errors
    ///
    /// The file can't be read, or a line of it.
    pub fn words(&self) -> Result<Vec<[String; 3]>, String> {
        rows(&self.folder().join("mdbook.txt"))
    }
}

/// The translated summary.
pub struct Titles(HashMap<String, String>);

impl Titles {
    /// The title of a page, in the summary `[title](path)`.
    pub fn page(&self, title: &str, path: &str) -> String {
        let with = self.0.get(&format!("[{title}]({path})"));
        let with = with
            .and_then(|with| with.strip_prefix('[')?.rsplit_once("]("))
            .map(|(t, _)| t);
        with.unwrap_or(title).to_owned()
    }

    /// The title of a part, or the description.
    pub fn other(&self, title: &str) -> String {
        self.0.get(title).map_or(title, String::as_str).to_owned()
    }
}

/// The lines `a | b | c` of a file, without its comments.
///
/// # Errors
///
/// The file can't be read, or has a line of another form.
pub fn rows<const N: usize>(file: &Path) -> Result<Vec<[String; N]>, String> {
    let text = read(file)?;
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut parts: Vec<String> = line.split('|').map(|part| part.trim().to_owned()).collect();
        parts.resize(parts.len().max(N), String::new());
        rows.push(
            parts
                .try_into()
                .map_err(|_| format!("{}:{}: more than {N} parts", file.display(), index + 1))?,
        );
    }
    Ok(rows)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The pages that a summary names, in its order.
fn pages(summary: &str) -> Vec<String> {
    let links = summary.split("](").skip(1);
    links
        .filter_map(|link| Some(link.split_once(')')?.0.strip_suffix(".md")?.to_owned()))
        .collect()
}

fn merged(
    old: &[Entry],
    messages: Vec<(&'static str, String)>,
    memory: &Memory,
) -> (Vec<Entry>, Update) {
    let known: BTreeMap<&str, &Entry> = old.iter().map(|e| (e.source.as_str(), e)).collect();
    let wanted: BTreeSet<&str> = messages.iter().map(|(_, source)| source.as_str()).collect();
    let mut left: Vec<&Entry> = old
        .iter()
        .filter(|entry| !wanted.contains(entry.source.as_str()) && !entry.translation.is_empty())
        .collect();
    let mut entries = Vec::new();
    for (kind, source) in &messages {
        let mut entry = match known.get(source.as_str()) {
            Some(entry) => Entry::clone(entry),
            None => Entry {
                source: source.clone(),
                ..Entry::default()
            },
        };
        entry.kind = (*kind).to_owned();
        if !entry.is_done() {
            if let Some(translation) = memory.get(source) {
                entry.translation = translation;
                entry.previous = None;
            }
        }
        if entry.translation.is_empty() {
            let best = left
                .iter()
                .enumerate()
                .map(|(index, old)| (likeness(&old.source, source), index))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(likeness, _)| *likeness >= 0.5);
            if let Some((_, index)) = best {
                let old = left.remove(index);
                entry.translation.clone_from(&old.translation);
                entry.previous = Some(old.previous.clone().unwrap_or(old.source.clone()));
            }
        }
        entries.push(entry);
    }
    let update = Update {
        dropped: left.len(),
        ..Update::default()
    };
    (entries, update)
}

/// From 0, nothing in common, to 1: the share of words that stand in both in the same order.
fn likeness(a: &str, b: &str) -> f64 {
    let a: Vec<&str> = a.split_whitespace().collect();
    let b: Vec<&str> = b.split_whitespace().collect();
    let mut row = vec![0_usize; b.len() + 1];
    for word in &a {
        let mut diagonal = 0;
        for (index, other) in b.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[index])
            };
            diagonal = above;
        }
    }
    let total = a.len() + b.len();
    if total == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)]
    let share = (2 * row[b.len()]) as f64 / total as f64;
    share
}

/// Translations by their text, in which each piece of code is only its number: "Write it in
/// `…`, and run:" stands in every exercise.
#[derive(Debug, Default)]
pub struct Memory(BTreeMap<String, String>);

impl Memory {
    pub fn add(&mut self, entry: &Entry) {
        let (source, codes) = without_code(&entry.source, &mut Vec::new());
        let mut known = codes;
        let count = known.len();
        let (translation, all) = without_code(&entry.translation, &mut known);
        if all.len() == count {
            self.0.entry(source).or_insert(translation);
        }
    }

    pub fn get(&self, source: &str) -> Option<String> {
        let (key, codes) = without_code(source, &mut Vec::new());
        let mut text = self.0.get(&key)?.clone();
        for (index, code) in codes.iter().enumerate() {
            text = text.replace(&format!("\u{1}{index}\u{1}"), code);
        }
        Some(text)
    }
}

/// A text with the number of each piece of code in its place, and the pieces.
fn without_code(text: &str, known: &mut Vec<String>) -> (String, Vec<String>) {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 0 {
            out.push_str(part);
            continue;
        }
        let code = format!("`{part}`");
        let number = known.iter().position(|other| *other == code);
        let number = number.unwrap_or_else(|| {
            known.push(code);
            known.len() - 1
        });
        out.push_str(&format!("\u{1}{number}\u{1}"));
    }
    (out, known.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: &str, translation: &str) -> Entry {
        Entry {
            source: source.into(),
            translation: translation.into(),
            ..Entry::default()
        }
    }

    #[test]
    fn an_update_keeps_marks_and_drops() {
        let old = [
            entry("The same text.", "同样的文字。"),
            entry("A socket has one address here.", "这里套接字有一个地址。"),
            entry("Gone.", "没了。"),
        ];
        let mut memory = Memory::default();
        memory.add(&entry("Write it in `a.rs`.", "写在 `a.rs` 里。"));
        let texts = [
            "The same text.",
            "A socket has two addresses here.",
            "Write it in `b.rs`.",
            "New.",
        ];
        let messages = texts.map(|text| ("text", text.to_owned())).to_vec();
        let (entries, update) = merged(&old, messages, &memory);
        let translations: Vec<&str> = entries.iter().map(|e| e.translation.as_str()).collect();
        assert_eq!(
            translations,
            [
                "同样的文字。",
                "这里套接字有一个地址。",
                "写在 `b.rs` 里。",
                ""
            ]
        );
        let previous: Vec<Option<&str>> = entries.iter().map(|e| e.previous.as_deref()).collect();
        assert_eq!(
            previous,
            [None, Some("A socket has one address here."), None, None]
        );
        assert_eq!(update.dropped, 1);

        // A text that changes once more is still compared with the one that was translated.
        let messages = vec![("text", "A socket has two addresses there.".to_owned())];
        let (again, _) = merged(&entries, messages, &Memory::default());
        assert_eq!(
            again[0].previous.as_deref(),
            Some("A socket has one address here.")
        );
    }

    #[test]
    fn titles_are_taken_out_of_their_links() {
        let titles = HashMap::from([(
            "[1 Creation](creation.md)".into(),
            "[1 创建](creation.md)".into(),
        )]);
        let titles = Titles(titles);
        assert_eq!(titles.page("1 Creation", "creation.md"), "1 创建");
        assert_eq!(titles.page("2 Other", "other.md"), "2 Other");
    }

    #[test]
    fn pages_come_in_the_order_of_the_summary() {
        assert_eq!(pages("[A](a.md)\n# Part\n- [B c](b-c.md)\n"), ["a", "b-c"]);
    }
}
