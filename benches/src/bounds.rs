//! The bounds that this crate is held to. They do not depend on the machine's speed.

use std::process::ExitCode;

use crate::contenders::contender;
use crate::measure::{instructions, system_calls};
use crate::rows::ROWS;

/// Row, contender, and the most instructions and system calls of one operation.
const BOUNDS: &[(&str, &str, Option<f64>, Option<f64>)] = &[
    ("st64", "socketbook", Some(115.0), Some(4.0)),
    ("st64", "socketbook+t", Some(115.0), Some(4.0)),
    ("udp", "socketbook", Some(250.0), Some(4.0)),
    ("udp", "socketbook+t", Some(250.0), Some(4.0)),
    ("lesson", "socketbook", Some(320.0), Some(9.0)),
    ("lesson", "socketbook+t", Some(500.0), Some(11.0)),
    ("recv4k", "socketbook", None, Some(2.0)),
    ("recv4k", "socketbook+t", None, Some(2.0)),
    ("recv64k", "socketbook", None, Some(2.0)),
    ("recv64k", "socketbook+t", None, Some(2.0)),
    ("gather", "socketbook", Some(110.0), Some(2.0)),
    ("gather", "socketbook+t", Some(110.0), Some(2.0)),
    ("pass", "socketbook", Some(1900.0), Some(3.0)),
    ("pass", "socketbook+t", Some(1900.0), Some(3.0)),
    ("file", "socketbook", Some(5000.0), None),
    ("file", "socketbook+t", Some(10_000.0), None),
    ("lines", "socketbook", Some(110.0), None),
    ("lines-str", "socketbook", Some(205.0), None),
    ("lines-owned", "socketbook", Some(385.0), None),
    // As another crate's code pays for it. A quarter of udp is what recvfrom does with the sender's
    // address on both sides: rustix clears the 128 bytes that it asks the kernel to fill and checks
    // the length four times, and an address that may be of either version is moved in pieces.
    ("st64", "generic", Some(115.0), Some(4.0)),
    ("udp", "generic", Some(250.0), Some(4.0)),
    ("lesson", "generic", Some(330.0), Some(9.0)),
    ("lines", "generic", Some(90.0), None),
    ("lines-str", "generic", Some(200.0), None),
    ("lines-owned", "generic", Some(400.0), None),
];

/// Measures each, prints it, and fails if one is above its bound.
pub fn check() -> ExitCode {
    let mut held = true;
    for (row, name, most_instructions, most_calls) in BOUNDS {
        let row = ROWS.iter().find(|each| each.name == *row).unwrap();
        let contender = contender(name).unwrap();
        let mut compare = |what: &str, found: f64, most: f64| {
            let good = found <= most;
            held &= good;
            let verdict = if good { "" } else { "  ABOVE THE BOUND" };
            println!(
                "{:12} {name:13} {what:13} {found:7.1}  at most {most}{verdict}",
                row.name
            );
        };
        if let Some(most) = most_instructions {
            compare("instructions", instructions(row, contender), *most);
        }
        if let Some(most) = most_calls {
            compare("system calls", system_calls(row, contender), *most);
        }
    }
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
