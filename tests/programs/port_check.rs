//! `port_check` against servers that we did not write, and against one that never answers.

use std::process::Command;
use std::time::Duration;

use crate::commands::{example, netcat, python};
use crate::process::{Program, run};
use socketbook::{ConnectionOptions, Socket, create_connection_with};

/// Runs it, and gives what it prints.
fn checked(host: &str, ports: &str, seconds: &str) -> String {
    let mut command = example("port_check");
    command.args([host, ports, seconds]);
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    assert_eq!(err, "");
    out
}

fn port(socket: &Socket) -> u16 {
    let address = socket.getsockname().expect("it is open");
    address.port().expect("it is bound")
}

#[test]
fn a_python_server_is_open() {
    let Some(mut command) = python() else {
        return;
    };
    command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]);
    let mut server = Program::start(command);
    let line = server.out.line();
    let port = line.split(' ').nth(5).expect(&line).to_owned();
    port.parse::<u16>().expect(&line);

    let open = format!("{port} open\n127.0.0.1: 1 open, 0 closed, 0 silent\n");
    assert_eq!(checked("127.0.0.1", &port, "5"), open);
}

#[test]
fn netcat_hears_the_call() {
    let Some(mut command) = netcat() else {
        return;
    };
    command.args(["-n", "-v", "-l", "127.0.0.1", "0"]);
    let mut server = Program::start(command);
    // "Listening on 127.0.0.1 40312", then "Connection received on 127.0.0.1 40314".
    let line = server.err.line();
    let port = line.rsplit(' ').next().expect(&line).to_owned();
    assert_eq!(
        checked("127.0.0.1", &port, "5"),
        format!("{port} open\n127.0.0.1: 1 open, 0 closed, 0 silent\n")
    );
    assert!(server.err.line().contains("127.0.0.1"));
    let (status, out, _) = server.finish();
    assert!(status.success());
    assert_eq!(out, "", "a port check says nothing");
}

/// More ports than it calls at once. All are held here, so that no connection goes to another program.
#[test]
fn a_range_is_reported_in_order() {
    // All of 127.0.0.0/8 is this machine. No one else uses this address of it, so that 70 ports in
    // a row are free there, whatever connections the other tests have at 127.0.0.1.
    let [_, _, a, b] = std::process::id().to_be_bytes();
    let host = format!("127.150.{a}.{b}");
    let held: Vec<Socket> = (20_000..20_070).map(|port| bound(&host, port)).collect();
    for socket in held.iter().step_by(10) {
        socket.listen(5).expect("it is bound");
    }
    let out = checked(&host, "20000-20069", "60");

    let open: Vec<String> = (20_000..20_070)
        .step_by(10)
        .map(|port| format!("{port} open"))
        .collect();
    let summary = format!("{host}: 7 open, 63 closed, 0 silent");
    assert_eq!(out, format!("{}\n{summary}\n", open.join("\n")));
}

/// It has fewer descriptors than ports that do not answer.
#[test]
fn it_waits_for_descriptors() {
    let [_, _, a, b] = std::process::id().to_be_bytes();
    let host = format!("127.151.{a}.{b}");
    let held: Vec<Socket> = (20_000..20_012).map(|port| bound(&host, port)).collect();
    let waiting: Vec<Socket> = held.iter().flat_map(fill).collect();
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"ulimit -Sn 8; exec "$0" "$@""#])
        .arg(example("port_check").get_program())
        .args([&host, "20000-20011", "0.5"]);
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    assert_eq!(out, format!("{host}: 0 open, 0 closed, 12 silent\n"));
    drop(waiting);
}

/// Fills the queue of a server, which then drops what else comes.
fn fill(server: &Socket) -> Vec<Socket> {
    server.listen(0).expect("it is bound");
    let address = server.getsockname().expect("it is open");
    let clients = (0..4).map(|_| {
        let client = Socket::tcp().expect("a socket");
        client.setblocking(false).expect("a socket");
        client.connect_ex(&address).expect("an address");
        client
    });
    clients.collect()
}

fn bound(host: &str, port: u16) -> Socket {
    let socket = Socket::tcp().expect("a socket");
    socket.bind((host, port)).expect("no one else is here");
    socket
}

/// The kernel would try for minutes. That it ends at all is the deadline's work.
#[test]
fn a_server_that_never_answers_is_silent() {
    let server = Socket::tcp().expect("a socket");
    server.bind(("127.0.0.1", 0)).expect("a port");
    server.listen(0).expect("it is bound");
    let address = server.getsockname().expect("it is open");
    let patience = ConnectionOptions::new().timeout(Duration::from_millis(100));
    while create_connection_with(&address, &patience).is_ok() {} // fills its queue
    let out = checked("127.0.0.1", &port(&server).to_string(), "0.2");
    assert_eq!(out, "127.0.0.1: 0 open, 0 closed, 1 silent\n");
}

#[test]
fn bad_arguments_are_named() {
    let long = "a".repeat(64); // no part of a name is so long, so no name server is asked
    for (arguments, why) in [
        (["127.0.0.1", "0", "1"], "\"0\" are no ports"),
        (["127.0.0.1", "1-65536", "1"], "\"1-65536\" are no ports"),
        (["127.0.0.1", "9-8", "1"], "\"9-8\" are no ports"),
        (["127.0.0.1", "80-", "1"], "\"80-\" are no ports"),
        (["127.0.0.1", "80", "0"], "\"0\" is not"),
        (["127.0.0.1", "80", "-1"], "\"-1\" is not"),
        (["127.0.0.1", "80", "NaN"], "\"NaN\" is not"),
        (["127.0.0.1", "80", "1e300"], "\"1e300\" is not"),
        ([&*long, "80", "1"], &*long),
    ] {
        let mut command = example("port_check");
        command.args(arguments);
        let (status, out, err) = run(command, "");
        assert_eq!((status.code(), &*out), (Some(1), ""), "{arguments:?}");
        assert!(err.replace('\\', "").contains(why), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
}
