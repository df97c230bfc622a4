//! What a translation is held to.

use std::collections::BTreeSet;
use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::edition::{DIAGRAMS, Edition, NEW, SUMMARY, rows};
use crate::page::{self, plain};
use crate::{comments, is_han};

/// A term, its translation, and words that are not to be used for it.
#[derive(Debug, Clone)]
pub struct Term {
    pub english: String,
    pub translation: String,
    pub forbidden: Vec<String>,
}

/// The terms of an edition: `terms.txt`, with lines `English | translation | not this, nor this`.
///
/// # Errors
///
/// The file can't be read, or has a line of another form.
pub fn terms(edition: &Edition) -> Result<Vec<Term>, String> {
    let rows = rows::<3>(&edition.folder().join("terms.txt"))?;
    let mut seen = BTreeSet::new();
    let mut terms = Vec::new();
    for [english, translation, forbidden] in rows {
        if translation.is_empty() {
            return Err(format!("terms.txt: {english} has no translation"));
        }
        if !seen.insert(english.to_lowercase()) {
            return Err(format!("terms.txt: {english} stands there twice"));
        }
        let forbidden = forbidden.split(',').map(str::trim);
        terms.push(Term {
            english,
            translation,
            forbidden: forbidden
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
        });
    }
    Ok(terms)
}

/// Everything that is wrong with every translation of the repository.
pub fn check(repository: &Path) -> Vec<String> {
    let editions = Edition::all(repository);
    let found = editions
        .iter()
        .map(|edition| check_edition(edition).unwrap_or_else(|error| vec![error]));
    found.flatten().collect()
}

fn check_edition(edition: &Edition) -> Result<Vec<String>, String> {
    let terms = terms(edition)?;
    let names = edition.names()?;
    let untranslated = edition.untranslated();
    let mut found = Vec::new();
    for name in &untranslated {
        if !names.contains(name) && name != NEW {
            found.push(format!("untranslated.txt: there is no page {name}"));
        }
    }
    let files = std::fs::read_dir(edition.folder().join("po")).map_err(|e| e.to_string())?;
    for file in files {
        let path = file.map_err(|error| error.to_string())?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !names.contains(&name) {
            found.push(format!("{}: there is no page {name}", path.display()));
        }
    }
    for name in &names {
        let complete = !edition.may_have_gaps(name);
        let wrong = check_page(edition, name, complete, &terms)?;
        found.extend(
            wrong
                .into_iter()
                .map(|why| format!("book/{}/po/{name}.po: {why}", edition.language)),
        );
    }
    Ok(found)
}

/// What is wrong with the translation of one page; with its gaps, if it is to be `complete`.
///
/// # Errors
///
/// A file that can't be read.
pub fn check_page(
    edition: &Edition,
    name: &str,
    complete: bool,
    terms: &[Term],
) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let messages = edition.messages(name)?;
    if complete && !messages.is_empty() && !edition.file(name).exists() {
        return Ok(vec![format!(
            "not translated: `cargo xtask translate --todo {name}` begins it, and a line {name} in \
             untranslated.txt puts it off"
        )]);
    }
    let known = edition.translations(name)?;
    let catalog = edition.catalog(name)?;
    for (_, source) in &messages {
        if let Some(translation) = known.get(source) {
            let wrong = message(source, translation, &edition.language, terms);
            found.extend(
                wrong
                    .into_iter()
                    .map(|why| format!("{}: {why}", short(source))),
            );
        } else if complete {
            let stale = catalog
                .iter()
                .any(|entry| entry.source == *source && entry.previous.is_some());
            let why = if stale {
                "the English text has changed"
            } else {
                "not translated"
            };
            found.push(format!(
                "{}: {why}; `cargo xtask translate --todo {name}` shows it",
                short(source)
            ));
        }
    }
    if !complete {
        return Ok(found);
    }
    let wanted: BTreeSet<&str> = messages.iter().map(|(_, source)| source.as_str()).collect();
    for entry in &catalog {
        if !wanted.contains(entry.source.as_str()) {
            found.push(format!(
                "{}: no such text is in the English page; `cargo xtask translate` brings the \
                 file up to date",
                short(&entry.source)
            ));
        }
    }
    if name != SUMMARY && name != DIAGRAMS {
        let english = edition.english(name)?;
        let other = page::translated(&english, |source| known.get(source).cloned());
        found.extend(parity(&english, &other));
        if name == "glossary" {
            found.extend(glossary(&english, &known, terms));
        }
    }
    Ok(found)
}

/// Whether two pages are the same but for their words: `english` as it is written, `other` as it
/// is built.
pub fn parity(english: &str, other: &str) -> Option<String> {
    let english = skeleton(&page::translated(english, |_| None));
    let other = skeleton(other);
    let same = english
        .iter()
        .zip(&other)
        .take_while(|(a, b)| a == b)
        .count();
    let part = |list: &[String]| {
        list.get(same)
            .map_or("the end of the page", String::as_str)
            .to_owned()
    };
    (english != other).then(|| {
        let before = same
            .checked_sub(1)
            .map_or("the beginning", |index| &english[index]);
        format!(
            "after {before} the English page has {}, and the translation has {}",
            part(&english),
            part(&other)
        )
    })
}

/// The blocks of a page with all that is not to be translated.
fn skeleton(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    let mut code: Option<(String, String)> = None;
    for event in page::parser(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((info, String::new()));
            }
            Event::Text(part) if code.is_some() => {
                code.as_mut().expect("it is").1.push_str(&part);
            }
            Event::End(TagEnd::CodeBlock) => {
                let (info, body) = code.take().expect("a block has begun");
                let words: Vec<&str> = info.split([',', ' ']).collect();
                let body = match words.contains(&"output") {
                    true => body,
                    false => comments::without(words[0], &body),
                };
                list.push(format!("```{info}\n{body}```"));
            }
            Event::Start(Tag::Heading { level, id, .. }) => {
                list.push(format!(
                    "a heading {level} #{}",
                    id.as_deref().unwrap_or_default()
                ));
            }
            Event::Start(
                tag @ (Tag::Paragraph
                | Tag::List(_)
                | Tag::Item
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Image { .. }
                | Tag::FootnoteDefinition(_)),
            ) => list.push(format!("{tag:?}")),
            Event::HardBreak | Event::Rule => list.push(format!("{event:?}")),
            Event::Html(html) => {
                let tags = html
                    .split('<')
                    .skip(1)
                    .filter_map(|tag| Some(tag.split_once('>')?.0));
                let tags = tags.filter(|tag| !["code", "kbd", "em"].contains(&page::tag_name(tag)));
                list.extend(tags.map(without_words));
                if html.contains("{{#") {
                    list.push(html.trim().to_owned());
                }
            }
            _ => {}
        }
    }
    list
}

/// A tag without its translated attributes.
fn without_words(tag: &str) -> String {
    let mut tag = format!("<{tag}>");
    for name in ["aria-label", "title", "alt", "placeholder"] {
        if let Some(start) = tag.find(&format!(" {name}=\"")) {
            let value = start + name.len() + 3;
            let end = tag[value..].find('"').map_or(tag.len(), |end| value + end);
            tag.replace_range(value..end, "…");
        }
    }
    tag
}

/// The glossary has each of its terms in `terms.txt`, and says it as is said there.
fn glossary(
    english: &str,
    known: &std::collections::HashMap<String, String>,
    terms: &[Term],
) -> Vec<String> {
    let mut found = Vec::new();
    for segment in page::segments(english) {
        let mut strong = false;
        for event in page::inline(&segment.source) {
            match event {
                Event::Start(Tag::Strong) => strong = true,
                Event::End(TagEnd::Strong) => strong = false,
                Event::Text(word) if strong => {
                    let same = |term: &&Term| term.english.eq_ignore_ascii_case(&word);
                    let Some(term) = terms.iter().find(same) else {
                        found.push(format!("{word} is in the glossary and not in terms.txt"));
                        continue;
                    };
                    let cell = known.get(&segment.source).unwrap_or(&segment.source);
                    if !cell.contains(&term.translation) {
                        found.push(format!(
                            "{word} is {} in terms.txt, and the glossary says {cell}",
                            term.translation
                        ));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// What is wrong with the translation of one message.
pub fn message(source: &str, translation: &str, language: &str, terms: &[Term]) -> Vec<String> {
    let mut found = Vec::new();
    if translation.contains('\n') {
        found.push("a translation is one line".to_owned());
    }
    let (from, to) = (marks(source), marks(translation));
    for mark in from.difference(&to) {
        found.push(format!("the translation has no {mark}"));
    }
    for mark in to.difference(&from) {
        found.push(format!("the English text has no {mark}"));
    }
    let bars = |text: &str| text.matches('|').count() - text.matches("\\|").count();
    if bars(source) != bars(translation) {
        found.push("a bar ends a cell of a table: write \\|".to_owned());
    }
    let text = plain(translation);
    for number in numbers(&plain(source)) {
        if !numbers(&text).contains(&number) {
            found.push(format!("the translation has no {number}"));
        }
    }
    if text.contains("**") {
        found.push(
            "** is not read as bold here: put the punctuation outside of it, or a blank beside it"
                .to_owned(),
        );
    }
    if language.starts_with("zh") {
        found.extend(chinese(source, &text));
    }
    for term in terms {
        for word in &term.forbidden {
            if translation.contains(word) && !source.contains(word) {
                found.push(format!(
                    "{word}: {} is {} in this book (terms.txt)",
                    term.english, term.translation
                ));
            }
        }
    }
    found
}

/// What stands in the translation as in the source: code, targets of links, tags, keys.
fn marks(source: &str) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    let mut tag: Option<String> = None;
    for event in page::inline(source) {
        match event {
            Event::Code(code) => {
                marks.insert(format!("`{code}`"));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                marks.insert(format!("link to {dest_url}"));
            }
            Event::FootnoteReference(name) => {
                marks.insert(format!("[^{name}]"));
            }
            Event::InlineHtml(html) => {
                let name = page::tag_name(&html).to_owned();
                if let (Some(text), true) = (tag.take(), html.starts_with("</")) {
                    marks.insert(format!("{text}</{name}>"));
                } else if ["code", "kbd"].contains(&name.as_str()) {
                    tag = Some(html.to_string());
                } else {
                    marks.insert(html.to_string());
                }
            }
            Event::Text(text) => {
                if let Some(tag) = &mut tag {
                    tag.push_str(&text);
                }
            }
            _ => {}
        }
    }
    marks
}

fn numbers(text: &str) -> BTreeSet<String> {
    let parts = text.split(|letter: char| !letter.is_ascii_digit() && !".,".contains(letter));
    parts
        .map(|part| part.trim_matches(['.', ',']).to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// How Chinese is set. `text` is without marks of Markdown; a piece of code is one `\u{1}`.
fn chinese(source: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let plain = plain(source);
    let words = plain.split(|letter: char| !letter.is_ascii_alphabetic());
    let words = words.filter(|word| word.len() > 1 && word.chars().all(|l| l.is_ascii_lowercase()));
    if !text.contains(is_han) {
        if words.count() >= 3 {
            found.push("this is not in Chinese".to_owned());
        }
        return found;
    }
    let letters: Vec<char> = text.chars().collect();
    let latin = |letter: char| letter.is_ascii_alphanumeric() || letter == '\u{1}';
    let wide = |letter: char| "，。、；：？！（）《》“”".contains(letter);
    let mut say = |at: usize, why: &str| {
        let around = &letters[at.saturating_sub(6)..(at + 6).min(letters.len())];
        let around: String = around.iter().collect();
        found.push(format!("{why}: …{}…", around.replace('\u{1}', "`…`")));
    };
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let is = |letter: Option<char>, what: &dyn Fn(char) -> bool| letter.is_some_and(what);
        if (is_han(letter) && is(after, &latin)) || (latin(letter) && is(after, &is_han)) {
            say(
                at,
                "a blank is missing between Chinese and Latin letters, digits or code",
            );
        }
        let half = match letter {
            ',' => !(is(before, &|l| l.is_ascii_digit()) && is(after, &|l| l.is_ascii_digit())),
            ';' | '?' | '!' => true,
            ':' => {
                !(is(before, &|l| l.is_ascii())
                    && is(after, &|l| l.is_ascii_alphanumeric() || "/:".contains(l)))
            }
            '.' => is(before, &is_han) || after.is_none(),
            '(' => !is(before, &|l| l.is_ascii_alphanumeric()),
            ')' => is(before, &is_han) && !letters[..at].contains(&'('),
            '"' => is(before, &is_han) || is(after, &is_han),
            _ => false,
        };
        if half && !is_quoted(&letters, at, &plain) {
            say(at, "punctuation of half width among Chinese");
        }
        if letter == ' ' {
            if is(before, &wide) || is(after, &wide) {
                say(at, "no blank stands beside punctuation of full width");
            } else if is(before, &is_han) && is(after, &is_han) {
                say(at, "no blank stands between Chinese characters");
            } else if after == Some(' ') {
                say(at, "two blanks");
            }
        }
        if letter == '您' {
            say(at, "the reader is 你");
        }
    }
    for (wrong, right) in [("...", "……"), ("--", "——"), ("。。", "。")] {
        // `--quick` is an option.
        if text.contains(wrong) && !(wrong == "--" && plain.contains(wrong)) {
            found.push(format!("{wrong} is {right} in Chinese"));
        }
    }
    found
}

/// Whether the sign stands behind the same Chinese in the English text: `喂?`.
fn is_quoted(letters: &[char], at: usize, english: &str) -> bool {
    let sign: String = letters[at.saturating_sub(1)..=at].iter().collect();
    sign.contains(is_han) && english.contains(&sign)
}

/// The beginning of a message, to name it.
fn short(source: &str) -> String {
    let mut short: String = source.chars().take(60).collect();
    if short.len() < source.len() {
        short.push('…');
    }
    format!("“{short}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(source: &str, translation: &str) -> Vec<String> {
        let terms = [Term {
            english: "buffer".into(),
            translation: "缓冲区".into(),
            forbidden: vec!["缓存".into()],
        }];
        message(source, translation, "zh-CN", &terms)
    }

    #[test]
    fn a_good_translation_passes() {
        let good = [
            (
                "**Predict.** What does [`recv`](common.md#recv) return after 40 ms?",
                "**预测**：40 ms 后 [`recv`](common.md#recv) 返回什么？",
            ),
            ("Does <code>send</code> wait?", "<code>send</code> 会等吗？"),
            (
                "It listens at 127.0.0.1:8002, or 20,000.",
                "它监听 127.0.0.1:8002，或 20,000。",
            ),
            (
                "Press <kbd>?</kbd> for the keys.",
                "按 <kbd>?</kbd> 看按键。",
            ),
            (
                "buffer (缓存区 in the lesson)",
                "缓冲区（原课程写作“缓存区”）",
            ),
            ("TIME_WAIT", "TIME_WAIT"),
            (
                "It says `喂?`, and \"喂?\" again.",
                "它说 `喂?`，再说“喂?”。",
            ),
        ];
        for (source, translation) in good {
            assert_eq!(wrong(source, translation), [""; 0], "{translation}");
        }
    }

    #[test]
    fn each_mistake_is_found() {
        let bad = [
            ("a `recv` b", "甲乙", "the translation has no `recv`"),
            ("a b c", "甲 `recv` 乙", "the English text has no `recv`"),
            ("see [x](a.md#b)", "见 [甲](a.md)", "no link to a.md#b"),
            ("<code>a</code> b", "<code>b</code> 乙", "no <code>a</code>"),
            ("after 40 ms", "不久之后", "the translation has no 40"),
            ("**A.** b", "**甲。**乙", "** is not read as bold"),
            ("a cell", "甲 | 乙", "a bar ends a cell"),
            (
                "it is all in English",
                "it is all in English",
                "not in Chinese",
            ),
            ("a `recv` b", "甲`recv` 乙", "a blank is missing"),
            ("a TCP b", "甲 TCP乙", "a blank is missing"),
            ("a, b", "甲, 乙", "half width"),
            ("a `recv`, `send`", "甲 `recv`, `send`", "half width"),
            ("a `recv`.", "甲 `recv`.", "half width"),
            ("a (b)", "甲 (乙)", "half width"),
            ("a \"b\"", "甲\"乙\"", "half width"),
            ("a b", "甲 乙", "no blank stands between"),
            ("a, TCP", "甲， TCP", "beside punctuation"),
            ("you", "您好", "the reader is 你"),
            ("a ...", "甲...", "……"),
            ("a buffer", "缓存", "缓存: buffer is 缓冲区"),
        ];
        for (source, translation, what) in bad {
            let found = wrong(source, translation);
            assert!(
                found.iter().any(|why| why.contains(what)),
                "{translation}: {found:?}"
            );
        }
    }

    #[test]
    fn parity_finds_what_a_translation_breaks() {
        let english = "# A\n\ntext\n\n| a | b |\n|---|---|\n| c | d |\n\n```rust\nf(); // x\n```\n";
        let page = |what: &str, with: &str| {
            let with = with.to_owned();
            page::translated(english, |source| (source == what).then(|| with.clone()))
        };
        assert_eq!(parity(english, &page("text", "文字")), None);
        assert_eq!(parity(english, &page("x", "注释")), None);
        for (what, with) in [("text", "1. 文字"), ("text", "# 文字"), ("text", "<div>")] {
            assert!(parity(english, &page(what, with)).is_some(), "{with}");
        }
        for (a, b) in [
            ("f();", "g();"),
            ("# A {#a}", "# A {#b}"),
            ("rust", "python"),
        ] {
            let other = page("text", "文字").replace(a, b);
            assert!(parity(english, &other).is_some(), "{a}");
        }
    }
}
