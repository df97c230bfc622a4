//! Reads scripts and their lines: see scripts/README.md for the language.

use std::collections::HashMap;
use std::time::Duration;

/// Its table of what differs from Python has the reason of each difference.
const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");

/// Says to a runner that there is no IPv6 here.
pub const NO_IPV6: &str = "SOCKETBOOK_NO_IPV6";

/// A script: a title and lines.
pub struct Script {
    pub title: String,
    pub lines: Vec<Line>,
}

impl Script {
    /// Its title says so. Without IPv6 a call would fail, and one that waits for it never return.
    pub fn needs_ipv6(&self) -> bool {
        self.title.ends_with("(IPv6)")
    }
}

pub struct Line {
    pub number: usize,
    pub text: String,
    pub differs: Option<Differs>,
}

/// Where the two are known to differ: what each gives, and why.
#[derive(Default)]
pub struct Differs {
    pub python: String,
    pub rust: String,
    pub why: String,
}

/// The scripts of a file. What is wrong with it is said by file and line.
pub fn read(path: &str, text: &str) -> Vec<Script> {
    let mut scripts: Vec<Script> = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let (number, text) = (at + 1, text.trim_end());
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(title) = text.strip_prefix("== ") {
            let (title, lines) = (title.to_owned(), Vec::new());
            scripts.push(Script { title, lines });
            continue;
        }
        let script = scripts.last_mut();
        let script = script.unwrap_or_else(|| panic!("{path}:{number}: a line before any title"));
        if !text.starts_with(' ') {
            script.lines.push(Line {
                number,
                text: text.to_owned(),
                differs: None,
            });
            continue;
        }
        let line = script.lines.last_mut();
        let line = line.unwrap_or_else(|| panic!("{path}:{number}: a note to no line"));
        let differs = line.differs.get_or_insert_default();
        match text.trim_start().split_once(": ") {
            Some(("python", outcome)) => differs.python = outcome.to_owned(),
            Some(("rust", outcome)) => differs.rust = outcome.to_owned(),
            Some(("differs", why)) => differs.why = why.to_owned(),
            _ => panic!("{path}:{number}: a note is python:, rust: or differs:"),
        }
    }
    for line in scripts.iter().flat_map(|script| &script.lines) {
        if let Some(Differs { python, rust, why }) = &line.differs {
            let whole = !python.is_empty() && !rust.is_empty() && !why.is_empty();
            let number = line.number;
            assert!(whole, "{path}:{number}: it takes python:, rust:, differs:");
            assert_ne!(python, rust, "{path}:{number}: where is the difference?");
            let row = format!(" | {why} |\n");
            assert!(
                ARCHITECTURE.contains(&row),
                "{path}:{number}: the table of ARCHITECTURE.md has no row with the reason {why:?}"
            );
        }
    }
    scripts
}

/// One argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// In quotes.
    Text(Vec<u8>),
    Word(String),
}

/// A line that calls something: `go NAME after N: timed MS: targets = object.verb args`.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub background: Option<String>,
    pub after: usize,
    pub timed: Option<Duration>,
    pub targets: Vec<String>,
    pub object: Option<String>,
    pub verb: String,
    pub args: Vec<Arg>,
    pub keys: HashMap<String, String>,
}

impl Call {
    pub fn read(text: &str, dir: &str) -> Call {
        let mut call = Call::default();
        let mut text = text;
        if let Some((name, rest)) = prefix(text, "go ") {
            text = rest;
            let mut words = name.split(" after ");
            call.background = words.next().map(str::to_owned);
            call.after = words.next().map_or(0, |many| many.parse().unwrap());
        }
        if let Some((millis, rest)) = prefix(text, "timed ") {
            text = rest;
            call.timed = Some(Duration::from_millis(millis.parse().unwrap()));
        }
        let name = |c: char| c.is_alphanumeric() || "_, ".contains(c);
        let assigned = text.split_once(" = ");
        if let Some((targets, rest)) = assigned.filter(|(targets, _)| targets.chars().all(name)) {
            text = rest;
            call.targets = targets.split(", ").map(str::to_owned).collect();
        }
        let (verb, mut rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb.split_once('.') {
            Some((object, verb)) => {
                call.object = Some(object.to_owned());
                call.verb = verb.to_owned();
            }
            None => call.verb = verb.to_owned(),
        }
        while !rest.trim_start().is_empty() {
            rest = call.read_argument(rest.trim_start(), dir);
        }
        call
    }

    fn read_argument<'t>(&mut self, text: &'t str, dir: &str) -> &'t str {
        if let Some(quoted) = text.strip_prefix('"') {
            let (bytes, rest) = unescape(quoted, dir);
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let times = word.strip_prefix('*').map_or(1, |n| n.parse().unwrap());
            self.args.push(Arg::Text(bytes.repeat(times)));
            return after;
        }
        let (word, after) = text.split_once(' ').unwrap_or((text, ""));
        match word.split_once('=') {
            Some((key, value)) => {
                self.keys.insert(key.to_owned(), value.to_owned());
            }
            None => self.args.push(Arg::Word(word.to_owned())),
        }
        after
    }

    pub fn word(&self, at: usize) -> &str {
        match self.args.get(at) {
            Some(Arg::Word(word)) => word,
            _ => panic!("{}: argument {at} is to be a word", self.verb),
        }
    }

    pub fn bytes(&self, at: usize) -> &[u8] {
        match self.args.get(at) {
            Some(Arg::Text(bytes)) => bytes,
            _ => panic!("{}: argument {at} is to be in quotes", self.verb),
        }
    }

    pub fn text(&self, at: usize) -> &str {
        std::str::from_utf8(self.bytes(at)).unwrap()
    }

    pub fn key(&self, name: &str) -> Option<&str> {
        self.keys.get(name).map(String::as_str)
    }
}

fn prefix<'t>(text: &'t str, prefix: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(prefix)?.split_once(": ")
}

/// The bytes up to the closing quote, and the text behind it.
fn unescape<'t>(text: &'t str, dir: &str) -> (Vec<u8>, &'t str) {
    let mut bytes = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        let rest = &text[at..];
        match char {
            '"' => return (bytes, &rest[1..]),
            '$' if rest.starts_with("$dir") => {
                bytes.extend_from_slice(dir.as_bytes());
                chars.nth(2);
            }
            '$' if rest.starts_with("$pid") => {
                bytes.extend_from_slice(std::process::id().to_string().as_bytes());
                chars.nth(2);
            }
            '\\' => match chars.next().unwrap().1 {
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                '0' => bytes.push(0),
                'x' => {
                    bytes.push(u8::from_str_radix(&rest[2..4], 16).unwrap());
                    chars.nth(1);
                }
                other => bytes.extend_from_slice(other.to_string().as_bytes()),
            },
            char => bytes.extend_from_slice(char.to_string().as_bytes()),
        }
    }
    panic!("a quote without an end: {text}");
}
