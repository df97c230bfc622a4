//! What a machine may lack, and saying so.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// Whether a program is installed. In CI it must be; elsewhere its absence is said aloud.
pub fn have(program: &str) -> bool {
    let found = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        skipped(&format!("no {program} here"));
    }
    found
}

/// Python, or `None`, said aloud, where there is none; in CI there must be.
pub fn python_command() -> Option<Command> {
    // Itself, and not a script of that name that looks for it each time.
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let asked = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output();
        let said = asked.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8(said.stdout).ok()?.trim_end().into())
    });
    if python.is_none() {
        skipped("no python3 here");
    }
    python.as_ref().map(Command::new)
}

/// Whether `::1` is an address of this machine, as it is not in most containers. In CI it must be;
/// elsewhere its absence is said aloud.
pub fn have_ipv6() -> bool {
    let found = std::net::UdpSocket::bind("[::1]:0").is_ok();
    if !found {
        skipped("no IPv6 here");
    }
    found
}

/// Says once a process that something is left out, and why. In CI nothing may be.
pub fn skipped(why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    assert!(
        env::var_os("CI").is_none(),
        "SKIPPED, and not to be in CI: {why}"
    );
    if SAID.lock().unwrap().insert(why.to_owned()) {
        // Straight to the terminal: the test harness keeps back what a passing test prints.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
    }
}
