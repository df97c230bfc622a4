//! Arguments, help, exit codes.

use crate::process::{Program, example, run};

const PROGRAMS: [&str; 4] = ["line_server", "chat_room", "poll_server", "tokio_echo"];

#[test]
fn help_goes_to_standard_output() {
    for name in PROGRAMS {
        for flag in ["--help", "-h"] {
            let mut command = example(name);
            command.arg(flag);
            let (status, out, err) = run(command, "");
            assert!(status.success(), "{name}");
            assert!(out.contains(&format!("Usage: {name} [ADDRESS")), "{out}");
            assert_eq!(err, "", "{name}");
        }
    }
}

#[test]
fn wrong_usage_shows_the_help_as_an_error() {
    for name in PROGRAMS {
        for arguments in [
            &["--port"][..],
            &["127.0.0.1:0", "soon"],
            &["127.0.0.1:0", "0"],
            &["127.0.0.1:0", "1", "x"],
            &["--help", "x"],
        ] {
            let mut command = example(name);
            command.args(arguments);
            let (status, out, err) = run(command, "");
            assert_eq!(status.code(), Some(2), "{name} {arguments:?}");
            assert_eq!(out, "", "{name} {arguments:?}");
            assert!(err.contains(&format!("Usage: {name} [ADDRESS")), "{err}");
        }
    }
}

#[test]
fn a_bad_address_and_one_in_use_are_errors() {
    for name in PROGRAMS {
        let mut first = example(name);
        first.arg("127.0.0.1:0");
        let (_first, address) = Program::serve(first);
        for (address, why) in [
            ("127.0.0.1".to_owned(), "port is missing"),
            (address.to_string(), "EADDRINUSE (98)"),
        ] {
            let mut command = example(name);
            command.arg(address);
            let (status, out, err) = run(command, "");
            assert_eq!((status.code(), &*out), (Some(1), ""), "{name}");
            assert!(err.starts_with(&format!("{name}: ")), "{err}");
            assert!(err.contains(why), "{err}");
        }
    }
}
