//! Very many connections: open at one time, one after the other, and more than there are ports.

use std::env;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::support::network::in_a_network;
use crate::support::*;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socketbook::*;

const LONG: Duration = Duration::from_secs(60);

const COUNT: usize = 10_000;

/// Tells the process of the callers whom to call.
const CALLEE: &str = "SOCKETBOOK_TEST_CALLEE";

/// Raises the limit of descriptors to what the system allows; `false` if that is too few.
fn room_for(descriptors: u64) -> bool {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    hard >= descriptors
}

/// The callers stand in a process of their own, which halves what each needs.
#[test]
fn ten_thousand_connections() {
    let test = "ten_thousand_connections";
    if let Some(number) = env::var_os(CALLEE) {
        return call(number.to_str().unwrap());
    }
    in_child(test, || {
        if !room_for(COUNT as u64 + 100) {
            return skipped(&format!("a process may not have {COUNT} descriptors here"));
        }
        let before = descriptors();
        // Who calls when the backlog is full tries again a second later.
        let long = ServerOptions::new().backlog(16_384);
        let phone = create_server_with(LOCAL, &long).unwrap();
        let number = phone.getsockname().unwrap().to_string();
        let mut callers = child(test).env(CALLEE, number).spawn().unwrap();
        let accept = |_| phone.accept().unwrap().0;
        let connections: Vec<Socket> = (0..COUNT).map(accept).collect();
        assert_eq!(descriptors(), before + COUNT + 1);
        for conn in &connections {
            let asked = conn.recv(99).unwrap();
            conn.sendall(&asked).unwrap();
        }
        // Until each caller has its answer, and hangs up.
        for conn in &connections {
            assert_eq!(conn.recv(1).unwrap_err().errno(), Some(ECONNRESET));
        }
        drop((phone, connections));
        assert!(callers.wait().unwrap().success());
        assert_eq!(descriptors(), before);
    });
}

fn call(number: &str) {
    assert!(room_for(COUNT as u64 + 100));
    let (host, port) = number.split_once(':').unwrap();
    let port: u16 = port.parse().unwrap();
    let connect = |_| create_connection((host, port)).unwrap();
    let callers: Vec<Socket> = (0..COUNT).map(connect).collect();
    for (caller, name) in callers.iter().zip(0u32..) {
        caller.sendall(&name.to_be_bytes()).unwrap();
    }
    for (caller, name) in callers.iter().zip(0u32..) {
        assert_eq!(caller.recv(99).unwrap(), name.to_be_bytes());
    }
    // Without ten thousand ports in TIME_WAIT.
    callers.into_iter().for_each(reset);
}

/// Whoever hangs up first keeps the connection in TIME_WAIT for a minute: a thousand of them at the
/// callers' side and a thousand at the server's are in nobody's way.
#[test]
fn a_pile_of_time_wait() {
    // All of 127.0.0.0/8 is this machine. At an address of its own no other test takes the port in
    // the moment in which no one listens there.
    let [_, _, a, b] = std::process::id().to_be_bytes();
    let phone = create_server((Ipv4Addr::new(127, 152, a, b), 0)).unwrap();
    let number = phone.getsockname().unwrap();
    for server_first in [false, true] {
        for _ in 0..1000 {
            let caller = create_connection(&number).unwrap();
            let (conn, address) = phone.accept().unwrap();
            assert_eq!(address, caller.getsockname().unwrap());
            let (first, second) = match server_first {
                true => (conn, caller),
                false => (caller, conn),
            };
            first.sendall(b"goodbye").unwrap();
            first.close();
            assert_eq!(drain(&second), b"goodbye");
        }
    }
    phone.close();
    let plain = Socket::tcp().unwrap();
    assert_eq!(plain.bind(&number).unwrap_err().errno(), Some(EADDRINUSE));
    let again = create_server(&number).unwrap();
    let caller = create_connection(&number).unwrap();
    let (_, address) = again.accept().unwrap();
    assert_eq!(address, caller.getsockname().unwrap());
}

#[test]
fn ports_that_run_out_and_recovery() {
    let needed = ["ip", "link", "show"];
    in_a_network(&needed, "ports_that_run_out_and_recovery", || {
        let phone = create_server(LOCAL).unwrap();
        let other = create_server(LOCAL).unwrap();
        let range = "/proc/sys/net/ipv4/ip_local_port_range";
        std::fs::write(range, "20000 20007").unwrap();
        let number = phone.getsockname().unwrap();
        let mut callers: Vec<_> = (0..8)
            .map(|_| create_connection(&number).unwrap())
            .collect();
        for timeout in [None, Some(LONG)] {
            let caller = Socket::tcp().unwrap();
            caller.settimeout(timeout).unwrap();
            let error = caller.connect(&number).unwrap_err();
            assert_eq!(error.errno(), Some(EADDRNOTAVAIL), "{error}");
            assert_eq!(caller.connect_ex(&number).unwrap(), EADDRNOTAVAIL);
            // The same ports serve for another number, and the same socket may call it.
            caller.connect(other.getsockname().unwrap()).unwrap();
        }
        let error = create_connection(&number).unwrap_err();
        assert_eq!(error.errno(), Some(EADDRNOTAVAIL), "{error}");
        // One hangs up, without TIME_WAIT: one more may call.
        reset(callers.pop().unwrap());
        callers.push(create_connection(&number).unwrap());
        assert!(create_connection(&number).is_err());

        let mut bound: Vec<_> = (0..8).map(|_| udp()).collect();
        let error = Socket::udp().unwrap().bind(LOCAL).unwrap_err();
        assert_eq!(error.errno(), Some(EADDRINUSE), "{error}");
        // One that never had a port: the kernel says EAGAIN, and there is nothing to wait for.
        for timeout in [None, Some(LONG)] {
            let caller = Socket::udp().unwrap();
            caller.settimeout(timeout).unwrap();
            let error = caller.sendto(b"x", &number).unwrap_err();
            assert_eq!(error.errno(), Some(EAGAIN), "{error}");
            let error = caller.connect(&number).unwrap_err();
            assert_eq!(error.errno(), Some(EAGAIN), "{error}");
        }
        bound.pop();
        bound.push(udp());
    });
}
