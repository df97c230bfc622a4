//! A network namespace of a test's own: the machine's network is not touched.

use std::env;
use std::process::Command;

use socketbook::*;

use super::*;

/// Runs the body in a child process in a network that has nothing but a loopback device: as root,
/// or as a user who may make user namespaces. `needed` is a command for which such a network must
/// be good, or it is of no use.
pub fn in_a_network(needed: &[&str], test: &str, body: impl FnOnce()) {
    if is_child(test) {
        ip("link set lo up");
        return body();
    }
    if have("ip") {
        in_a_namespace(
            [&["unshare", "--net"], &["unshare", "-Urn"]],
            needed,
            test,
            body,
        );
    }
}

/// The same for what takes long, such as calls over a line that loses a third of its packets.
pub fn in_a_bad_network(needed: &[&str], test: &str, body: impl FnOnce()) {
    if env::var_os("CI").is_none() && env::var_os("NETWORK_FAULTS").is_none() {
        return skipped("bad networks: they take long, and run in CI and with NETWORK_FAULTS=1");
    }
    in_a_network(needed, test, body);
}

pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs ip(8) with these words.
pub fn ip(words: &str) {
    run("ip", &words.split(' ').collect::<Vec<_>>());
}

pub fn port(socket: &Socket) -> u16 {
    socket.getsockname().unwrap().port().unwrap()
}

/// Hears a call to its end, answers with the count of bytes, and returns it. Each byte must be the
/// right one.
pub fn hear(conn: &Socket, all: &[u8]) -> Result<usize> {
    // More patient than the callers, which are the ones to give up.
    conn.settimeout(Duration::from_secs(60))?;
    let mut heard = 0;
    loop {
        let more = conn.recv(65536)?;
        // No assert_eq: it would print all of it.
        assert!(more == all[heard..heard + more.len()]);
        heard += more.len();
        if more.is_empty() {
            conn.sendall(&heard.to_be_bytes())?;
            return Ok(heard);
        }
    }
}
