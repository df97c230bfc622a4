//! The comments of a block of code.

use std::ops::Range;

use crate::is_han;

/// A comment: one or more whole lines, or what stands behind the code of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From the first comment mark to the end of the last line, in the code.
    pub range: Range<usize>,
    /// The comment mark, such as `//`.
    pub mark: &'static str,
    /// The blanks before it, if it has its line to itself.
    pub indent: Option<String>,
    pub text: String,
    /// The widest of its lines, in columns.
    width: usize,
}

impl Comment {
    /// The comment with another text, broken into lines that are about as wide.
    pub fn with(&self, text: &str) -> String {
        let Some(indent) = &self.indent else {
            return format!("{} {text}", self.mark).trim().to_owned();
        };
        let used = indent.len() + self.mark.len() + 1;
        let room = self.width.max(42).saturating_sub(used).max(20);
        let lines = wrap(text, room);
        let lines: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {line}", self.mark).trim().to_owned())
            .collect();
        lines.join(&format!("\n{indent}"))
    }
}

/// What begins a comment in a language; none for one that has no comments.
fn mark_of(language: &str) -> Option<&'static str> {
    match language {
        "rust" | "c" => Some("//"),
        "python" | "sh" | "toml" | "console" => Some("#"),
        _ => None,
    }
}

/// The comments of some code that a reader sees.
pub fn find(language: &str, code: &str) -> Vec<Comment> {
    let Some(mark) = mark_of(language) else {
        return notes(language, code);
    };
    let mut found: Vec<Comment> = Vec::new();
    let mut lexer = Lexer::Code;
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim_end();
        let hidden = language == "rust" && (text == "#" || text.starts_with("# "));
        // In a console only what is typed has comments.
        let at = if language == "console" && !text.starts_with("$ ") && !text.starts_with("# ") {
            None
        } else {
            comment_in(text, mark, language, &mut lexer)
        };
        if let (Some(at), false) = (at, hidden) {
            push(&mut found, code, start, text, at, mark);
        }
        start += line.len();
    }
    found
}

fn push(
    found: &mut Vec<Comment>,
    code: &str,
    start: usize,
    line: &str,
    at: usize,
    mark: &'static str,
) {
    let mark = match mark {
        "//" if line[at..].starts_with("//!") => "//!",
        "//" if line[at..].starts_with("///") => "///",
        other => other,
    };
    let text = line[at + mark.len()..].trim();
    let whole = line[..at].trim().is_empty();
    let range = start + at..start + line.len();
    let width = columns(line);
    if let Some(last) = found.last_mut() {
        // A line of the same comment: a blank comment line between would end it.
        let between = &code[last.range.end..range.start];
        if whole
            && !text.is_empty()
            && !last.text.is_empty()
            && last.mark == mark
            && last.indent.as_deref() == Some(&line[..at])
            && between.trim().is_empty()
            && between.matches('\n').count() == 1
        {
            last.range.end = range.end;
            last.text.push(' ');
            last.text.push_str(text);
            last.width = last.width.max(width);
            return;
        }
    }
    found.push(Comment {
        range,
        mark,
        indent: whole.then(|| line[..at].to_owned()),
        text: text.to_owned(),
        width,
    });
}

/// In a `text` block that no program printed, a line in parentheses speaks to the reader.
fn notes(language: &str, code: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        if language == "text" && text.starts_with(['(', '（']) && text.ends_with([')', '）']) {
            let at = start + line.len() - line.trim_start().len();
            found.push(Comment {
                range: at..at + text.len(),
                mark: "",
                indent: None,
                text: text.to_owned(),
                width: 0,
            });
        }
        start += line.len();
    }
    found
}

/// The code without its comments. Two blocks that are the same but for these are the same code.
pub fn without(language: &str, code: &str) -> String {
    let mut bare = code.to_owned();
    for comment in find(language, code).into_iter().rev() {
        bare.replace_range(comment.range, "");
    }
    let lines = bare.lines().map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Where the lexer is when a line ends.
enum Lexer {
    Code,
    /// In a string: what ends it, and whether a backslash escapes.
    Text {
        end: String,
        escapes: bool,
    },
}

/// Where a comment begins in a line.
fn comment_in(line: &str, mark: &str, language: &str, lexer: &mut Lexer) -> Option<usize> {
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let first = rest.chars().next().expect("it isn't empty");
        if let Lexer::Text { end, escapes } = lexer {
            if *escapes && first == '\\' {
                at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            } else if rest.starts_with(end.as_str()) {
                at += end.len();
                *lexer = Lexer::Code;
            } else {
                at += first.len_utf8();
            }
            continue;
        }
        if rest.starts_with(mark) {
            // `#` within a word is none: `$#`, `a#b`.
            let before = line[..at].chars().next_back();
            if mark == "//" || before.is_none_or(char::is_whitespace) {
                return Some(at);
            }
        }
        let (length, next) = string_at(rest, &line[..at], language);
        at += length.unwrap_or(first.len_utf8());
        if let Some(next) = next {
            *lexer = next;
        }
    }
    // A string in quotes of one kind ends with its line, except in Rust.
    if language != "rust" && matches!(lexer, Lexer::Text { end, .. } if end.len() == 1) {
        *lexer = Lexer::Code;
    }
    None
}

/// Whether a string or a character begins here: how long its beginning is, and where the lexer
/// is then.
fn string_at(rest: &str, before: &str, language: &str) -> (Option<usize>, Option<Lexer>) {
    let text = |end: &str, escapes| Lexer::Text {
        end: end.into(),
        escapes,
    };
    if language == "python" {
        for quotes in ["\"\"\"", "'''"] {
            if rest.starts_with(quotes) {
                return (Some(3), Some(text(quotes, true)));
            }
        }
    }
    if language == "rust" {
        let in_word = before
            .chars()
            .next_back()
            .is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let raw = ["r", "br", "cr"].iter().find_map(|prefix| {
            let hashes = rest.strip_prefix(prefix)?;
            let count = hashes.len() - hashes.trim_start_matches('#').len();
            hashes[count..]
                .starts_with('"')
                .then_some((prefix.len(), count))
        });
        if let (Some((prefix, count)), false) = (raw, in_word) {
            let end = format!("\"{}", "#".repeat(count));
            return (Some(prefix + count + 1), Some(text(&end, false)));
        }
        if let Some(character) = rest.strip_prefix('\'') {
            // A character, or a lifetime, which has no second quote.
            let mut letters = character.char_indices();
            let length = match letters.next() {
                Some((_, '\\')) => character[2..].find('\'').map(|end| end + 2),
                _ => letters
                    .next()
                    .filter(|(_, letter)| *letter == '\'')
                    .map(|(end, _)| end),
            };
            return (length.map(|length| length + 2), None);
        }
        return match rest.starts_with('"') {
            true => (Some(1), Some(text("\"", true))),
            false => (None, None),
        };
    }
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let escapes = !(quote == '\'' && matches!(language, "sh" | "console"));
            (Some(1), Some(text(&quote.to_string(), escapes)))
        }
        _ => (None, None),
    }
}

/// The width in a terminal: a Chinese character takes two columns.
fn columns(text: &str) -> usize {
    let wide = |letter| {
        is_han(letter) || matches!(letter, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    };
    text.chars()
        .map(|letter| 1 + usize::from(wide(letter)))
        .sum()
}

/// Breaks a text at blanks, and between Chinese characters.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if !line.is_empty() && columns(&line) + columns(piece.trim_end()) > room {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        line.push_str(piece);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// What a line break may not part: a word with its blank, a character with its punctuation.
fn pieces(text: &str) -> Vec<&str> {
    let stays_before = |letter: char| "，。、；：？！）”’》…".contains(letter);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, letter) in text.char_indices() {
        let breaks = before.is_some_and(|before| {
            before == ' '
                || (!stays_before(letter)
                    && letter != ' '
                    && !"（“‘《".contains(before)
                    && (is_han(before) || stays_before(before) || is_han(letter)))
        });
        if breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(letter);
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(language: &str, code: &str) -> Vec<String> {
        let found = find(language, code);
        found.into_iter().map(|comment| comment.text).collect()
    }

    #[test]
    fn strings_are_no_comments() {
        let code = "let a = \"http://x\"; // one\nlet b = r#\"// \"no\"#; // two\n\
                    let c = '\"'; let d: &'static str = \"//\n//\"; // three\nlet e = '\\''; // 四\n";
        assert_eq!(texts("rust", code), ["one", "two", "three", "四"]);
        let code = "a = '#' # one\nb = \"\"\"# no\n# no\"\"\"  # two\nc = a#no\n";
        assert_eq!(texts("python", code), ["one", "two"]);
        assert_eq!(
            texts("console", "$ ss 'a # b'  # typed\nprinted # not\n"),
            ["typed"]
        );
    }

    #[test]
    fn lines_of_one_comment_are_one_text_and_hidden_ones_none() {
        let code = "// one\n// two\n\n// three\nf(); // four\n    // five\n# // hidden\n";
        assert_eq!(texts("rust", code), ["one two", "three", "four", "five"]);
    }

    #[test]
    fn the_code_stays_when_a_comment_gets_other_words() {
        let code = "if a {\n    // It is said in so many words that one line is not enough for\n    \
                    // them.\n    f(); // end\n}\n";
        let mut other = code.to_owned();
        for comment in find("rust", code).into_iter().rev() {
            let text = "这里要说的话很多，一行写不下，所以分成两行来写，好让读者看得清楚明白 recv 是什么。";
            let text = if comment.indent.is_some() {
                text
            } else {
                "结束"
            };
            other.replace_range(comment.range.clone(), &comment.with(text));
        }
        assert!(
            other.contains("\n    // 这里") && other.contains("f(); // 结束\n}"),
            "{other}"
        );
        assert_eq!(other.matches("// ").count(), 3, "{other}");
        assert_eq!(without("rust", &other), without("rust", code));
        assert_eq!(without("rust", code), "if a {\n    f();\n}");
        assert_ne!(without("rust", "f(\"a\");"), without("rust", "f(\"b\");"));
    }

    #[test]
    fn notes_in_shown_text() {
        assert_eq!(
            texts("text", "GET /\n(an empty line)\n"),
            ["(an empty line)"]
        );
    }
}
