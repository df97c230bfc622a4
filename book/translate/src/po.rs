//! Gettext's `po` files, as much of them as is used here.

use std::fmt::Write as _;

/// One message and its translation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What kind of text it is: a help for translators.
    pub kind: String,
    pub source: String,
    /// Empty while it isn't translated.
    pub translation: String,
    /// The translation is that of an older text, this one.
    pub previous: Option<String>,
}

impl Entry {
    /// Translated, and from the text as it stands.
    pub fn is_done(&self) -> bool {
        self.previous.is_none() && !self.translation.is_empty()
    }
}

/// Reads a file.
///
/// # Errors
///
/// The line that can't be read, and why.
pub fn parse(text: &str) -> Result<Vec<Entry>, String> {
    #[derive(Clone, Copy)]
    enum Field {
        None,
        Previous,
        Source,
        Translation,
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut entry = Entry::default();
    let mut field = Field::None;
    let mut fuzzy = false;
    let mut finish = |entry: &mut Entry, fuzzy: &mut bool| {
        let mut done = std::mem::take(entry);
        if std::mem::take(fuzzy) {
            done.previous.get_or_insert_default();
        } else {
            done.previous = None;
        }
        // The entry without a source is the file's header.
        if !done.source.is_empty() {
            entries.push(done);
        }
    };
    for (index, line) in text.lines().enumerate() {
        let mut line = line.trim();
        let whole = line;
        let fail = |why: &str| format!("line {}: {why}: {whole}", index + 1);
        if line.is_empty() || line.starts_with("#~") {
            continue;
        }
        // What precedes `msgid` begins the next entry.
        if (line.starts_with('#') || line.starts_with("msgid"))
            && matches!(field, Field::Translation)
        {
            finish(&mut entry, &mut fuzzy);
            field = Field::None;
        }
        if let Some(kind) = line.strip_prefix("#.") {
            entry.kind = kind.trim().to_owned();
            continue;
        }
        if let Some(flags) = line.strip_prefix("#,") {
            fuzzy = flags.split(',').any(|flag| flag.trim() == "fuzzy");
            continue;
        }
        if let Some(rest) = line.strip_prefix("#|") {
            line = rest.trim();
        } else if line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("msgid ") {
            field = if whole.starts_with("#|") {
                Field::Previous
            } else {
                Field::Source
            };
            line = rest;
        } else if let Some(rest) = line.strip_prefix("msgstr ") {
            field = Field::Translation;
            line = rest;
        }
        let quoted = line.trim().strip_prefix('"');
        let Some(quoted) = quoted.and_then(|rest| rest.strip_suffix('"')) else {
            return Err(fail("this is no quoted text"));
        };
        let text = unescape(quoted).ok_or_else(|| fail("there is no such escape"))?;
        match field {
            Field::None => return Err(fail("a text before any msgid")),
            Field::Previous => entry.previous.get_or_insert_default().push_str(&text),
            Field::Source => entry.source.push_str(&text),
            Field::Translation => entry.translation.push_str(&text),
        }
    }
    finish(&mut entry, &mut fuzzy);
    Ok(entries)
}

/// Writes a file. A text is one line, however long, so that two people who change two
/// paragraphs change two lines.
pub fn write(language: &str, entries: &[Entry]) -> String {
    let mut out = format!(
        "msgid \"\"\nmsgstr \"\"\n\"Language: {language}\\n\"\n\
         \"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    );
    for entry in entries {
        out.push('\n');
        if !entry.kind.is_empty() {
            writeln!(out, "#. {}", entry.kind).expect("a string takes it");
        }
        if let Some(previous) = &entry.previous {
            writeln!(out, "#, fuzzy\n#| msgid \"{}\"", escape(previous)).expect("a string");
        }
        writeln!(out, "msgid \"{}\"", escape(&entry.source)).expect("a string takes it");
        writeln!(out, "msgstr \"{}\"", escape(&entry.translation)).expect("a string takes it");
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            '\\' => match letters.next()? {
                'n' => '\n',
                't' => '\t',
                other @ ('\\' | '"') => other,
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entries = [
            Entry {
                kind: "heading".into(),
                source: "A \"b\" \\| c".into(),
                translation: "甲“乙”\\| 丙".into(),
                previous: None,
            },
            Entry {
                source: "new".into(),
                previous: Some("old".into()),
                translation: "旧".into(),
                ..Entry::default()
            },
            Entry {
                source: "open".into(),
                ..Entry::default()
            },
        ];
        let text = write("zh-CN", &entries);
        assert_eq!(parse(&text).unwrap(), entries);
        assert!(!entries[1].is_done() && !entries[2].is_done() && entries[0].is_done());
    }

    /// As poedit and msgmerge write it.
    #[test]
    fn a_text_over_several_lines_is_read() {
        let text = "msgid \"\"\nmsgstr \"\"\n\"Language: zh\\n\"\n\n# by hand\n#: creation.md\n\
                    msgid \"\"\n\"one \"\n\"two\"\nmsgstr \"一\"\n\"二\"\n\n#~ msgid \"dead\"\n";
        let entries = parse(text).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            (&*entries[0].source, &*entries[0].translation),
            ("one two", "一二")
        );
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let error = parse("msgid \"a\"\nmsgstr \"b\n").unwrap_err();
        assert!(error.starts_with("line 2: "), "{error}");
    }
}
