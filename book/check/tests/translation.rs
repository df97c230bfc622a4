//! The translations of the book are whole, and are of the English text as it stands.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use book_check::links;
use book_check::repository;
use book_check::rules::Page;
use book_translate::check;
use book_translate::comments;
use book_translate::edition::{DIAGRAMS, EXERCISES, Edition, SUMMARY};

#[test]
fn every_translation_is_held_to_the_english_book() {
    let found = check::check(&repository());
    assert!(found.is_empty(), "\n\n{}\n", found.join("\n"));
}

/// A page as it is built: its links lead somewhere, to anchors that the English pages have, and
/// its title is the one in the contents.
#[test]
fn links_of_translated_pages_lead_somewhere() {
    let repository = repository();
    for edition in Edition::all(&repository) {
        let source = repository.join("book/en/src");
        let mut pages = Vec::new();
        let titles = edition.titles().unwrap();
        for name in edition.names().unwrap() {
            if [SUMMARY, DIAGRAMS, EXERCISES].contains(&name.as_str()) {
                continue;
            }
            let file = PathBuf::from(format!("{name}.md"));
            let text = edition.page(&name).unwrap();
            // The title in the contents is that of the page.
            let heading = text.lines().next().unwrap_or_default();
            let heading = heading
                .trim_start_matches("# ")
                .split(" {#")
                .next()
                .unwrap();
            let english = fs::read_to_string(source.join(&file)).unwrap();
            let title = english.lines().next().unwrap_or_default();
            let title = titles.page(title.trim_start_matches("# "), &file.to_string_lossy());
            if !edition.may_have_gaps(&name) {
                assert_eq!(
                    heading, title,
                    "{name}: the heading, and the title in SUMMARY.po"
                );
            }
            pages.push(Page {
                name: file,
                file: edition.file(&name),
                folder: source.clone(),
                text: without_pictures(&text),
                is_part: false,
            });
        }
        let found = links::check(&pages, &repository);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "\n\n{}\n", found.join("\n"));
    }
}

/// A recording is a script in the page, which no chapter may write itself.
fn without_pictures(text: &str) -> String {
    let mut text = text.to_owned();
    for (start, end) in [("<script", "</script>"), ("<svg", "</svg>")] {
        while let Some(at) = text.find(start) {
            let length = text[at..].find(end).expect("it is closed");
            text.replace_range(at..at + length + end.len(), "");
        }
    }
    text
}

/// A small repository with one page and its translation.
fn repository_with(name: &str, page: &str, po: &str, untranslated: &str) -> PathBuf {
    let root = book_check::built().join(format!("../tmp/translation/{name}"));
    let _ = fs::remove_dir_all(&root);
    let files = [
        ("book/en/book.toml", "description = \"A book\"\n"),
        ("book/en/src/SUMMARY.md", "# Summary\n\n- [1 One](one.md)\n"),
        ("book/en/src/one.md", page),
        ("book/xx/po/one.po", po),
        (
            "book/xx/po/SUMMARY.po",
            "msgid \"[1 One](one.md)\"\nmsgstr \"[1 Un](one.md)\"\n\n\
             msgid \"A book\"\nmsgstr \"Un livre\"\n",
        ),
        ("book/xx/terms.txt", "book | livre | bouquin\n"),
        ("book/xx/untranslated.txt", untranslated),
    ];
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

const PAGE: &str = "# 1 One\n\nThe book says `a`.\n\n```rust\nf(); // a call\n```\n";
const PO: &str = "msgid \"1 One\"\nmsgstr \"1 Un\"\n\n\
    msgid \"The book says `a`.\"\nmsgstr \"Le livre dit `a`.\"\n\n\
    msgid \"a call\"\nmsgstr \"un appel\"\n";

fn found_in(root: &Path) -> String {
    check::check(root).join("\n")
}

#[test]
fn a_whole_translation_passes() {
    assert_eq!(found_in(&repository_with("whole", PAGE, PO, "")), "");
}

/// Each of these is found, and the message says this.
#[test]
fn what_is_missing_in_a_translation_is_found() {
    let fuzzy = PO.replace(
        "msgid \"The book",
        "#, fuzzy\n#| msgid \"It said\"\nmsgid \"The book",
    );
    let bad = [
        (
            "changed",
            PAGE.replace("says", "said"),
            PO.to_owned(),
            "“The book said `a`.”: not translated",
        ),
        (
            "dead",
            PAGE.replace("The book says `a`.\n\n", ""),
            PO.to_owned(),
            "no such text is in the English page",
        ),
        (
            "fuzzy",
            PAGE.to_owned(),
            fuzzy,
            "the English text has changed",
        ),
        (
            "gap",
            PAGE.to_owned(),
            PO.replace("un appel", ""),
            "“a call”: not translated",
        ),
        (
            "code",
            PAGE.to_owned(),
            PO.replace("dit `a`", "dit `b`"),
            "no `a`",
        ),
        (
            "term",
            PAGE.to_owned(),
            PO.replace("livre", "bouquin"),
            "book is livre in this book",
        ),
        (
            "block",
            PAGE.to_owned(),
            PO.replace("Le livre dit", "- Le livre dit"),
            "the English page has",
        ),
    ];
    for (name, page, po, what) in bad {
        let found = found_in(&repository_with(name, &page, &po, ""));
        assert!(found.contains(what), "{name}: {found}");
    }
}

/// A page on the list may have gaps, but what is translated is held to the rules.
#[test]
fn the_list_of_untranslated_pages_lets_gaps_pass_and_mistakes_not() {
    let gap = PO.replace("un appel", "");
    assert_eq!(
        found_in(&repository_with("listed", PAGE, &gap, "# why\none\n")),
        ""
    );
    let root = repository_with("listed-new", PAGE, PO, "*\n");
    fs::remove_file(root.join("book/xx/po/one.po")).unwrap();
    assert_eq!(found_in(&root), "");
    fs::write(root.join("book/xx/untranslated.txt"), "").unwrap();
    assert!(found_in(&root).contains("one.po: not translated"));
    let wrong = gap.replace("dit `a`", "dit `b`");
    let found = found_in(&repository_with("listed-wrong", PAGE, &wrong, "one\n"));
    assert!(found.contains("no `a`"), "{found}");
    let found = found_in(&repository_with("listed-gone", PAGE, PO, "two\n"));
    assert!(found.contains("there is no page two"), "{found}");
}

/// Search goes by the letters of a page, so these stand in the Chinese pages.
#[test]
fn what_chinese_readers_search_for_is_in_the_pages() {
    let edition = Edition::new(&repository(), "zh-CN");
    for (name, words) in [
        ("messages", &["粘包", "半包"][..]),
        ("blocking", &["超时"]),
        ("symptoms", &["为什么", "返回空", "地址已被占用"]),
    ] {
        if edition.may_have_gaps(name) {
            continue;
        }
        let page = edition.page(name).unwrap();
        for word in words {
            assert!(page.contains(word), "{name} has no {word}");
        }
    }
}

/// The words that programs say in both languages stand side by side in their sources, English
/// first: in the library's errors, in `cargo exercise`, in the tour.
#[test]
fn what_programs_say_in_chinese_is_held_to_the_rules() {
    let repository = repository();
    let edition = Edition::new(&repository, "zh-CN");
    let terms = check::terms(&edition).unwrap();
    let pair = regex_lite::Regex::new(
        r#""((?:[^"\\]|\\[\s\S])*)",\s*r?"((?:[^"\\]|\\[\s\S])*[一-龥](?:[^"\\]|\\[\s\S])*)""#,
    )
    .unwrap();
    let placeholder = regex_lite::Regex::new(r"\{(\w*)(:[^}]*)?\}").unwrap();
    let continued = regex_lite::Regex::new(r"\\\n\s*").unwrap();
    // Columns are set with blanks.
    let column = regex_lite::Regex::new(r"(：?) {2,}").unwrap();
    let mut files = sources(&repository.join("src"));
    files.extend(sources(&repository.join("exercises/check/src")));
    files.extend(["exercises/src/lib.rs", "examples/tour.rs"].map(|file| repository.join(file)));
    let (mut count, mut found) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim().starts_with("//"));
        let text = code.collect::<Vec<_>>().join("\n");
        for words in pair.captures_iter(&text) {
            count += 1;
            let names = |text: &str| -> BTreeSet<String> {
                let names = placeholder
                    .captures_iter(text)
                    .map(|name| name[1].to_owned());
                names
                    .filter(|name| name != "english" && name != "chinese")
                    .collect()
            };
            let lines = |text: &str| -> Vec<String> {
                let text = continued.replace_all(text, "");
                let text = text.replace("{chinese}", "某").replace('`', "");
                let text = column.replace_all(&text, |found: &regex_lite::Captures<'_>| {
                    let colon = &found[1];
                    if colon.is_empty() {
                        " ".to_owned()
                    } else {
                        colon.to_owned()
                    }
                });
                let text = placeholder.replace_all(&text, "X");
                text.split("\\n")
                    .map(|line| line.trim().to_owned())
                    .collect()
            };
            let (english, chinese) = (lines(&words[1]), lines(&words[2]));
            let wrong: Vec<String> = if names(&words[1]) != names(&words[2]) {
                vec!["it has other values".to_owned()]
            } else if english.len() != chinese.len() {
                vec!["it has another number of lines".to_owned()]
            } else {
                let pairs = english.iter().zip(&chinese);
                pairs
                    .flat_map(|(english, chinese)| {
                        check::message(english, chinese, "zh-CN", &terms)
                    })
                    .collect()
            };
            let place = file.strip_prefix(&repository).unwrap().display();
            found.extend(
                wrong
                    .iter()
                    .map(|why| format!("{place}: {}: {why}", &words[2])),
            );
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    assert!(count >= 180, "only {count} pairs were found");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(sources(&path)),
            false => files.push(path),
        }
    }
    files
}

/// What of a README is the same in each language: the levels of its headings, its code but for
/// comments, its tables but for words, where its links lead.
fn outline(text: &str) -> Vec<String> {
    let mut outline = Vec::new();
    let mut code: Option<(String, String)> = None;
    for line in text.lines() {
        if let Some(info) = line.strip_prefix("```") {
            match code.take() {
                Some((info, body)) => outline.push(comments::without(&info, &body)),
                None => code = Some((info.to_owned(), String::new())),
            }
        } else if let Some((_, body)) = &mut code {
            body.push_str(line);
            body.push('\n');
        } else if line.starts_with('#') {
            outline.push(line.split(' ').next().unwrap().to_owned());
        } else if line.starts_with('|') {
            let code = line.split('`').skip(1).step_by(2);
            outline.push(format!(
                "{} bars, {:?}",
                line.matches('|').count(),
                code.collect::<Vec<_>>()
            ));
        }
    }
    let links = text.split("](").skip(1);
    outline.extend(links.filter_map(|link| Some(link.split_once(')')?.0.to_owned())));
    outline
}

#[test]
fn the_chinese_readme_is_the_english_one_in_chinese() {
    let read = |name: &str| fs::read_to_string(repository().join(name)).unwrap();
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    let (mut wanted, mut given) = (outline(&english), outline(&chinese));
    assert!(
        wanted.contains(&"README.zh-CN.md".to_owned()),
        "it links to the Chinese one"
    );
    assert!(given.contains(&"README.md".to_owned()), "it links back");
    wanted.retain(|part| part != "README.zh-CN.md");
    given.retain(|part| part != "README.md");
    assert_eq!(given, wanted);
    let terms = check::terms(&Edition::new(&repository(), "zh-CN")).unwrap();
    for term in terms {
        for word in term.forbidden {
            assert!(
                !chinese.contains(&word),
                "{word}: it is {}",
                term.translation
            );
        }
    }
}
