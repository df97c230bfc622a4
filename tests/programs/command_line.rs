//! What the four programs have in common: the address, exit codes.

use crate::process::{Program, example, run};

const PROGRAMS: [&str; 4] = ["tcp_server", "tcp_client", "udp_server", "udp_client"];

#[test]
fn a_bad_address_is_named() {
    for name in PROGRAMS {
        for (address, why) in [
            ("127.0.0.1", "port is missing"),
            ("127.0.0.1:65536", "65536"),
            ("[::1]:8002", "::1 is an IPv6 address"),
            ("", "port is missing"),
            ("--help", "port is missing"),
        ] {
            let mut command = example(name);
            command.arg(address);
            let (status, out, err) = run(command, "");
            assert_eq!(status.code(), Some(1), "{name} {address}");
            assert_eq!(out, "", "{name} {address}");
            assert!(err.contains(why), "{err}");
            assert_eq!(err.lines().count(), 1, "{err}");
        }
    }
}

#[test]
fn an_argument_that_is_not_utf_8_is_an_error_like_any_other() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    for name in PROGRAMS {
        let mut command = example(name);
        command.arg(OsStr::from_bytes(b"\xff:8002\xff"));
        let (status, _, err) = run(command, "");
        assert_eq!(status.code(), Some(1), "{name}: {err}");
        assert!(err.contains("is not a port"), "{err}");
    }
}

#[test]
fn an_address_in_use_is_an_error() {
    for name in ["tcp_server", "udp_server"] {
        let mut first = example(name);
        first.arg("127.0.0.1:0");
        let (_first, address) = Program::serve(first);
        let mut second = example(name);
        second.arg(address.to_string());
        let (status, _, err) = run(second, "");
        assert_eq!(status.code(), Some(1));
        assert!(err.contains("EADDRINUSE (98)"), "{err}");
    }
}

/// A program whose output no one reads any more ends with an error, and does not panic.
#[test]
fn a_reader_that_goes_away_is_an_error() {
    let mut command = example("tour");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command.stdout(writer).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(err.starts_with("tour: "), "{err}");
}
