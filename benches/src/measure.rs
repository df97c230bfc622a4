//! The three measures: wall time against libc's, system calls, instructions in user space.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::contenders::{CONTENDERS, Contender};
use crate::rows::Row;

/// Median and quartiles.
#[derive(Clone, Copy)]
pub struct Quartiles {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

pub fn quartiles(mut values: Vec<f64>) -> Quartiles {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values[((values.len() - 1) as f64 * part).round() as usize];
    Quartiles {
        low: at(0.25),
        median: at(0.5),
        high: at(0.75),
    }
}

/// How many operations take libc about so long.
pub fn calibrate(row: &Row, long: Duration) -> u64 {
    let mut libc = CONTENDERS[0].ready(row);
    let mut n = row.counted.min(100);
    loop {
        // The best of some: a first run may wait for a thread to start.
        let taken = (0..3).map(|_| libc.perform(n)).min().unwrap();
        if taken * 2 >= long {
            let factor = long.as_secs_f64() / taken.as_secs_f64();
            return ((n as f64 * factor) as u64).max(1);
        }
        n *= 2;
    }
}

/// The contender's time as a ratio to libc's, from pairs that run one after the other, each the
/// first in turn; and libc's own time for an operation, in nanoseconds.
pub fn wall(row: &Row, contender: &Contender, n: u64, pairs: u32) -> (Quartiles, f64) {
    let (mut libc, mut other) = (CONTENDERS[0].ready(row), contender.ready(row));
    other.perform(n.min(100));
    let mut ratios = Vec::new();
    let mut base = Vec::new();
    for pair in 0..pairs {
        let (mut mine, mut theirs) = (Duration::ZERO, Duration::ZERO);
        if pair % 2 == 0 {
            mine = libc.perform(n);
        }
        theirs += other.perform(n);
        if pair % 2 == 1 {
            mine = libc.perform(n);
        }
        ratios.push(theirs.as_secs_f64() / mine.as_secs_f64());
        base.push(mine.as_nanos() as f64 / n as f64);
    }
    (quartiles(ratios), quartiles(base).median)
}

/// System calls of one operation, on both sides.
pub fn system_calls(row: &Row, contender: &Contender) -> f64 {
    per_operation(
        row,
        contender,
        |command, log| {
            let mut strace = Command::new("strace");
            strace.args(["-f", "-qq", "-c", "-U", "calls", "-o", log]);
            wrap(strace, command)
        },
        |log| {
            log.lines()
                .rev()
                .find_map(|line| line.split_whitespace().next()?.parse().ok())
        },
    )
}

/// Instructions in user space of one operation, on both sides.
pub fn instructions(row: &Row, contender: &Contender) -> f64 {
    per_operation(
        row,
        contender,
        |command, log| {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            valgrind.arg(format!("--log-file={log}"));
            wrap(valgrind, command)
        },
        |log| {
            log.split_once("Collected :")?
                .1
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        },
    )
}

/// The tool with the command after its arguments.
fn wrap(mut tool: Command, command: &Command) -> Command {
    tool.arg(command.get_program()).args(command.get_args());
    tool
}

/// What the tool counts for one operation: the difference of two runs, one three times as long,
/// so that the start of the program does not count.
fn per_operation(
    row: &Row,
    contender: &Contender,
    tool: impl Fn(&Command, &str) -> Command + Sync,
    count: impl Fn(&str) -> Option<u64> + Sync,
) -> f64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let counted = |n| {
        let name = format!(
            "socketbook-count-{}-{}",
            std::process::id(),
            RUNS.fetch_add(1, Relaxed)
        );
        let log = std::env::temp_dir().join(name);
        let (command, input) = contender.process(row, n);
        let mut child = tool(&command, log.to_str().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        assert!(
            child.wait().unwrap().success(),
            "{}: {}",
            row.name,
            contender.name
        );
        let text = fs::read_to_string(&log).unwrap();
        fs::remove_file(&log).unwrap();
        count(&text).unwrap_or_else(|| panic!("no count in {text}"))
    };
    let n = row.counted;
    let (less, more) = thread::scope(|scope| {
        let more = scope.spawn(|| counted(3 * n));
        (counted(n), more.join().unwrap())
    });
    (more as f64 - less as f64) / (2 * n) as f64
}

/// Whether the tool is there.
pub fn have(tool: &str) -> bool {
    Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
