//! Runs the programs of the book and compares what they print with what it shows.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Mutex, atomic};
use std::time::Duration;

use regex_lite::{Captures, Regex};

use crate::markdown;
use crate::programs::{self, Program, Source};

/// The longest a program may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// What differs from run to run, and the name it is compared by. The first group
/// of a pattern is the text that shows what the second one is.
///
/// `book/WRITING.md` explains these rules to those who write chapters.
const VOLATILE: [(&str, &str); 5] = [
    // Ports the kernel hands out have five digits on every system; 8888 has not.
    (
        "port",
        r"((?:\d|\]|localhost):|\b[Pp]orts? (?:is |= )?|port=|', )(\d{5})\b",
    ),
    (
        "descriptor",
        r"(\bfd[ =:]+|\bfileno(?:\(\))?[ =:]+|\b[Dd]escriptors? )(\d+)\b",
    ),
    ("process", r"(\b[Pp](?:id|ID)[ =:]+|\bprocess )(\d+)\b"),
    ("temporary file", r#"()(/tmp/[^\s"'`)]+)"#),
    // A measured time, as `{:?}` prints it. A rounded one, `2.0 s`, is compared.
    ("duration", r"()(\d+\.\d{3,} ?(?:ns|µs|us|ms|s)\b)"),
];

/// Replaces what is volatile by its kind and its number: the first port of the
/// text is `<port 1>` wherever it stands, the next one `<port 2>`.
pub fn masked(text: &str) -> String {
    masked_beside(text, "")
}

/// As [`masked`], for what a program prints where the book shows `shown`. Two ports that are different in
/// the book may be the same in one run: the system hands out those of TCP and of UDP each for itself.
pub fn masked_beside(printed: &str, shown: &str) -> String {
    let mut text = printed.to_owned();
    for (kind, pattern) in VOLATILE {
        let pattern = Regex::new(pattern).expect("the pattern is tested");
        let mut places = pattern
            .captures_iter(shown)
            .map(|found| found[2].to_owned());
        let mut stands_for: HashMap<String, String> = HashMap::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let replaced = pattern.replace_all(&text, |found: &Captures<'_>| {
            let value = &found[2];
            let shown = places.next().filter(|_| kind == "port");
            let same = |shown: &String| {
                stands_for.entry(shown.clone()).or_insert(value.to_owned()) == value
            };
            let name = shown.filter(same).unwrap_or(value.to_owned());
            let next = seen.len() + 1;
            let number = *seen.entry(name).or_insert(next);
            // Two measured times are never the same, so nothing is to be counted.
            let number = if kind == "duration" {
                String::new()
            } else {
                format!(" {number}")
            };
            format!("{}<{kind}{number}>", &found[1])
        });
        text = replaced.into_owned();
    }
    text
}

/// What a program did.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub end: End,
}

#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Success,
    Failure,
    /// It was ended, because it took longer than the limit.
    TimedOut,
}

/// Runs a program to its end, or ends it after `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Run {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let stderr = read_aside(child.stderr.take());
    let stdout = read_aside(child.stdout.take());
    let (said, output) = wait(&mut child, &stdout, limit);
    let end = match said {
        None => End::TimedOut,
        Some(status) if status.success() => End::Success,
        Some(_) => End::Failure,
    };
    Run {
        stdout: output,
        stderr: stderr.recv().unwrap_or_default(),
        end,
    }
}

/// A program is over when it has closed its output: that can be waited for with a limit.
fn wait(
    child: &mut Child,
    stdout: &mpsc::Receiver<String>,
    limit: Duration,
) -> (Option<std::process::ExitStatus>, String) {
    match stdout.recv_timeout(limit) {
        Ok(output) => (Some(child.wait().expect("it is our child")), output),
        Err(_) => {
            child.kill().expect("it is our child, and not waited for");
            child.wait().expect("it is our child");
            (None, stdout.recv().unwrap_or_default())
        }
    }
}

/// Reads to the end in a thread of its own, so that a full pipe stops nobody.
fn read_aside(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let mut pipe = pipe.expect("the child was started with pipes");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe cannot fail; and if it did, the comparison would show it.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// What the machine lacks, where a program says that it did nothing for want of it: a line of
/// standard error such as `SKIPPED: no IPv6 here`. Its output is not compared.
pub fn skipped(run: &Run) -> Option<&str> {
    let mut said = run.stderr.lines();
    said.find(|line| line.starts_with("SKIPPED: "))
        .filter(|_| run.end == End::Success)
}

/// Says aloud that a program was skipped. In CI none may be.
fn must_not_be_skipped(program: &Program, why: &str, repository: &Path) -> Option<Mismatch> {
    let said = format!("{why}: the output of {}", program.id(repository));
    if std::env::var_os("CI").is_none() {
        crate::say_aloud(&said);
        return None;
    }
    Some(Mismatch {
        message: format!("not to be in CI: {said}"),
        printed: None,
    })
}

/// A program whose output is not what the book shows.
#[derive(Debug)]
pub struct Mismatch {
    /// What is wrong, beginning with `file:line: `.
    pub message: String,
    /// What the program printed, where it ended as it should.
    pub printed: Option<String>,
}

/// Compares a run with the output shown, and says what differs.
pub fn compare(program: &Program, run: &Run, repository: &Path) -> Option<Mismatch> {
    let file = program
        .file
        .strip_prefix(repository)
        .unwrap_or(&program.file)
        .display();
    let at = program.id(repository);
    if run.end == End::TimedOut {
        let message = format!(
            "{at}: the program was still running after {} s. It had printed:\n{}{}",
            TIME_LIMIT.as_secs(),
            indented(&run.stdout),
            indented(&run.stderr),
        );
        return Some(Mismatch {
            message,
            printed: None,
        });
    }
    let should_panic = matches!(&program.source, Source::Block(block) if block.has("should_panic"));
    if (run.end == End::Failure) != should_panic {
        let what = if should_panic {
            "did not panic, and should"
        } else {
            "failed"
        };
        let message = format!(
            "{at}: the program {what}. It said:\n{}",
            indented(&run.stderr)
        );
        return Some(Mismatch {
            message,
            printed: None,
        });
    }

    let (shown, printed) = (&program.output.body, &run.stdout);
    let (shown_masked, printed_masked) = (masked(shown), masked_beside(printed, shown));
    let (mut left, mut right) = (shown_masked.lines(), printed_masked.lines());
    let mut line = 0;
    loop {
        let pair = (left.next(), right.next());
        if pair == (None, None) {
            return None;
        }
        if pair.0 != pair.1 {
            break;
        }
        line += 1;
    }
    let nth = |text: &str, end| {
        text.lines()
            .nth(line)
            .map_or_else(|| String::from(end), quoted)
    };
    let message = format!(
        "{file}:{}: the book shows something else than the program at {at} prints\n    \
         the book:    {}\n    the program: {}\n    (compared as:  {}\n             and:  {})",
        program.output.line + 1 + line,
        nth(shown, "(ends here)"),
        nth(printed, "(ends here)"),
        nth(&shown_masked, "(ends here)"),
        nth(&printed_masked, "(ends here)"),
    );
    Some(Mismatch {
        message,
        printed: Some(printed.clone()),
    })
}

fn quoted(line: &str) -> String {
    format!("|{line}|")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// Runs every program and gives the mismatches, in the order of the programs.
pub fn check(binary: &Path, programs: &[Program], repository: &Path) -> Vec<(usize, Mismatch)> {
    let examples = build_examples(programs, repository);
    let next = atomic::AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Most of them wait, for each other or for a timeout.
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, atomic::Ordering::Relaxed);
                    let Some(program) = programs.get(index) else {
                        break;
                    };
                    let mut command = match &program.source {
                        Source::Block(_) => {
                            let mut command = Command::new(binary);
                            command.arg(program.id(repository));
                            command
                        }
                        Source::Example { name, arguments } => {
                            let mut command = Command::new(examples.join(name));
                            // The book's outputs are English.
                            command.args(arguments).env("LC_ALL", "C");
                            command
                        }
                    };
                    let run = run(command.current_dir(repository), TIME_LIMIT);
                    let mismatch = match skipped(&run) {
                        Some(why) => must_not_be_skipped(program, why, repository),
                        None => compare(program, &run, repository),
                    };
                    if let Some(mismatch) = mismatch {
                        found.lock().unwrap().push((index, mismatch));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(index, _)| *index);
    found
}

/// Builds the examples that are needed, and gives the folder they are in.
///
/// `cargo test` at the root has built them already; `cargo test -p book-check` has not.
fn build_examples(programs: &[Program], repository: &Path) -> PathBuf {
    let names = programs.iter().filter_map(|program| match &program.source {
        Source::Example { name, .. } => Some(name),
        Source::Block(_) => None,
    });
    let arguments: Vec<&str> = names.flat_map(|name| ["--example", name]).collect();
    if !arguments.is_empty() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            // Of the default packages, as `cargo test` builds them: for one alone cargo would choose
            // other features of its dependencies, and build those again.
            .args(["build", "--quiet"])
            .args(&arguments)
            .current_dir(repository)
            .status()
            .expect("cargo runs this test, so it can be run");
        assert!(built.success(), "the examples {arguments:?} do not compile");
    }
    crate::built().join("examples")
}

/// Puts what was printed in place of what is shown, for all mismatches of one file.
pub fn rewritten(text: &str, changes: &[(&Program, &str)]) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    // From the last to the first, so that the lines before keep their numbers.
    let mut changes = changes.to_vec();
    changes.sort_by_key(|(program, _)| std::cmp::Reverse(program.output.line));
    for (program, printed) in changes {
        let first = program.output.line;
        let count = program.output.body.lines().count();
        lines.splice(first..first + count, printed.split_inclusive('\n'));
    }
    let mut text = String::new();
    for line in lines {
        // What was printed may end without a newline; the fence needs its own line.
        text.push_str(line.strip_suffix('\n').unwrap_or(line));
        text.push('\n');
    }
    text
}

/// The outputs shown in the Markdown files below `folder`.
///
/// # Panics
///
/// On an output that belongs to no program: the rules say how to mend it.
pub fn shown_in(folder: &Path) -> Vec<Program> {
    let mut programs = Vec::new();
    for file in markdown::files(folder) {
        let text = fs::read_to_string(&file).expect("it was listed");
        match programs::of_text(&file, &text) {
            Ok(found) => programs.extend(found),
            Err((line, why)) => panic!("{}:{line}: {why}", file.display()),
        }
    }
    programs
}
