//! What a machine may lack, and saying so.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeSet;
use std::env;
use std::io::Write;
use std::sync::Mutex;

/// Whether a program is installed. In CI it must be; elsewhere its absence is said aloud.
pub fn have(program: &str) -> bool {
    let found = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if !found {
        skipped(&format!("no {program} here"));
    }
    found
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
