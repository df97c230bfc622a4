//! The commands that tests run: the examples, the lesson's programs, Python, netcat.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skipped::{python_command, skipped};

/// The built example of this name.
pub fn example(name: &str) -> Command {
    Command::new(built(name))
}

/// cargo puts examples beside the directory of the tests: `debug/examples/`, `debug/deps/`,
/// wherever the target directory is and whatever the profile.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("where this test is");
    let profile = test.parent().and_then(Path::parent).expect("in deps");
    let program = profile.join("examples").join(name);
    let source = repository().join(format!("examples/{name}.rs"));
    let age = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    // `cargo test --test programs` does not build the examples, and would test old ones.
    assert!(
        age(&program) >= age(&source),
        "{} is missing or old: run `cargo build --examples`, or plain `cargo test`",
        program.display()
    );
    program
}

/// The repository: cargo runs a test in the package's folder, and that may not be the one in which
/// it was built.
fn repository() -> PathBuf {
    std::env::current_dir().expect("a folder")
}

/// A folder for a test's files, empty, beside the target directory's profiles.
pub fn scratch(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("where this test is");
    let target = test.ancestors().nth(3).expect("in target/debug/deps");
    let folder = target.join("tmp").join(name);
    let _ = std::fs::remove_dir_all(&folder); // of the last run
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A program of the lesson, its fixed port moved to this one; `None` without Python.
pub fn lesson(name: &str, port: u16) -> Option<Command> {
    let tests = repository().join("tests");
    let mut command = python()?;
    command
        .arg("-u") // prints at once
        .arg(tests.join("programs/run_lesson.py"))
        .arg(tests.join("lesson").join(name))
        .arg(port.to_string());
    Some(command)
}

/// Python, or `None`, said aloud, where there is none; in CI there must be.
pub fn python() -> Option<Command> {
    let mut command = python_command()?;
    // Without what the user has installed, which takes time; and in UTF-8, whatever the locale.
    command.args(["-I", "-S", "-B", "-X", "utf8"]);
    Some(command)
}

/// OpenBSD's netcat, or `None`, said aloud, where there is none; in CI there must be.
pub fn netcat() -> Option<Command> {
    let help = Command::new("nc").arg("-h").output();
    let ours = help.is_ok_and(|help| {
        String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).contains("OpenBSD")
    });
    if ours {
        return Some(Command::new("nc"));
    }
    skipped("no netcat of OpenBSD here");
    None
}
