//! Arguments, exit codes, and an output that no one reads.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::commands::example;
use crate::process::{Program, run};

/// Each takes an address as its first argument.
const LESSON: [&str; 4] = ["tcp_server", "tcp_client", "udp_server", "udp_client"];
/// As the lesson's, and as the second how patient they are with a client.
const PATIENT: [&str; 4] = ["line_server", "chat_room", "poll_server", "tokio_echo"];

/// The program has to fail, with one line that says why.
fn fails(name: &str, arguments: &[impl AsRef<OsStr>]) -> String {
    let mut command = example(name);
    command.args(arguments);
    let (status, out, err) = run(command, "");
    assert_eq!((status.code(), &*out), (Some(1), ""), "{name}: {err}");
    assert_eq!(err.lines().count(), 1, "{name}: {err}");
    err
}

#[test]
fn a_bad_address_is_named() {
    for name in LESSON.iter().chain(&PATIENT) {
        for (address, why) in [
            ("127.0.0.1", "port is missing"),
            ("127.0.0.1:65536", "65536"),
            ("[::1]:8002", "::1 is an IPv6 address"),
            ("", "port is missing"),
            ("--help", "port is missing"),
        ] {
            // An IPv6 address is good for those that take any family.
            if PATIENT.contains(name) && address.starts_with('[') {
                continue;
            }
            let err = fails(name, &[address]);
            assert!(err.contains(why), "{name} {address}: {err}");
        }
        let err = fails(name, &[OsStr::from_bytes(b"\xff:8002\xff")]);
        assert!(err.contains("is not a port"), "not UTF-8: {err}");
    }
}

#[test]
fn an_address_in_use_is_an_error() {
    for name in ["tcp_server", "udp_server"].iter().chain(&PATIENT) {
        let mut first = example(name);
        first.arg("127.0.0.1:0");
        let (_first, address) = Program::serve(first);
        let err = fails(name, &[address.to_string()]);
        assert!(err.contains("EADDRINUSE (98)"), "{err}");
    }
}

#[test]
fn seconds_are_a_number_and_not_zero() {
    for name in PATIENT {
        for seconds in ["soon", "", "0", "0.0001", "-1", "NaN", "4294967296"] {
            let err = fails(name, &["127.0.0.1:0", seconds]);
            let why = format!("SECONDS is a number from 0.001 to 1e9, not {seconds}");
            assert!(err.contains(&why), "{err}");
        }
    }
}

/// A program whose output no one reads any more ends with an error, and does not panic.
#[test]
fn a_reader_that_goes_away_is_an_error() {
    let mut command = example("tour");
    let (reader, writer) = std::os::unix::net::UnixStream::pair().expect("a pair");
    drop(reader);
    let output = command
        .stdout(std::os::fd::OwnedFd::from(writer))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(err.starts_with("Error: "), "{err}");
}
