//! Every program shows its calls if it was built with the feature `tracing` and is asked to. Without
//! the feature, as in plain `cargo test`, it shows none; CI runs these tests with it as well.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::commands::{example, scratch};
use crate::process::Program;
use crate::servers::TCP;

const ASKED: &str = "SOCKETBOOK_CALLS";

/// Starts a server that is to show its calls, and gives those that it made before it listened.
fn serve(mut command: Command) -> (Program, SocketAddr, String) {
    command.env(ASKED, "1");
    let mut server = Program::start(command);
    let mut calls = String::new();
    loop {
        let line = server.err.line();
        if let Some(address) = line.strip_prefix("listening on ") {
            return (server, address.parse().expect("an address"), calls);
        }
        calls += &line;
    }
}

/// The calls are there, or none is.
fn check(name: &str, shown: &str, calls: &[&str]) {
    for call in calls {
        let there = shown.contains(&format!("{call} fd="));
        assert_eq!(there, cfg!(feature = "tracing"), "{name}, {call}: {shown}");
    }
}

/// Runs a client to its end, and checks which calls it shows.
fn client(name: &str, arguments: &[&str], input: &str, calls: &[&str]) {
    let mut command = example(name);
    command.args(arguments).env(ASKED, "1");
    let mut program = Program::start(command);
    program.types(input);
    let (status, _, err) = program.finish();
    assert!(status.success(), "{name}: {err}");
    check(name, &err, calls);
}

/// In its first line, without a `cfg`: what is copied works with the feature and without.
#[test]
fn each_program_begins_with_it() {
    let mut programs = 0;
    for file in fs::read_dir("examples").expect("the repository") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(&path).expect("UTF-8");
        let (_, main) = source.split_once("fn main() ").expect("a program");
        let first = main.lines().nth(1).expect("a line").trim();
        assert!(first.starts_with("show_calls();"), "{path:?}: {first}");
        programs += 1;
    }
    assert!(programs >= 15, "{programs}");
}

#[test]
fn the_servers_show_their_calls() {
    for server in TCP {
        let (mut program, address, before) = serve(server.command("calls"));
        // tokio makes all the others.
        let made = match server.name {
            "tcp_server" => ["bind", "listen"],
            _ => ["create_server"; 2],
        };
        check(server.name, &before, &made);
        server.talk(TcpStream::connect(address).expect("it listens"));
        if server.name != "tokio_echo" && cfg!(feature = "tracing") {
            program.err.until("accept fd=");
        }
    }
}

#[test]
fn the_lessons_programs_show_their_calls() {
    let any = |name| {
        let mut command = example(name);
        command.arg("127.0.0.1:0");
        command
    };
    let (_server, address, shown) = serve(any("tcp_server"));
    check("tcp_server", &shown, &["Socket", "setsockopt", "bind"]);
    let calls = ["connect", "sendall", "recv", "close"];
    client("tcp_client", &[&address.to_string()], "hello\n", &calls);
    let (mut server, address, shown) = serve(any("udp_server"));
    check("udp_server", &shown, &["Socket", "bind"]);
    client("udp_client", &[&address.to_string()], "hello\n", &calls);
    if cfg!(feature = "tracing") {
        server.err.until("recvfrom fd=");
        server.err.until("sendto fd=");
    }
}

#[test]
fn the_other_programs_show_their_calls() {
    client("tour", &[], "", &["accept", "recvfrom", "readline"]);
    let folder = scratch("calls-of-files");
    let file = folder.join("sent");
    fs::write(&file, "content").expect("a file");
    fs::create_dir(folder.join("there")).expect("a folder");
    let mut receiver = example("file_receive");
    receiver.arg(folder.join("there")).arg("127.0.0.1:0");
    let (_receiver, address, _) = serve(receiver);
    let file = file.to_str().expect("UTF-8");
    let calls = ["connect", "sendfile", "readline"];
    client("file_send", &[file, &address.to_string()], "", &calls);
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    client("port_check", &[&ip, &port, "5"], "", &["connect_ex"]);
    let mut announcer = example("discover");
    announcer.args(["announce", "kitchen", "127.0.0.1:0"]);
    let (_announcer, address, _) = serve(announcer);
    let calls = ["sendto", "recvfrom"];
    client("discover", &["seek", &address.to_string()], "", &calls);
}
