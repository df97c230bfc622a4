//! Arguments and exit codes.

use crate::process::{Program, example, run};

const PROGRAMS: [&str; 4] = ["line_server", "chat_room", "poll_server", "tokio_echo"];

#[test]
fn seconds_are_a_number_and_not_zero() {
    for name in PROGRAMS {
        for seconds in ["soon", "0", "-1", "4294967296"] {
            let mut command = example(name);
            command.args(["127.0.0.1:0", seconds]);
            let (status, out, err) = run(command, "");
            assert_eq!((status.code(), &*out), (Some(1), ""), "{name} {seconds}");
            assert!(err.contains("is not a number of seconds"), "{err}");
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
            ("--help".to_owned(), "port is missing"),
            (address.to_string(), "EADDRINUSE (98)"),
        ] {
            let mut command = example(name);
            command.arg(address);
            let (status, out, err) = run(command, "");
            assert_eq!((status.code(), &*out), (Some(1), ""), "{name}");
            assert!(err.contains(why), "{err}");
            assert_eq!(err.lines().count(), 1, "{err}");
        }
    }
}
