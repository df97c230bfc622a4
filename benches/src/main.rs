//! `cargo bench` compares this crate with raw libc, std::net, socket2, rustix and CPython.
//!
//! ```text
//! cargo bench                            all of it, some minutes; writes benches/results/
//! cargo bench -- --quick st64 udp        some rows, fewer pairs; writes nothing
//! cargo bench -- --growth                only how cost grows; writes that part
//! cargo bench -- --faults                who keeps its deadlines; writes that part
//! cargo bench -- --bounds                holds the crate to its instructions and system calls
//! ```

mod bounds;
mod contenders;
mod faults;
mod growth;
mod measure;
mod peers;
mod plot;
mod report;
mod rows;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use contenders::{CONTENDERS, contender, python_program};
use measure::have;
use report::{Line, Report, write_faults, write_growth};
use rows::{ROWS, Row};

/// This package: where cargo runs this, which need not be where it was built.
fn package() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    package.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    // cargo adds --bench.
    let (flags, names): (Vec<&str>, Vec<&str>) = given
        .iter()
        .map(String::as_str)
        .filter(|argument| *argument != "--bench")
        .partition(|argument| argument.starts_with("--"));
    match (&flags[..], &names[..]) {
        // A child process, to be counted or to hold connections.
        (["--perform"], [name, row, n]) => {
            let row = find(row).unwrap();
            contender(name)
                .unwrap()
                .ready(row)
                .perform(n.parse().unwrap());
        }
        (["--hold"], [port, count]) => growth::hold(port.parse().unwrap(), count.parse().unwrap()),
        (["--fault"], [contender, case]) => faults::suffer(contender, case),
        (["--faults"], []) => write_faults(&faults::compare()),
        (["--bounds"], []) => return bounds::check(),
        // After a change of the plots: from the numbers of the last run.
        (["--draw"], []) => report::draw(),
        (["--growth"], []) => write_growth(&growth::measure()),
        (["--quick"] | [], names) if names.iter().all(|name| find(name).is_some()) => {
            let chosen = |row: &&Row| names.is_empty() || names.contains(&row.name);
            compare(
                ROWS.iter().filter(chosen),
                flags.is_empty(),
                names.is_empty(),
            );
        }
        _ => {
            let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
            eprintln!("cargo bench -- [--quick] [{}]", names.join("] ["));
            eprintln!("cargo bench -- --growth");
            eprintln!("cargo bench -- --faults");
            eprintln!("cargo bench -- --bounds");
            eprintln!("cargo bench -- --draw");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

fn compare(rows: impl Iterator<Item = &'static Row>, full: bool, all: bool) {
    let pairs = if full { 31 } else { 9 };
    let (strace, valgrind) = (have("strace"), have("valgrind"));
    for (there, tool) in [
        (strace, "strace: no system calls"),
        (valgrind, "valgrind: no instructions"),
        (python_program().is_some(), "python3: no CPython"),
    ] {
        if !there {
            println!("Without {tool}.");
        }
    }
    let mut report = Report::new();
    for row in rows {
        let n = measure::calibrate(row, Duration::from_millis(row.millis));
        println!("\n{}: {}, {n} a run", row.name, row.about);
        for contender in CONTENDERS {
            if contender.is_python() && python_program().is_none() || !contender.can(row) {
                continue;
            }
            let (wall, libc_ns) = measure::wall(row, contender, n, pairs);
            let line = Line {
                row: row.name,
                contender: contender.name,
                wall,
                libc_ns,
                calls: strace.then(|| measure::system_calls(row, contender)),
                instructions: valgrind.then(|| measure::instructions(row, contender)),
            };
            println!("{line}");
            report.lines.push(line);
        }
    }
    if full && all {
        report.write();
        write_faults(&faults::compare());
        // In a process of its own: in this one there is freed memory that would be used again.
        let growth = Command::new(std::env::current_exe().unwrap())
            .arg("--growth")
            .status();
        assert!(growth.unwrap().success());
    }
}
