//! Holds the crate to its bounds of instructions and system calls, in optimised code, on Linux.
#![cfg(target_os = "linux")]

use std::env;
use std::process::Command;

#[test]
fn instructions_and_system_calls_are_within_their_bounds() {
    // It builds all over again, optimised: too long for everybody's `cargo test`.
    if env::var_os("CI").is_none() {
        println!("SKIPPED: runs in CI, and by `cargo bench -- --bounds`");
        return;
    }
    for tool in ["valgrind", "strace"] {
        let there = Command::new(tool).arg("--version").output();
        assert!(there.is_ok(), "CI needs {tool}");
    }
    let checked = Command::new(env::var_os("CARGO").unwrap())
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
