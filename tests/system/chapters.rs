//! `cargo test lesson_3` runs the third lesson's tests; and here, the programs of its chapter, which
//! are documentation tests. Given a name, cargo leaves those out. Without one it runs them itself.

use std::env;
use std::fs;
use std::process::Command;

/// Runs the programs of the lesson's chapter, if lessons were asked for by name.
fn chapter(lesson: &str) {
    // The names under which the chapters are documentation tests, and the modules of the tests.
    for (file, line) in [
        ("src/book.rs", format!(", {lesson});")),
        ("tests/lessons/main.rs", format!("mod {lesson};")),
    ] {
        assert!(fs::read_to_string(file).unwrap().contains(&line), "{file}");
    }
    if !env::args().skip(1).any(|word| word.starts_with("lesson_")) {
        return;
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["test", "--package", "socketbook", "--doc", lesson])
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains(lesson), "no program ran:\n{out}");
    print!("{out}");
}

#[test]
fn lesson_1_chapter() {
    chapter("lesson_1_creation");
}

#[test]
fn lesson_2_chapter() {
    chapter("lesson_2_server");
}

#[test]
fn lesson_3_chapter() {
    chapter("lesson_3_client");
}

#[test]
fn lesson_4_chapter() {
    chapter("lesson_4_common");
}

#[test]
fn lesson_5_chapter() {
    chapter("lesson_5_blocking");
}

#[test]
fn lesson_6_chapter() {
    chapter("lesson_6_files");
}
