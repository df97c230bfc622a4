//! Holds the crate to its bounds of instructions and system calls, in optimised code.

use std::env;
use std::process::Command;

fn have(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    assert!(there || env::var_os("CI").is_none(), "CI needs {tool}");
    there
}

#[test]
fn instructions_and_system_calls_are_within_their_bounds() {
    for tool in ["valgrind", "strace"] {
        if !have(tool) {
            println!("SKIPPED: {tool} is not installed");
            return;
        }
    }
    let checked = Command::new(env!("CARGO"))
        .args([
            "bench",
            "--quiet",
            "--package",
            "socketbook-bench",
            "--",
            "--bounds",
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&checked.stdout);
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{told}{errors}");
    // Thirteen rows, or the check was none.
    assert!(
        told.lines().filter(|line| line.contains("at most")).count() >= 13,
        "{told}"
    );
}
