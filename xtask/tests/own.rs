//! `cargo record`: two programs of a reader's own.
#![cfg(target_os = "linux")]

use std::process::Command;

const SERVER: &str = r#"
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(server.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
server.listen()
while True:
    conn, _ = server.accept()
    conn.sendall(conn.recv(100))
    conn.close()
"#;

const CLIENT: &str = r#"
import socket, sys
client = socket.create_connection(("127.0.0.1", int(open(sys.argv[1]).read())))
client.sendall(b"hello")
assert client.recv(100) == b"hello"
"#;

#[test]
fn two_programs_are_recorded() {
    for tool in ["strace", "python3"] {
        if Command::new(tool).arg("--version").output().is_err() {
            eprintln!("SKIPPED: {tool} is not installed");
            return;
        }
    }
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("server.py"), SERVER).expect("it's written");
    std::fs::write(path("client.py"), CLIENT).expect("it's written");
    let command = |name: &str| format!("python3 {} {}", path(name), path("port"));
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["own", "--no-open", "--dest", &path("page.html"), "--"])
        .args([command("server.py"), command("client.py")])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(path("page.html")).expect("a page");
    for call in [
        "listen(",
        "accept()",
        "connect(127.0.0.1:",
        "send(5 bytes)",
        "recv(100 bytes)",
    ] {
        assert!(
            page.contains(&format!("\"text\":\"{call}")),
            "{call} is missing: {output:?}"
        );
    }
    assert!(
        page.contains("function players()"),
        "the player is in the page"
    );
    // With the right to see packets there are some; without, the reason is said.
    let said = String::from_utf8_lossy(&output.stdout);
    let packets = page.contains("\"kind\":\"packet\"");
    assert_eq!(packets, !said.contains("Without packets"), "{said}");
}

#[test]
fn a_server_that_ends_at_once_is_reported() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["own", "--no-open", "--no-packets", "--", "true", "true"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{output:?}");
    assert!(
        said.contains("before it listened") || said.contains("needs strace"),
        "{said}"
    );
}
