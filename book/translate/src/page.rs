//! A page of Markdown: what is to be translated in it.
//!
//! A message is the source of one paragraph, heading, cell, item or run of text in HTML, on one
//! line, with its Markdown; or a comment of the code. A translation takes exactly that place, so
//! everything else of the page is the English page's: its code, its outputs, its boxes, its
//! anchors.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::comments::{self, Comment};
use crate::is_han;

/// A place in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub range: Range<usize>,
    pub kind: Kind,
    /// The message.
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// With the anchor that mdBook makes of it, if it doesn't name one itself.
    Heading {
        anchor: Option<String>,
    },
    Paragraph,
    Cell,
    Html,
    /// The value of an attribute, such as `aria-label`.
    Attribute,
    Comment(Comment),
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Heading { .. } => "heading",
            Kind::Paragraph => "text",
            Kind::Cell => "cell",
            Kind::Html => "html",
            Kind::Attribute => "attribute",
            Kind::Comment(_) => "comment in code",
        }
    }
}

/// Parses as mdBook does.
pub fn parser(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options)
}

/// The places of a page, from its first to its last. Includes are expanded before.
pub fn segments(text: &str) -> Vec<Segment> {
    Finder::default().find(text)
}

/// The page in another language. What `translation` doesn't know stays English.
pub fn translated(text: &str, translation: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for segment in segments(text) {
        out.push_str(&text[end..segment.range.start]);
        end = segment.range.end;
        let wanted = needs_translation(&segment.source);
        let with = wanted.then(|| translation(&segment.source)).flatten();
        match (&segment.kind, with) {
            (Kind::Comment(comment), Some(with)) => out.push_str(&comment.with(&with)),
            (_, Some(with)) => out.push_str(&with),
            (_, None) => out.push_str(&text[segment.range.clone()]),
        }
        if let Kind::Heading {
            anchor: Some(anchor),
        } = &segment.kind
        {
            out.push_str(&format!(" {{#{anchor}}}"));
        }
    }
    out.push_str(&text[end..]);
    out
}

/// Whether a message has words: code, tags, addresses and measured values have none.
pub fn needs_translation(source: &str) -> bool {
    // A list that the build puts there.
    if source.starts_with("{{#") && source.ends_with("}}") {
        return false;
    }
    let plain = plain(source);
    let words = plain.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let units = [
        "ns", "µs", "μs", "us", "ms", "s", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "x",
    ];
    words
        .filter(|word| !units.contains(word))
        .any(|word| word.contains(|letter: char| letter.is_alphabetic()))
}

/// A message as it is read: without marks of Markdown, without tags. Code is `\u{1}`, once for
/// each piece, and so is a key.
pub fn plain(source: &str) -> String {
    let mut out = String::new();
    for event in inline(&without_tags(source)) {
        match event {
            Event::Text(text) => out.push_str(&text),
            Event::Code(_) => out.push('\u{1}'),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Code and keys in HTML, with code for Markdown in their place.
fn without_tags(source: &str) -> String {
    let mut text = source.to_owned();
    for (start, end) in [("<code>", "</code>"), ("<kbd>", "</kbd>")] {
        while let Some(at) = text.find(start) {
            let Some(length) = text[at..].find(end) else {
                break;
            };
            text.replace_range(at..at + length + end.len(), "`x`");
        }
    }
    text
}

/// The events of a message, which is inline Markdown and no block, whatever it begins with.
pub fn inline(source: &str) -> impl Iterator<Item = Event<'_>> {
    // A cell may begin with `#` or `-`; with a letter before it, it is a paragraph.
    let protected = format!("x {source}");
    let events: Vec<Event<'static>> = parser(&protected).map(Event::into_static).collect();
    let mut first = true;
    events.into_iter().filter_map(move |event| match event {
        Event::Text(text) if first => {
            first = false;
            let rest = text.strip_prefix("x").unwrap_or(&text);
            let rest = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
            (!rest.is_empty()).then(|| Event::Text(rest.into()))
        }
        Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => None,
        other => Some(other),
    })
}

#[derive(Default)]
struct Finder {
    found: Vec<Segment>,
    /// Inline text that goes on.
    run: Option<Range<usize>>,
    quotes: usize,
    cell: bool,
    heading: Option<(Option<String>, String)>,
    anchors: HashSet<String>,
}

impl Finder {
    fn find(mut self, text: &str) -> Vec<Segment> {
        let mut code: Option<(String, Range<usize>)> = None;
        let mut html: Option<Range<usize>> = None;
        for (event, range) in parser(text).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    self.flush(text);
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    code = Some((info, text.len()..0));
                }
                Event::End(TagEnd::CodeBlock) => {
                    let (info, range) = code.take().expect("a block has begun");
                    self.code(text, &info, range);
                }
                Event::Text(_) if code.is_some() => {
                    let (_, body) = code.as_mut().expect("it is");
                    *body = body.start.min(range.start)..body.end.max(range.end);
                }
                Event::Html(_) => {
                    self.flush(text);
                    let block = html.get_or_insert(range.clone());
                    block.end = range.end;
                }
                Event::End(TagEnd::HtmlBlock) => {
                    if let Some(range) = html.take() {
                        self.html(text, range);
                    }
                }
                Event::Start(Tag::Heading { id, .. }) => {
                    self.flush(text);
                    self.heading = Some((id.map(|id| id.to_string()), String::new()));
                }
                Event::End(TagEnd::Heading(_)) => self.end_heading(text),
                Event::Start(Tag::TableCell) => {
                    self.flush(text);
                    self.cell = true;
                }
                Event::End(TagEnd::TableCell) => {
                    self.flush(text);
                    self.cell = false;
                }
                Event::Start(Tag::BlockQuote(_)) => {
                    self.flush(text);
                    self.quotes += 1;
                }
                Event::End(TagEnd::BlockQuote(_)) => {
                    self.flush(text);
                    self.quotes -= 1;
                }
                event if is_inline(&event) => self.inline(&event, range),
                _ => self.flush(text),
            }
        }
        self.flush(text);
        self.found
    }

    fn inline(&mut self, event: &Event<'_>, range: Range<usize>) {
        if let (Some((_, title)), Event::Text(part) | Event::Code(part)) =
            (&mut self.heading, event)
        {
            title.push_str(part);
        }
        let run = self.run.get_or_insert(range.clone());
        *run = run.start.min(range.start)..run.end.max(range.end);
    }

    /// Ends a run of inline text.
    fn flush(&mut self, text: &str) {
        let Some(range) = self.run.take() else { return };
        let kind = if self.cell {
            Kind::Cell
        } else {
            Kind::Paragraph
        };
        self.push(text, range, kind);
    }

    fn push(&mut self, text: &str, range: Range<usize>, kind: Kind) {
        let mut range = trimmed(text, range);
        // The event of an escaped character begins behind its backslash.
        if text[..range.start].ends_with('\\') {
            range.start -= 1;
        }
        let source = one_line(&text[range.clone()], self.quotes);
        self.found.push(Segment {
            range,
            kind,
            source,
        });
    }

    fn end_heading(&mut self, text: &str) {
        let (id, title) = self.heading.take().expect("a heading has begun");
        let named = id.is_some();
        let anchor = unique(id.unwrap_or_else(|| slug(&title)), &mut self.anchors);
        let Some(range) = self.run.take() else { return };
        let anchor = (!named).then_some(anchor);
        self.push(text, range, Kind::Heading { anchor });
    }

    fn code(&mut self, text: &str, info: &str, range: Range<usize>) {
        let words: Vec<&str> = info.split([',', ' ']).collect();
        if range.start > range.end || words.contains(&"output") {
            return;
        }
        for comment in comments::find(words[0], &text[range.clone()]) {
            self.found.push(Segment {
                range: range.start + comment.range.start..range.start + comment.range.end,
                source: comment.text.clone(),
                kind: Kind::Comment(comment),
            });
        }
    }

    /// Text between tags. Tags of words, such as `<code>`, are a part of it.
    fn html(&mut self, text: &str, range: Range<usize>) {
        let mut at = range.start;
        let mut start = at;
        while at < range.end {
            let rest = &text[at..range.end];
            let (length, breaks) = if rest.starts_with("{{#") {
                (rest.find("}}").map_or(rest.len(), |end| end + 2), true)
            } else if rest.starts_with("<!--") {
                (rest.find("-->").map_or(rest.len(), |end| end + 3), true)
            } else if rest.starts_with('<') {
                let name = tag_name(rest);
                // What is in a script or a picture is not HTML.
                let end = match name {
                    "script" | "svg" | "style" if !rest.starts_with("</") => {
                        let closing = format!("</{name}>");
                        rest.find(&closing)
                            .map_or(rest.len(), |end| end + closing.len())
                    }
                    _ => rest.find('>').map_or(rest.len(), |end| end + 1),
                };
                (end, !INLINE_TAGS.contains(&name))
            } else {
                (rest.chars().next().map_or(1, char::len_utf8), false)
            };
            if breaks {
                self.html_text(text, start..at);
                self.attributes(text, at..at + length);
                start = at + length;
            }
            at += length;
        }
        self.html_text(text, start..range.end);
    }

    fn html_text(&mut self, text: &str, range: Range<usize>) {
        if !text[range.clone()].trim().is_empty() {
            self.push(text, range, Kind::Html);
        }
    }

    fn attributes(&mut self, text: &str, tag: Range<usize>) {
        let mut places = Vec::new();
        for name in ["aria-label", "title", "alt", "placeholder"] {
            let mark = format!(" {name}=\"");
            // A picture's own are translated with it.
            let Some(at) = text[tag.clone()].find(&mark) else {
                continue;
            };
            let start = tag.start + at + mark.len();
            if let Some(length) = text[start..tag.end].find('"') {
                places.push(start..start + length);
            }
        }
        places.sort_by_key(|place| place.start);
        for place in places {
            self.push(text, place, Kind::Attribute);
        }
    }
}

/// Tags that stand within a text.
const INLINE_TAGS: [&str; 14] = [
    "a", "abbr", "b", "br", "code", "em", "i", "kbd", "samp", "span", "strong", "sub", "sup", "var",
];

/// The name in `<name …>` or `</name>`.
pub fn tag_name(tag: &str) -> &str {
    let inner = tag.trim_start_matches('<').trim_start_matches('/');
    let end = inner.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    &inner[..end.unwrap_or(inner.len())]
}

fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Text(_)
        | Event::Code(_)
        | Event::InlineHtml(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::FootnoteReference(_) => true,
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ),
        Event::End(tag) => matches!(
            tag,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image
        ),
        _ => false,
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// A text on one line, so that a paragraph that is only broken elsewhere is the same message.
/// Lines of a quotation begin with `>`.
fn one_line(text: &str, quotes: usize) -> String {
    let mut joined = String::new();
    for line in text.lines() {
        let mut line = line.trim();
        if !joined.is_empty() {
            for _ in 0..quotes {
                line = line.strip_prefix('>').unwrap_or(line).trim_start();
            }
        }
        join(&mut joined, line);
    }
    joined
}

/// Appends a line: with a blank, but for two Chinese ones.
pub fn join(text: &mut String, line: &str) {
    let wide = |letter: char| is_han(letter) || "，。、；：？！（）“”‘’《》…—".contains(letter);
    let ends_wide = text.chars().next_back().is_none_or(wide);
    let begins_wide = line.chars().next().is_none_or(wide);
    if !(ends_wide && begins_wide) {
        text.push(' ');
    }
    text.push_str(line);
    if text.starts_with(' ') {
        text.remove(0);
    }
}

/// mdBook's rule for anchors: letters, digits, `_` and `-` stay, blanks become `-`, the rest goes.
pub fn slug(title: &str) -> String {
    let title = title.trim().to_lowercase();
    let kept = title.chars().filter_map(|letter| match letter {
        _ if letter.is_alphanumeric() || letter == '_' || letter == '-' => Some(letter),
        _ if letter.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// A second heading of the same name gets `-1`, as in mdBook.
pub fn unique(slug: String, anchors: &mut HashSet<String>) -> String {
    let mut candidate = slug.clone();
    let mut counter = 0;
    while !anchors.insert(candidate.clone()) {
        counter += 1;
        candidate = format!("{slug}-{counter}");
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# 1 A page

One *paragraph* with `code`,
on two lines, and \\*a star.

## Twice

- an item
  on two lines
- `only code`

> quoted, and
> broken

## Twice

| Head | `x` |
|---|---|
| a cell with `a \\| b` | 12 ms |

<div class=\"predict\">

**Predict.** What?

<details>
<summary>Does <code>send</code> wait?</summary>

No.

</details>

</div>

<figure class=\"recording\" data-recording=\"x\">
{{#include x.svg}}
<script type=\"application/json\">{{#include x.play.json}}</script>
<figcaption>A caption
on two lines.</figcaption>
</figure>

```rust
let a = \"text\"; // a comment
# // hidden
```

```text,output
printed // stays
```
";

    #[test]
    fn every_text_is_found_and_no_code() {
        let found = segments(PAGE);
        let sources: Vec<(&str, &str)> = found
            .iter()
            .filter(|segment| needs_translation(&segment.source))
            .map(|segment| (segment.kind.name(), segment.source.as_str()))
            .collect();
        assert_eq!(
            sources,
            [
                ("heading", "1 A page"),
                (
                    "text",
                    "One *paragraph* with `code`, on two lines, and \\*a star."
                ),
                ("heading", "Twice"),
                ("text", "an item on two lines"),
                ("text", "quoted, and broken"),
                ("heading", "Twice"),
                ("cell", "Head"),
                ("cell", "a cell with `a \\| b`"),
                ("text", "**Predict.** What?"),
                ("html", "Does <code>send</code> wait?"),
                ("text", "No."),
                ("html", "A caption on two lines."),
                ("comment in code", "a comment"),
            ]
        );
    }

    #[test]
    fn only_texts_change_and_headings_keep_their_anchors() {
        let same = translated(PAGE, |_| None);
        let anchors = ["1-a-page", "twice", "twice-1"].map(|anchor| format!(" {{#{anchor}}}"));
        let mut bare = same.clone();
        for anchor in &anchors {
            assert!(same.contains(anchor.as_str()), "{anchor}");
            bare = bare.replace(anchor.as_str(), "");
        }
        assert_eq!(bare, PAGE);

        let other = translated(PAGE, |source| match source {
            "Twice" => Some("两次".into()),
            "an item on two lines" => Some("一项".into()),
            "quoted, and broken" => Some("引文".into()),
            "a comment" => Some("注释".into()),
            "Does <code>send</code> wait?" => Some("<code>send</code> 会等吗？".into()),
            _ => None,
        });
        for part in [
            "## 两次 {#twice}\n",
            "## 两次 {#twice-1}\n",
            "- 一项\n- `only code`\n",
            "> 引文\n",
            "let a = \"text\"; // 注释\n# // hidden\n",
            "<summary><code>send</code> 会等吗？</summary>",
        ] {
            assert!(other.contains(part), "{part}\nis not in\n{other}");
        }
    }

    #[test]
    fn a_message_is_read_without_its_marks() {
        assert_eq!(
            plain("**Predict.** What does [`recv`](common.md#recv) return, <kbd>x</kbd>?"),
            "Predict. What does \u{1} return, \u{1}?"
        );
        assert_eq!(plain("Does <code>send</code> wait?"), "Does \u{1} wait?");
        assert_eq!(plain("# no heading"), "# no heading");
        assert!(!needs_translation("`recv` · `send`: 12.5 µs, 3 MB"));
        assert!(!needs_translation("{{#words calls}}"));
        assert!(needs_translation("12 times"));
    }

    #[test]
    fn chinese_lines_are_joined_without_a_blank() {
        assert_eq!(one_line("中文\n两行 a\nb，\n完", 0), "中文两行 a b，完");
    }
}
