//! The words in a diagram and in its recording.
//!
//! In an SVG these are its title, its label, and its texts; in a recording, its title and its
//! notes. Numbers in them are `{0}`, `{1}` …, because a new recording of a diagram has others.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::page::needs_translation;

/// The messages of a picture, in their order, each once.
pub fn messages(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let sources = places(text).into_iter().map(|place| {
        let (source, _) = without_numbers(&unescape(&text[place]));
        source
    });
    sources
        .filter(|source| has_words(source) && seen.insert(source.clone()))
        .collect()
}

/// The picture in another language.
pub fn translated(text: &str, translation: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for place in places(text) {
        let (source, numbers) = without_numbers(&unescape(&text[place.clone()]));
        let Some(mut with) = translation(&source) else {
            continue;
        };
        for (index, number) in numbers.iter().enumerate() {
            with = with.replace(&format!("{{{index}}}"), number);
        }
        out.push_str(&text[end..place.start]);
        out.push_str(&escape(&with));
        end = place.end;
    }
    out.push_str(&text[end..]);
    out
}

/// Flags, states and calls are no words: `SYN ACK`, `close() = 0`.
fn has_words(source: &str) -> bool {
    let words = source.split(|letter: char| !letter.is_alphanumeric() && !"_(".contains(letter));
    let lower =
        |word: &str| word.len() > 2 && word.chars().all(|letter| letter.is_ascii_lowercase());
    needs_translation(source) && words.flat_map(|word| word.rsplit('(').next()).any(lower)
}

fn places(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    if text.trim_start().starts_with('{') {
        for (start, end) in [("\"title\":\"", "\""), ("\"note\",\"text\":\"", "\"")] {
            between(text, start, end, &mut places);
        }
    } else {
        between(text, " aria-label=\"", "\"", &mut places);
        for name in ["title", "desc", "text", "tspan"] {
            for start in [format!("<{name}>"), format!("<{name} ")] {
                between(text, &start, "<", &mut places);
            }
        }
    }
    places.sort_by_key(|place| place.start);
    places
}

/// What stands between `start` and `end`; behind the rest of the tag, if `start` isn't all of it.
fn between(text: &str, start: &str, end: &str, places: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices(start) {
        let mut from = at + start.len();
        if start.starts_with('<') && start.ends_with(' ') {
            let Some(length) = text[from..].find('>') else {
                continue;
            };
            from += length + 1;
        }
        if let Some(length) = text[from..].find(end) {
            if !text[from..from + length].trim().is_empty() {
                places.push(from..from + length);
            }
        }
    }
}

/// A text with `{0}` for its first number, and the numbers: `5`, `1,024`, `127.0.0.1:8002`. A number in a
/// name stays: IPv6.
fn without_numbers(text: &str) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut numbers: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter.is_ascii_digit() && !before.is_alphanumeric() && before != '_' {
            let mut end = at + 1;
            while let Some((next, _)) =
                letters.next_if(|(_, next)| next.is_ascii_digit() || ".,:".contains(*next))
            {
                end = next + 1;
            }
            let number = text[at..end].trim_end_matches(['.', ',', ':']);
            out.push_str(&format!("{{{}}}", numbers.len()));
            out.push_str(&text[at + number.len()..end]);
            numbers.push(number.to_owned());
        } else {
            out.push(letter);
        }
        before = letter;
    }
    (out, numbers)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &str = "<svg aria-label=\"Five bytes there\"><title>Five bytes there</title>\
        <text x=\"1\">client</text><text x=\"2\">send(5 bytes) = 5</text><text>SYN ACK</text>\
        <text>close() = 0</text></svg>";

    #[test]
    fn words_are_found_and_numbers_are_left_out() {
        assert_eq!(
            messages(PICTURE),
            ["Five bytes there", "client", "send({0} bytes) = {1}"]
        );
        let recording = "{\"name\":\"x\",\"title\":\"A reset\",\"steps\":[]}";
        assert_eq!(messages(recording), ["A reset"]);
    }

    #[test]
    fn an_address_is_one_number_and_a_colon_after_one_stays() {
        let text = "<svg><text>client 1: sendto(5 bytes, 127.0.0.1:8002) = 5</text></svg>";
        let source = "client {0}: sendto({1} bytes, {2}) = {3}";
        assert_eq!(messages(text), [source]);
        let other = translated(text, |it| (it == source).then(|| "{0}：{1} 到 {2}".into()));
        assert_eq!(other, "<svg><text>1：5 到 127.0.0.1:8002</text></svg>");
    }

    #[test]
    fn a_translation_gets_the_numbers_back() {
        let other = translated(PICTURE, |source| match source {
            "Five bytes there" => Some("五个字节".into()),
            "send({0} bytes) = {1}" => Some("send({0} 字节) = {1}".into()),
            _ => None,
        });
        assert!(
            other.contains("aria-label=\"五个字节\"><title>五个字节</title>"),
            "{other}"
        );
        assert!(
            other.contains(">send(5 字节) = 5</text><text>SYN ACK"),
            "{other}"
        );
        assert_eq!(translated(PICTURE, |_| None), PICTURE);
    }
}
