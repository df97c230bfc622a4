//! The conversations that the book's diagrams are recorded from, without a recorder.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

fn converse(name: &str) -> Output {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.args(["converse", name]).output().expect("it runs")
}

/// A name that is none, so that the error lists those that there are.
fn unknown() -> String {
    let output = converse("whisper");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn each_ends_well() {
    let error = unknown();
    let (_, names) = error.trim_end().split_once(", but ").expect(&error);
    let names: Vec<&str> = names.split(", ").collect();
    assert_eq!(names.len(), 21, "{error}");
    for name in names {
        let output = converse(name);
        assert!(output.status.success(), "{name}: {output:?}");
        let mark = format!("{name}\n"); // what follows this line is drawn
        assert!(output.stdout.starts_with(mark.as_bytes()), "{output:?}");
        if String::from_utf8_lossy(&output.stdout).contains("SKIPPED") {
            eprintln!("SKIPPED: {name} needs the recorder's network");
        }
    }
}
