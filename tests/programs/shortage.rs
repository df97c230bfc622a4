//! A server that can open no more files waits until it can, and serves the client that called
//! meanwhile.

use std::io::Read;
use std::net::TcpStream;
use std::{fs, time::Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::peer::Server;
use crate::process::{HUNG, Program};
use crate::servers::TCP;

/// Lets a process have so many descriptors, and gives how many it could have.
fn limit(pid: u32, descriptors: u64) -> u64 {
    let pid = Pid::from_raw(pid.try_into().expect("a process")).expect("a process");
    let old = prlimit(
        Some(pid),
        Resource::Nofile,
        Rlimit {
            current: Some(descriptors),
            maximum: rustix::process::getrlimit(Resource::Nofile).maximum,
        },
    );
    old.expect("our own child").current.unwrap_or(u64::MAX)
}

/// Three is what every process has: its standard input and output.
const NONE: u64 = 3;

#[test]
fn each_waits_until_it_can_open_files_again() {
    for server in TCP {
        let (mut program, address) = Program::serve(server.command("shortage"));
        let before = limit(program.pid(), NONE);
        // An accept that sleeps already has its descriptor, so the first may get in, and leaves.
        drop(TcpStream::connect(address).expect("the kernel answers"));
        let conn = TcpStream::connect(address).expect("the kernel answers");
        let short = |line: &String| line.contains("EMFILE") || line.contains("os error 24");
        let mut lines = std::iter::repeat_with(|| program.err.line()).filter(short);
        assert!(lines.nth(1).is_some(), "it tries again");
        drop(lines);
        limit(program.pid(), before);
        server.talk(conn);
        server.talk(TcpStream::connect(address).expect("it listens"));
    }
}

/// The clients that it has are served while it can accept no one.
#[test]
fn poll_server_goes_on_with_its_clients() {
    let server = TCP
        .iter()
        .find(|server| server.name == "poll_server")
        .unwrap();
    let (mut program, address) = Program::serve(server.command("goes-on"));
    let mut client = TcpStream::connect(address).expect("it listens");
    server.ask(&mut client);
    let held = limit(program.pid(), NONE + 3); // as poll needs: the bell, the server, the client
    let waiting = TcpStream::connect(address).expect("the kernel answers");
    program.err.until("EMFILE");
    for _ in 0..100 {
        server.ask(&mut client);
    }
    limit(program.pid(), held);
    server.talk(waiting);
    let pid = nix::unistd::Pid::from_raw(program.pid().try_into().expect("a process"));
    nix::sys::signal::kill(pid, nix::sys::signal::SIGINT).expect("our child");
    let (_, _, err) = program.finish();
    // With a pause of 50 ms in each round there would be as many as rounds.
    let pauses = err.lines().filter(|line| line.contains("EMFILE")).count();
    assert!(pauses < 90, "{pauses}");
}

/// When it cannot even wait for clients, `line_server` ends, and takes leave of those it has.
#[test]
fn a_server_that_cannot_go_on_ends_and_leaves_no_zombie() {
    let server = Server::start("line_server", &["30"]);
    let mut client = TcpStream::connect(("127.0.0.1", server.port)).expect("it listens");
    client.set_read_timeout(Some(HUNG)).expect("a socket");
    let line = TCP
        .iter()
        .find(|server| server.name == "line_server")
        .unwrap();
    line.ask(&mut client);
    // It has both of its threads in poll, which will refuse two descriptors where one is allowed.
    until_asleep(server.pid);
    limit(server.pid, 1);
    let _waiting = TcpStream::connect(("127.0.0.1", server.port)).expect("the kernel answers");
    let mut rest = String::new();
    client
        .read_to_string(&mut rest)
        .expect("it hangs up in order");
    assert_eq!(rest, "error: the server stops\n");
    let (status, err) = server.finish();
    assert_eq!(status.code(), Some(1), "{err}");
}

/// Waits until each thread of a process sleeps in the kernel.
fn until_asleep(pid: u32) {
    let start = Instant::now();
    let asleep = |task: std::io::Result<fs::DirEntry>| {
        let stat = fs::read_to_string(task.expect("a thread").path().join("stat"));
        // The state is after the name in parentheses. A thread that is gone is none.
        stat.is_ok_and(|stat| stat[stat.rfind(')').expect("a name")..].starts_with(") S"))
    };
    while !fs::read_dir(format!("/proc/{pid}/task"))
        .expect("it runs")
        .all(asleep)
    {
        assert!(start.elapsed() < HUNG, "it does not sleep");
        std::thread::yield_now();
    }
}
