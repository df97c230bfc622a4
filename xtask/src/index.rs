//! The index at the end of the book, made from its pages.
//!
//! The page `word-index.md` has the headings, and a line such as `{{#words calls}}` where a list
//! belongs. A name is looked for in headings, in the text and in code. The places where it is
//! mentioned most come first, and a heading that names it before all others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use book_translate::page::{parser, slug, unique};
use mdbook_driver::book::{Book, BookItem};
use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

const PAGE: &str = "word-index.md";
/// The glossary's words are entries of their own.
const GLOSSARY: &str = "glossary.md";
/// Its tables name every call.
const CALLS: &str = "python-to-rust.md";
/// Pages that name everything, and explain it elsewhere.
const LISTS: [&str; 7] = [
    PAGE,
    GLOSSARY,
    CALLS,
    "coverage.md",
    "index.md",
    "original-lesson.md",
    "further-reading.md",
];
const TOOLS: [&str; 13] = [
    "cargo",
    "curl",
    "ip",
    "lsof",
    "nc",
    "netstat",
    "nstat",
    "ss",
    "strace",
    "systemd",
    "tcpdump",
    "ulimit",
    "wireshark",
];
/// What the constants of the socket API begin with.
const PREFIXES: [&str; 14] = [
    "AF_", "AI_", "CMSG_", "INADDR_", "IPPROTO_", "IPV6_", "IP_", "MSG_", "NI_", "SHUT_", "SOCK_",
    "SOL_", "SO_", "TCP_",
];
/// Pages that say in a line what another page explains.
const POINTERS: [&str; 2] = ["errors.md", "symptoms.md"];
/// What the tables of `CALLS` have beside the calls of a socket.
const NOT_CALLS: [&str; 20] = [
    "as_bytes",
    "bytes",
    "clone",
    "decode",
    "encode",
    "from_millis",
    "from_utf8",
    "from_utf8_lossy",
    "input",
    "match",
    "mode",
    "new",
    "port",
    "print",
    "println",
    "python",
    "spawn",
    "start",
    "talk",
    "to_string",
];
/// At most so many places for one entry.
const PLACES: usize = 4;

/// A part of a page, below one heading.
#[derive(Default)]
struct Section {
    page: String,
    /// `server.md#the-address-is-in-use`, or the page alone for what is before its first heading.
    link: String,
    title: String,
    is_page: bool,
    is_mistake: bool,
    /// Names in code within the text, and the text's words, in lower case.
    names: Vec<String>,
    words: String,
    code: String,
}

/// Puts the lists into the page, if the book has it. A Chinese book has Chinese punctuation.
pub fn fill(book: &mut Book, language: Option<&str>) {
    let is_chinese = language.is_some_and(|language| language.starts_with("zh"));
    let colon = if is_chinese { "：" } else { ": " };
    let mut sections = Vec::new();
    let mut glossary = String::new();
    let mut calls = String::new();
    for item in book.iter() {
        let BookItem::Chapter(chapter) = item else {
            continue;
        };
        let Some(path) = &chapter.path else { continue };
        let path = path.to_string_lossy().replace('\\', "/");
        match path.as_str() {
            GLOSSARY => glossary = chapter.content.clone(),
            CALLS => calls = chapter.content.clone(),
            _ => {}
        }
        if !LISTS.contains(&path.as_str()) {
            sections.extend(sections_of(&path, &chapter.content));
        }
    }
    let lists = [
        ("calls", of_names(&sections, colon, &call_names(&calls))),
        (
            "constants",
            of_names(&sections, colon, &found(&sections, constant)),
        ),
        (
            "errors",
            of_names(&sections, colon, &found(&sections, errno)),
        ),
        (
            "tools",
            of_names(&sections, colon, &TOOLS.map(str::to_owned).into()),
        ),
        (
            "subjects",
            subjects(&sections, colon, &glossary, is_chinese),
        ),
        ("mistakes", mistakes(&sections, colon)),
    ];
    book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && chapter
                .path
                .as_deref()
                .is_some_and(|path| path.ends_with(PAGE))
        {
            for (name, list) in &lists {
                let mark = format!("{{{{#words {name}}}}}");
                chapter.content = chapter.content.replace(&mark, &list.join("\n"));
            }
        }
    });
}

fn sections_of(page: &str, text: &str) -> Vec<Section> {
    let new = || Section {
        page: page.to_owned(),
        link: page.to_owned(),
        ..Section::default()
    };
    let mut sections = vec![new()];
    let mut anchors = HashSet::new();
    let mut heading: Option<(HeadingLevel, Option<String>)> = None;
    let (mut in_code, mut in_mistake) = (false, false);
    for event in parser(text) {
        let section = sections.last_mut().expect("there is always one");
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                heading = Some((level, id.map(|id| id.to_string())));
                if level != HeadingLevel::H1 {
                    sections.push(new());
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let (level, id) = heading.take().expect("it has begun");
                let slug = id.unwrap_or_else(|| slug(&section.title));
                let anchor = unique(slug, &mut anchors);
                section.is_page = level == HeadingLevel::H1;
                section.is_mistake = std::mem::take(&mut in_mistake);
                if !section.is_page {
                    section.link = format!("{page}#{anchor}");
                }
            }
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Html(html) if html.contains("class=\"mistake\"") => in_mistake = true,
            Event::Text(words) if in_code => section.code.push_str(&words),
            Event::Code(name) => {
                if heading.is_some() {
                    section.title.push_str(&name);
                }
                section.names.push(name.to_string());
            }
            Event::Text(words) => {
                if heading.is_some() {
                    section.title.push_str(&words);
                }
                section.words.push_str(&words.to_lowercase());
                section.words.push(' ');
            }
            _ => {}
        }
    }
    sections
}

/// The names within a piece of code: `s.recv(1024)` has `s` and `recv`.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|name| !name.is_empty())
}

/// The names before an opening bracket in the tables of "Python to Rust", Python's and Rust's.
fn call_names(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for event in parser(page) {
        let Event::Code(code) = event else { continue };
        for (at, _) in code.match_indices('(') {
            let name = identifiers(&code[..at]).last().unwrap_or_default();
            // Neither `print(` nor what has capitals, which is a type.
            let is_call = code[..at].ends_with(name) && name.chars().all(|c| !c.is_uppercase());
            let is_ours = !NOT_CALLS.contains(&name);
            if name.len() > 2 && is_call && is_ours {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

fn constant(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        let rest = name.strip_prefix(prefix).unwrap_or_default();
        rest.len() > 1
            && rest
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn errno(name: &str) -> bool {
    let rest = name.strip_prefix('E').unwrap_or_default();
    let rest = rest.strip_prefix("AI_").unwrap_or(rest);
    // `EOF`, and `EXPLAIN` if a text shouts it, have no number.
    rest.len() > 2
        && name != "EOF"
        && rest
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// All names of a kind in the text's code.
fn found(sections: &[Section], kind: fn(&str) -> bool) -> BTreeSet<String> {
    let names = sections.iter().flat_map(|section| &section.names);
    names
        .flat_map(|code| identifiers(code))
        .filter(|name| kind(name))
        .map(str::to_owned)
        .collect()
}

fn of_names(sections: &[Section], colon: &str, names: &BTreeSet<String>) -> Vec<String> {
    let count = |code: &str, name: &str| identifiers(code).filter(|one| *one == name).count();
    let score = |section: &Section, name: &str| {
        let starts = identifiers(&section.title).next() == Some(name);
        let in_title = count(&section.title, name).min(1) + 2 * usize::from(starts);
        let in_text: usize = section.names.iter().map(|code| count(code, name)).sum();
        10 * in_title + 2 * in_text + count(&section.code, name).min(2)
    };
    let mut entries = Vec::new();
    for name in names {
        let places = places(sections, colon, |section| score(section, name));
        if !places.is_empty() {
            entries.push(format!("- `{name}`{colon}{places}"));
        }
    }
    entries.sort_by_key(|entry| entry.to_lowercase());
    entries
}

/// The sections with the highest scores, as links.
fn places(sections: &[Section], colon: &str, score: impl Fn(&Section) -> usize) -> String {
    let mut scored: Vec<(usize, &Section)> = sections
        .iter()
        .filter(|section| !is_repeated(sections, section))
        .map(|section| (score(section), section))
        .map(
            |(score, section)| match POINTERS.contains(&section.page.as_str()) {
                true => (score.div_ceil(3), section),
                false => (score, section),
            },
        )
        .filter(|(score, _)| *score > 0)
        .collect();
    // What is named once in passing is no place to learn it, unless there is no other.
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let enough = scored.first().map_or(0, |(best, _)| (best / 3).min(3));
    scored.retain(|(score, _)| *score >= enough);
    scored.truncate(PLACES);
    let links: Vec<String> = scored
        .iter()
        .map(|(_, section)| link(sections, colon, section))
        .collect();
    links.join(" · ")
}

/// Whether other pages have such a heading, too: "Check yourself".
fn is_repeated(sections: &[Section], section: &Section) -> bool {
    let same = |other: &&Section| other.title == section.title;
    sections.iter().filter(same).count() > 3
}

/// `[2 The address is in use](server.md#the-address-is-in-use)`
fn link(sections: &[Section], colon: &str, section: &Section) -> String {
    let mut pages = sections.iter().filter(|one| one.is_page);
    let page = pages.find(|page| page.page == section.page);
    let page_title = page.map_or("", |page| &page.title);
    let number = page_title.split(' ').next().unwrap_or_default();
    let text = match number.parse::<u8>() {
        Ok(number) if !section.is_page => format!("{number} {}", short(section)),
        _ if section.is_page => section.title.clone(),
        // "Descriptors: duplicated, adopted, inherited" is "Descriptors" here.
        _ => {
            let page = page_title.split([':', '：']).next().unwrap_or_default();
            format!("{page}{colon}{}", short(section))
        }
    };
    // A bracket would end the link's text.
    format!("[{}]({})", text.replace(['[', ']', '`'], ""), section.link)
}

/// A heading without "The mistake everyone makes: ".
fn short(section: &Section) -> &str {
    if !section.is_mistake {
        return &section.title;
    }
    let parted = section.title.split_once([':', '：']);
    parted.map_or(&section.title, |(_, what)| what.trim_start())
}

/// What an entry is sorted by. GB 2312 has the common Chinese characters in the order of pinyin, as
/// a reader of a Chinese index looks for them; Unicode has them by radical.
fn order(words: &str, is_chinese: bool) -> Vec<u8> {
    let words = words.to_lowercase();
    match is_chinese {
        true => encoding_rs::GBK.encode(&words).0.into_owned(),
        false => words.into_bytes(),
    }
}

/// The glossary's words, and the headings that only one page has.
fn subjects(sections: &[Section], colon: &str, glossary: &str, is_chinese: bool) -> Vec<String> {
    let mut entries = BTreeMap::new();
    for line in glossary.lines() {
        let Some(row) = line.strip_prefix("| **") else {
            continue;
        };
        let cell = row.split(" |").next().unwrap_or_default();
        // `**send**, **receive** 发送, 接收` has two words, and what follows them.
        let words: Vec<String> = format!("**{cell}")
            .split("**")
            .skip(1)
            .step_by(2)
            .map(str::to_lowercase)
            .collect();
        let score = |section: &Section| {
            let title = section.title.to_lowercase();
            let in_title = words.iter().filter(|word| title.contains(*word)).count();
            let in_text: usize = words
                .iter()
                .map(|word| section.words.matches(word.as_str()).count())
                .sum();
            let taught_here = row.contains(&format!("]({}", section.page));
            match in_text + in_title {
                0 => 0,
                _ => 10 * in_title.min(1) + in_text + 5 * usize::from(taught_here),
            }
        };
        let places = places(sections, colon, score);
        if !places.is_empty() {
            entries.insert(
                order(&words.join(", "), is_chinese),
                format!("- {}{colon}{places}", cell.replace("**", "")),
            );
        }
    }
    let all: Vec<&str> = sections
        .iter()
        .map(|section| section.title.as_str())
        .collect();
    for section in sections {
        let title = short(section);
        let times = all.iter().filter(|other| **other == section.title).count();
        if times == 1 && !section.is_page && !section.is_mistake {
            let entry = format!("- {}", link(sections, colon, section));
            entries.entry(order(title, is_chinese)).or_insert(entry);
        }
    }
    entries.into_values().collect()
}

fn mistakes(sections: &[Section], colon: &str) -> Vec<String> {
    let mistakes = sections.iter().filter(|section| section.is_mistake);
    mistakes
        .map(|section| format!("- {}", link(sections, colon, section)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(book: &Book) -> String {
        let chapters = book.iter().filter_map(|item| match item {
            BookItem::Chapter(chapter) => Some(chapter),
            _ => None,
        });
        let mut pages =
            chapters.filter(|one| one.path.as_deref().is_some_and(|p| p.ends_with(PAGE)));
        pages.next().expect("the book has an index").content.clone()
    }

    #[test]
    fn the_index_leads_to_what_the_book_has() {
        // `load` has filled the page.
        let loaded = crate::render::load(&crate::root().join("book/en"), None).unwrap();
        let index = page(&loaded.book);
        assert!(!index.contains("{{#words"), "a list is missing");
        let entries: Vec<&str> = index
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect();
        assert!(entries.len() >= 400, "{} entries", entries.len());

        let starts = |entry: &str| entries.iter().any(|line| line.starts_with(entry));
        for entry in [
            "- `accept`: [2 accept",
            "- `SO_REUSEADDR`: [",
            "- `ECONNREFUSED`: [",
            "- `strace`: [Looking at the wire",
            "- sticky packets 粘包: [",
        ] {
            assert!(starts(entry), "no entry starts with {entry}");
        }

        let mut links = HashSet::new();
        for item in loaded.book.iter() {
            let BookItem::Chapter(chapter) = item else {
                continue;
            };
            let path = chapter
                .path
                .as_ref()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            links.extend(
                sections_of(&path, &chapter.content)
                    .into_iter()
                    .map(|one| one.link),
            );
        }
        for entry in entries {
            for link in entry.split("](").skip(1) {
                let link = link.split(')').next().unwrap();
                assert!(links.contains(link), "{entry} leads nowhere: {link}");
            }
        }
    }

    #[test]
    fn a_chinese_index_has_chinese_colons() {
        let folder = crate::root().join("book/en");
        for edition in crate::language::editions(&folder) {
            let loaded = crate::render::load(&folder, Some(&edition)).unwrap();
            let index = page(&loaded.book);
            assert!(index.contains("- `accept`：["));
            assert!(!index.contains(": ["), "a half-width colon is left");
        }
    }

    #[test]
    fn chinese_words_are_in_the_order_of_pinyin() {
        // bǎohuó, chāoshí, duānkǒu, tàojiēzì
        let mut words = ["套接字", "端口", "超时", "TCP", "保活"];
        words.sort_by_key(|word| order(word, true));
        assert_eq!(words, ["TCP", "保活", "超时", "端口", "套接字"]);
    }

    #[test]
    fn a_heading_counts_more_than_a_mention() {
        let mentions = "# 1 One\n\n## Other\n\n`recv` and `recv` and `recv`\n";
        let explains = "# 2 Two\n\n## recv\n\nIt is here.\n\n<div class=\"mistake\">\n\n### The mistake: half of it\n\n</div>\n";
        let mut sections = sections_of("one.md", mentions);
        sections.extend(sections_of("two.md", explains));
        let entries = of_names(&sections, ": ", &BTreeSet::from(["recv".to_owned()]));
        assert_eq!(
            entries,
            ["- `recv`: [2 recv](two.md#recv) · [1 Other](one.md#other)"]
        );
        assert_eq!(
            mistakes(&sections, ": "),
            ["- [2 half of it](two.md#the-mistake-half-of-it)"]
        );
    }
}
