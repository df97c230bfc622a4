//! Every link of the book leads somewhere, and nothing is fetched from outside.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use book_translate::page::{slug, unique};
use pulldown_cmark::{Event, Tag, TagEnd};
use regex_lite::Regex;

use crate::markdown::{self, line_of};
use crate::rules::{Page, Violation, included, includes};

/// Something a page refers to.
struct Link {
    line: usize,
    target: String,
    /// Whether the browser fetches it with the page, as it does an image.
    fetched: bool,
}

/// Checks the links, images and includes of all pages of one language.
pub fn check(pages: &[Page], repository: &Path) -> Vec<Violation> {
    let mut known: HashMap<&Path, HashSet<String>> = HashMap::new();
    for page in pages {
        let of_page = known.entry(page.name.as_path()).or_default();
        of_page.extend(anchors(&page.text));
    }
    let mut found = Vec::new();
    for page in pages {
        for link in links(&page.text) {
            if let Err(why) = leads_somewhere(&link, page, &known) {
                found.push(page.violation(link.line, why));
            }
        }
        found.extend(scripts_and_includes(page));
        found.extend(named_files(page, repository));
    }
    found
}

fn leads_somewhere(
    link: &Link,
    page: &Page,
    anchors: &HashMap<&Path, HashSet<String>>,
) -> Result<(), String> {
    let target = &link.target;
    if target.contains("://") || target.starts_with("//") || target.starts_with("mailto:") {
        if link.fetched {
            return Err(format!(
                "{target} would be fetched from outside; put the file in the book"
            ));
        }
        return Ok(());
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target.as_str(), None),
    };
    let name = if path.is_empty() {
        page.name.clone()
    } else {
        let folder = page.name.parent().unwrap_or(Path::new(""));
        normal(&folder.join(path)).ok_or_else(|| {
            format!(
                "{path} is outside of the book's folder, so the built page has no such link; \
                 name the file as code: `examples/tour.rs`"
            )
        })?
    };
    if let Some(known) = anchors.get(name.as_path()) {
        return match anchor {
            Some(anchor) if !known.contains(anchor) => {
                let mut known: Vec<_> = known.iter().map(String::as_str).collect();
                known.sort_unstable();
                Err(format!(
                    "{} has no `#{anchor}`; it has {}",
                    name.display(),
                    known.join(", ")
                ))
            }
            _ => Ok(()),
        };
    }
    if name.extension().is_some_and(|ending| ending == "html") {
        return Err(format!(
            "link the Markdown file, {}",
            name.with_extension("md").display()
        ));
    }
    // The source folder is the page's folder without the page's own subfolders.
    let depth = page.name.components().count() - 1;
    let source = page
        .folder
        .ancestors()
        .nth(depth)
        .expect("the page lies that deep");
    if source.join(&name).is_file() {
        return Ok(());
    }
    Err(format!(
        "{path} leads nowhere: there is no {}",
        name.display()
    ))
}

/// The number in `[chapter 7](tcp.md)` or `[7 TCP](tcp.md)` is the one that SUMMARY.md gives the
/// page, and so is the page's own heading.
pub fn numbers(pages: &[Page], summary: &str) -> Vec<Violation> {
    let entry = Regex::new(r"\[(\d+) ([^\]]+)\]\(([\w-]+\.md)\)").expect("the pattern is tested");
    let link = Regex::new(r"\[(?:[A-Za-z]+\s)?(\d+)\b[^\]]*\]\(([\w-]+\.md)")
        .expect("the pattern is tested");
    let entries: HashMap<String, (String, String)> = entry
        .captures_iter(summary)
        .map(|entry| (entry[3].into(), (entry[1].into(), entry[2].into())))
        .collect();
    let mut found = Vec::new();
    for page in pages {
        if let (Some((number, title)), false) =
            (entries.get(&*page.name.to_string_lossy()), page.is_part)
        {
            let heading = format!("# {number} {title}");
            if page.text.lines().next() != Some(&heading) {
                found.push(page.violation(1, format!("SUMMARY.md calls this page `{heading}`")));
            }
        }
        for link in link.captures_iter(&page.text) {
            if let Some((number, _)) = entries.get(&link[2]) {
                if *number != link[1] {
                    let why = format!("{} is chapter {number}, not {}", &link[2], &link[1]);
                    let at = link.get(0).map_or(0, |whole| whole.start());
                    found.push(page.violation(line_of(&page.text, at), why));
                }
            }
        }
    }
    found
}

/// A path without `..`; none if it leads out of where it starts.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => normal.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

/// The links and images of a text, in Markdown and in HTML.
fn links(text: &str) -> Vec<Link> {
    let attribute = Regex::new(r#"\b(href|src|data|poster)\s*=\s*["']([^"']*)["']"#)
        .expect("the pattern is tested");
    let mut links = Vec::new();
    for (event, range) in markdown::parser(text).into_offset_iter() {
        let line = line_of(text, range.start);
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                links.push(Link {
                    line,
                    target: dest_url.to_string(),
                    fetched: false,
                });
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                links.push(Link {
                    line,
                    target: dest_url.to_string(),
                    fetched: true,
                });
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for found in attribute.captures_iter(&html) {
                    let target = found[2].to_string();
                    links.push(Link {
                        line,
                        target,
                        fetched: &found[1] != "href",
                    });
                }
            }
            _ => {}
        }
    }
    links
}

/// What a recording is in a page: data, which runs nothing.
const DATA: &str = "<script type=\"application/json\">";

/// Scripts in the text, and includes that lead nowhere, in code or out of it.
fn scripts_and_includes(page: &Page) -> Vec<Violation> {
    let mut found = Vec::new();
    for (event, range) in markdown::parser(&page.text).into_offset_iter() {
        let (Event::Html(text) | Event::InlineHtml(text) | Event::Text(text)) = &event else {
            continue;
        };
        let line = line_of(&page.text, range.start);
        let is_html = !matches!(event, Event::Text(_));
        let markup = text.to_lowercase().replace(DATA, "");
        for tag in ["<script", "<iframe", "<link", "<object", "<embed"] {
            if is_html && markup.contains(tag) {
                let why = format!("{tag}> has no place in a chapter; see book/WRITING.md");
                found.push(page.violation(line, why));
            }
        }
        for target in includes(text) {
            if let Err(why) = included(page, target) {
                found.push(page.violation(line, why));
            }
        }
    }
    found
}

/// A file of the repository that the text names as code, `examples/tour.rs`, exists.
fn named_files(page: &Page, repository: &Path) -> Vec<Violation> {
    let name = Regex::new(
        r"^(?:src|examples|exercises|tests|benches|book|xtask)/[\w./-]+\.(?:rs|md|py|toml|txt|json|svg)$",
    )
    .expect("the pattern is tested");
    let mut found = Vec::new();
    for (event, range) in markdown::parser(&page.text).into_offset_iter() {
        let Event::Code(code) = event else { continue };
        if name.is_match(&code) && !repository.join(&*code).exists() {
            let line = line_of(&page.text, range.start);
            found.push(page.violation(line, format!("there is no file {code} in the repository")));
        }
    }
    found
}

/// The anchors of a page: its headings' as mdBook makes them, and every `id` in its HTML.
fn anchors(text: &str) -> HashSet<String> {
    let id = Regex::new(r#"\bid\s*=\s*["']([^"']+)["']"#).expect("the pattern is tested");
    let mut anchors = HashSet::new();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in markdown::parser(text) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                heading = Some((id.map(|id| id.to_string()), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                let (id, title) = heading.take().expect("a heading has begun");
                unique(id.unwrap_or_else(|| slug(&title)), &mut anchors);
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&part);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                anchors.extend(id.captures_iter(&html).map(|found| found[1].to_string()));
            }
            _ => {}
        }
    }
    anchors
}
