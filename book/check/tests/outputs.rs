//! What the book shows as printed is what its programs print.
//!
//! After a deliberate change `UPDATE_OUTPUTS=1 cargo test -p book-check` rewrites
//! the book.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use book_check::outputs::{self, End, Mismatch};
use book_check::programs::{self, Program};
use book_check::{built, repository, sources};

fn binary() -> PathBuf {
    built().join("book-check")
}

#[test]
fn every_output_shown_is_the_one_printed() {
    let repository = repository();
    let programs: Vec<Program> = sources(&repository)
        .iter()
        .flat_map(|source| outputs::shown_in(source))
        .collect();
    let mismatches = outputs::check(&binary(), &programs, &repository);
    println!("{} outputs compared", programs.len());
    if std::env::var_os("UPDATE_OUTPUTS").is_some() {
        let failed = rewrite(&programs, &mismatches);
        assert!(
            failed.is_empty(),
            "these could not be rewritten:\n\n{}",
            failed.join("\n\n")
        );
        return;
    }
    let messages: Vec<&str> = mismatches
        .iter()
        .map(|(_, found)| found.message.as_str())
        .collect();
    assert!(
        messages.is_empty(),
        "\n\n{}\n\nIf the program is right and the book is not, this rewrites the book:\n\
         UPDATE_OUTPUTS=1 cargo test -p book-check\n",
        messages.join("\n\n"),
    );
}

/// Writes the printed outputs into the book, and gives what cannot be written:
/// a program that fails has no right output.
fn rewrite(programs: &[Program], mismatches: &[(usize, Mismatch)]) -> Vec<String> {
    let mut failed = Vec::new();
    let mut files: BTreeMap<&Path, Vec<(&Program, &str)>> = BTreeMap::new();
    for (index, mismatch) in mismatches {
        let program = &programs[*index];
        match &mismatch.printed {
            Some(printed) => files
                .entry(&program.file)
                .or_default()
                .push((program, printed)),
            None => failed.push(mismatch.message.clone()),
        }
    }
    for (file, changes) in files {
        let text = std::fs::read_to_string(file).expect("it was read before");
        std::fs::write(file, outputs::rewritten(&text, &changes)).expect("the book can be written");
        println!("{}: {} outputs rewritten", file.display(), changes.len());
    }
    failed
}

fn fixture(name: &str) -> (PathBuf, Vec<Program>, String) {
    let repository = repository();
    let file = repository.join("book/check/tests/fixtures").join(name);
    let text = std::fs::read_to_string(&file).unwrap();
    let programs = programs::of_text(&file, &text).unwrap();
    (repository, programs, text)
}

#[test]
fn right_outputs_pass() {
    let (repository, programs, _) = fixture("right.md");
    assert_eq!(programs.len(), 5);
    let mismatches = outputs::check(&binary(), &programs, &repository);
    assert!(mismatches.is_empty(), "{mismatches:#?}");
}

#[test]
fn wrong_outputs_are_found_with_file_and_line() {
    let (repository, programs, text) = fixture("wrong.md");
    let mismatches = outputs::check(&binary(), &programs, &repository);
    let messages: Vec<&str> = mismatches
        .iter()
        .map(|(_, found)| found.message.as_str())
        .collect();
    // The line in the file where each output goes wrong, or where its program is.
    let line_with = |wanted: &str| text.lines().position(|line| line == wanted).unwrap() + 1;
    let expected = [
        (line_with("wor1d"), "|wor1d|"),
        (line_with("and this"), "(ends here)"),
        (
            line_with("panic!(\"not on purpose\");") - 2,
            "the program failed",
        ),
        (
            line_with("println!(\"calm\");") - 1,
            "did not panic, and should",
        ),
        (
            line_with("127.0.0.1:51234 calls 127.0.0.1:51234"),
            "<port 1> calls",
        ),
    ];
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for (message, (line, what)) in messages.iter().zip(expected) {
        let start = format!("book/check/tests/fixtures/wrong.md:{line}: ");
        assert!(
            message.starts_with(&start),
            "{message}\nshould begin with {start}"
        );
        assert!(message.contains(what), "{message}\nshould say {what}");
    }
}

#[test]
fn a_rewritten_file_passes_and_changes_nothing_else() {
    let (repository, programs, text) = fixture("wrong.md");
    let mismatches = outputs::check(&binary(), &programs, &repository);
    let changes: Vec<(&Program, &str)> = mismatches
        .iter()
        .filter_map(|(index, found)| Some((&programs[*index], found.printed.as_deref()?)))
        .collect();
    let new = outputs::rewritten(&text, &changes);
    let expected = text
        .replace("wor1d", "world")
        .replace("and this\n", "")
        .replace("51234 calls 127.0.0.1:51234", "40001 calls 127.0.0.1:40002");
    assert_eq!(new, expected);
}

#[test]
fn a_program_that_hangs_is_ended() {
    let started = Instant::now();
    let mut command = Command::new("sh");
    command.args(["-c", "echo before; exec sleep 600"]);
    let run = outputs::run(&mut command, Duration::from_millis(300));
    assert_eq!(run.end, End::TimedOut);
    assert_eq!(run.stdout, "before\n");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn ports_may_be_the_same_by_chance_and_not_different() {
    let shown = "127.0.0.1:40001 calls, 127.0.0.1:40002 writes, 127.0.0.1:40001 hangs up";
    let same = |printed| outputs::masked_beside(printed, shown) == outputs::masked(shown);
    assert!(same(
        "127.0.0.1:50001 calls, 127.0.0.1:50002 writes, 127.0.0.1:50001 hangs up"
    ));
    assert!(same(
        "127.0.0.1:50001 calls, 127.0.0.1:50001 writes, 127.0.0.1:50001 hangs up"
    ));
    assert!(!same(
        "127.0.0.1:50001 calls, 127.0.0.1:50002 writes, 127.0.0.1:50003 hangs up"
    ));
    assert!(!same(
        "127.0.0.1:50001 calls, 127.0.0.1:50002 writes, 127.0.0.1:50002 hangs up"
    ));
}

#[test]
fn only_what_is_volatile_is_masked() {
    let masks = [
        (
            "127.0.0.1:40312 and [::1]:40312",
            "127.0.0.1:<port 1> and [::1]:<port 1>",
        ),
        (
            "('127.0.0.1', 51000) port 51001",
            "('127.0.0.1', <port 1>) port <port 2>",
        ),
        (
            "fd 3, fd=4, fileno() = 3",
            "fd <descriptor 1>, fd=<descriptor 2>, fileno() = <descriptor 1>",
        ),
        ("pid 4711", "pid <process 1>"),
        ("/tmp/phone-17.sock is there", "<temporary file 1> is there"),
        ("after 201.348912ms", "after <duration>"),
    ];
    for (text, expected) in masks {
        assert_eq!(outputs::masked(text), expected);
    }
    for text in [
        "127.0.0.1:8888",
        "sent 65536 bytes",
        "errno 111",
        "after 2.0 s",
        "1.25 s",
    ] {
        assert_eq!(
            outputs::masked(text),
            text,
            "this is to be compared as it is"
        );
    }
}

#[test]
fn a_program_may_say_that_it_was_skipped() {
    let said = |script: &str| {
        let run = outputs::run(
            Command::new("sh").args(["-c", script]),
            Duration::from_secs(20),
        );
        outputs::skipped(&run).map(str::to_owned)
    };
    let why = "SKIPPED: no IPv6 here";
    assert_eq!(said(&format!("echo {why} >&2")).as_deref(), Some(why));
    // Not by its output, and not if it failed all the same.
    assert_eq!(said(&format!("echo {why}")), None);
    assert_eq!(said(&format!("echo {why} >&2; exit 1")), None);
}
