//! The conversations that the book's diagrams are recorded from.

use crate::process::{example, run};

#[test]
fn each_conversation_ends_well() {
    let (status, list, _) = run(arguments(&["--help"]), "");
    assert!(status.success());
    let names: Vec<&str> = list.lines().skip(1).map(str::trim).collect();
    assert_eq!(names.len(), 8, "{list}");
    for name in names {
        let (status, mark, errors) = run(arguments(&[name]), "");
        assert!(status.success(), "{name}: {errors}");
        assert_eq!(mark.trim_end(), name, "what follows this line is drawn");
    }
}

#[test]
fn an_unknown_conversation_is_told() {
    let (status, usage, _) = run(arguments(&["whisper"]), "");
    assert_eq!(status.code(), Some(2));
    assert!(usage.contains("handshake"));
}

fn arguments(arguments: &[&str]) -> std::process::Command {
    let mut packets = example("packets");
    packets.args(arguments);
    packets
}
