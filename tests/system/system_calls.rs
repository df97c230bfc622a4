//! What strace does with a child process: it counts how many system calls each call makes, and holds
//! one up.

use std::env;
use std::io::{IoSlice, IoSliceMut};
use std::thread;
use std::time::Duration;

use crate::messages::IN_FLIGHT;
use crate::support::*;
use socket2::SockRef;
use socketbook::*;

/// Runs one test of this program in a child process under strace, and returns what strace wrote.
/// `None` where strace is not installed, and in the child itself, which runs `body`.
fn traced(test: &str, body: impl FnOnce()) -> Option<String> {
    if is_child(test) {
        body();
        return None;
    }
    if !have("strace") {
        return None;
    }
    let log = env::temp_dir().join(format!("socketbook-{test}-{}", std::process::id()));
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "64",
        "-o",
        log.to_str().unwrap(),
    ];
    // It writes what an errno means in the words and the encoding of the locale.
    let output = child_under(&strace, test)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&log);
    let _ = std::fs::remove_file(&log);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("1 passed"), "{out}");
    Some(text.unwrap())
}

// Marks in the trace: a system call that nothing else makes, with a text of ours.
fn begin(name: &str) {
    env::set_current_dir(format!("/begin {name}")).unwrap_err();
}

fn end() {
    env::set_current_dir("/end").unwrap_err();
}

/// The names of the system calls between the marks, in the thread that made them, without
/// those of the allocator.
fn between<'t>(trace: &'t str, name: &str) -> Vec<&'t str> {
    let mark = format!("chdir(\"/begin {name}\"");
    let start = trace.find(&mark).unwrap_or_else(|| panic!("no {mark}"));
    let line = trace[..start].rfind('\n').map_or(0, |at| at + 1);
    let thread = trace[line..].split_whitespace().next().unwrap();
    trace[start..]
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(char::is_whitespace))
        .filter(|(by, _)| *by == thread)
        .map(|(_, rest)| rest.trim_start())
        .take_while(|call| !call.starts_with("chdir(\"/end\""))
        .filter(|call| !call.starts_with("<..."))
        // std looks before it closes, in debug builds alone.
        .filter(|call| {
            !(cfg!(debug_assertions) && call.starts_with("fcntl(") && call.contains("F_GETFD"))
        })
        .map(|call| call.split('(').next().unwrap())
        .filter(|name| !["brk", "mmap", "munmap", "madvise", "mremap", "mprotect"].contains(name))
        .collect()
}

fn lesson(number: &Address, phone: &Socket) {
    let caller = Socket::tcp().unwrap();
    caller.connect(number).unwrap();
    let (conn, _) = phone.accept().unwrap();
    caller.sendall(b"question").unwrap();
    assert_eq!(conn.recv(64).unwrap(), b"question");
    conn.sendall(b"answer").unwrap();
    assert_eq!(caller.recv(64).unwrap(), b"answer");
    caller.close();
    conn.close();
}

#[test]
fn a_lesson_makes_9_and_with_timeouts_at_most_11() {
    let test = "a_lesson_makes_9_and_with_timeouts_at_most_11";
    let trace = traced(test, || {
        let phone = create_server(LOCAL).unwrap();
        let number = phone.getsockname().unwrap();
        for (name, timeout) in [("plain", None), ("timed", Some(Duration::from_secs(60)))] {
            setdefaulttimeout(timeout).unwrap();
            lesson(&number, &phone); // what is allocated once is allocated now
            begin(name);
            lesson(&number, &phone);
            end();
        }
    });
    let Some(trace) = trace else { return };
    let plain = between(&trace, "plain");
    println!("a lesson: {plain:?}");
    let whole = [
        "socket", "connect", "accept4", "sendto", "recvfrom", "sendto", "recvfrom", "close",
        "close",
    ];
    assert_eq!(plain, whole);
    let timed = between(&trace, "timed");
    println!("a lesson with timeouts: {timed:?}");
    assert!(timed.len() <= 11, "{timed:?}");
    let without_waiting: Vec<_> = timed.into_iter().filter(|name| *name != "ppoll").collect();
    assert_eq!(without_waiting, whole);
}

#[test]
fn a_call_that_is_ready_makes_one() {
    let _turn = IN_FLIGHT.lock();
    let trace = traced("a_call_that_is_ready_makes_one", || {
        let phone = create_server(LOCAL).unwrap();
        for (when, timeout) in [("plain", None), ("timed", Some(Duration::from_secs(60)))] {
            let (a, b) = tcp_pair();
            let (from, to) = (udp(), udp());
            let address = to.getsockname().unwrap();
            let caller = create_connection(phone.getsockname().unwrap()).unwrap();
            for socket in [&a, &b, &from, &to, &phone] {
                socket.settimeout(timeout).unwrap();
            }
            let mut buffer = [0; 16];
            // `ready` makes the call possible; `call` is measured.
            let mut one = |name: &str, ready: &dyn Fn(), call: &mut dyn FnMut(&mut [u8])| {
                ready();
                begin(&format!("{when} {name}."));
                call(&mut buffer);
                end();
            };
            let feed = || a.sendall(b"data\n").unwrap();
            let post = || assert_eq!(from.sendto(b"data", &address).unwrap(), 4);
            one("recv", &feed, &mut |_| drop(b.recv(16).unwrap()));
            one("recv_into", &feed, &mut |buffer| {
                assert_eq!(b.recv_into(buffer).unwrap(), 5)
            });
            one("send", &|| (), &mut |_| {
                assert_eq!(b.send(b"x").unwrap(), 1)
            });
            one("sendall", &|| (), &mut |_| b.sendall(b"x").unwrap());
            one("sendto", &|| (), &mut |_| post());
            one("recvfrom", &post, &mut |_| drop(to.recvfrom(16).unwrap()));
            one("recvfrom_into", &|| (), &mut |buffer| {
                assert_eq!(to.recvfrom_into(buffer).unwrap().0, b"data")
            });
            one("readline", &feed, &mut |_| {
                assert_eq!(b.makefile(RB).readline().unwrap(), b"data\n")
            });
            let unix = socketpair().unwrap();
            unix.0.settimeout(timeout).unwrap();
            unix.1.settimeout(timeout).unwrap();
            one("sendmsg", &|| (), &mut |_| {
                let parts = [IoSlice::new(b"da"), IoSlice::new(b"ta")];
                assert_eq!(unix.0.sendmsg(&parts, &[]).unwrap(), 4)
            });
            one("recvmsg_into", &|| (), &mut |buffer| {
                let mut parts = [IoSliceMut::new(buffer)];
                assert_eq!(unix.1.recvmsg_into(&mut parts, 64).unwrap().0, 4)
            });
            one("recvmsg", &post, &mut |_| drop(to.recvmsg(16, 64).unwrap()));
            one("send_fds", &|| (), &mut |_| {
                send_fds(&unix.0, &[IoSlice::new(b"x")], &[&a, &b]).unwrap();
            });
            one("recv_fds", &|| (), &mut |_| {
                std::mem::forget(recv_fds(&unix.1, 1, 2).unwrap())
            });
            one("accept", &|| (), &mut |_| {
                std::mem::forget(phone.accept().unwrap())
            });
            drop(caller);
        }
    });
    let Some(trace) = trace else { return };
    for when in ["plain", "timed"] {
        for (name, call) in [
            ("recv.", "recvfrom"),
            ("recv_into.", "recvfrom"),
            ("send.", "sendto"),
            ("sendall.", "sendto"),
            ("sendto.", "sendto"),
            ("recvfrom.", "recvfrom"),
            ("recvfrom_into.", "recvfrom"),
            ("readline.", "recvfrom"),
            ("sendmsg.", "sendmsg"),
            ("recvmsg.", "recvmsg"),
            ("recvmsg_into.", "recvmsg"),
            ("send_fds.", "sendmsg"),
            ("recv_fds.", "recvmsg"),
            ("accept.", "accept4"),
        ] {
            assert_eq!(
                between(&trace, &format!("{when} {name}")),
                [call],
                "{when} {name}"
            );
        }
    }
}

#[test]
fn a_file_costs_what_the_page_says() {
    let trace = traced("a_file_costs_what_the_page_says", || {
        let file = file_with(b"data");
        for (when, timeout) in [("plain", None), ("timed", Some(Duration::from_secs(60)))] {
            let (a, _b) = tcp_pair();
            a.settimeout(timeout).unwrap();
            begin(&format!("{when} counted"));
            assert_eq!(a.sendfile(&file, 0, Some(4)).unwrap(), 4);
            end();
            begin(&format!("{when} whole"));
            assert_eq!(a.sendfile(&file, 0, None).unwrap(), 4);
            end();
        }
    });
    let Some(trace) = trace else { return };
    let mask = "rt_sigprocmask";
    for when in ["plain", "timed"] {
        let counted = between(&trace, &format!("{when} counted"));
        assert_eq!(counted, [mask, "sendfile", mask]);
        let whole = between(&trace, &format!("{when} whole"));
        assert_eq!(whole, [mask, "sendfile", "sendfile", mask]);
    }
}

/// Where other ancillary data may come, descriptors arrive as numbers: they are sent to the process
/// itself and closed.
#[test]
fn owning_a_number_costs_what_the_page_says() {
    let _turn = IN_FLIGHT.lock();
    let trace = traced("owning_a_number_costs_what_the_page_says", || {
        for (name, passcred, room) in [("credentials", true, 2), ("room", false, 3)] {
            let (a, b) = socketpair().unwrap();
            if passcred {
                b.setsockopt(SOL_SOCKET, SO_PASSCRED, true).unwrap();
            }
            send_fds(&a, &[IoSlice::new(b"x")], &[&a, &b]).unwrap();
            begin(name);
            let (_, fds, _, _) = recv_fds(&b, 1, room).unwrap();
            end();
            assert_eq!(fds.len(), 2);
        }
    });
    let Some(trace) = trace else { return };
    let (pair, close) = ("socketpair", "close");
    for name in ["credentials", "room"] {
        assert_eq!(
            between(&trace, name),
            [
                "recvmsg", pair, "sendmsg", close, close, close, "recvmsg", close
            ]
        );
    }
}

#[test]
fn adopting_asks_and_changes_nothing() {
    let trace = traced("adopting_asks_and_changes_nothing", || {
        let fd = Socket::udp().unwrap().detach();
        begin("adopt");
        let socket = Socket::try_from(fd).unwrap();
        end();
        drop(socket);
    });
    let Some(trace) = trace else { return };
    assert_eq!(
        between(&trace, "adopt"),
        ["getsockopt", "getsockopt", "getsockopt", "fcntl"]
    );
}

#[test]
fn waiting_costs_one_ppoll_and_no_pauses() {
    let trace = traced("waiting_costs_one_ppoll_and_no_pauses", || {
        let (a, b) = socketpair().unwrap();
        a.settimeout(Duration::from_secs(60)).unwrap();
        a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096).unwrap();
        let writer = nix::unistd::gettid();
        let data = vec![b'x'; 1 << 20];
        thread::scope(|scope| {
            scope.spawn(|| {
                // Each time the buffer is full it is emptied, and not before.
                let mut left = data.len();
                while left > 0 {
                    wait_until_asleep(writer);
                    left -= b.recv(left).unwrap().len();
                }
            });
            begin("sendall");
            a.sendall(&data).unwrap();
            end();
        });
    });
    let Some(trace) = trace else { return };
    let calls = between(&trace, "sendall");
    let waits = calls.iter().filter(|name| **name == "ppoll").count();
    println!("sendall waited {waits} times");
    assert!(
        waits > 20,
        "it must wait often for this test to say anything"
    );
    assert_eq!(pauses(&trace), 0, "a pause where progress was made");
}

/// All but one of the threads wake up in vain for each connection. That is no spin, and a pause would
/// have the next connection wait.
#[test]
fn a_pool_of_threads_waits_without_pauses() {
    let trace = traced("a_pool_of_threads_waits_without_pauses", || {
        let server = create_server(LOCAL).unwrap();
        let address = server.getsockname().unwrap();
        server.settimeout(Duration::from_secs(60)).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| while server.accept().is_ok() {});
            }
            for _ in 0..40 {
                create_connection(&address).unwrap();
                thread::sleep(Duration::from_millis(3)); // they come now and then
            }
            server.shutdown(SHUT_RD).unwrap();
        });
        // The pause of a wait that poll does not help, for the count to find one.
        let (_full, address, _callers) = full_unix_backlog();
        let caller = Socket::new(AF_UNIX, SOCK_STREAM).unwrap();
        caller.settimeout(Duration::from_millis(20)).unwrap();
        begin("full");
        caller.connect(&address).unwrap_err();
        end();
    });
    let Some(trace) = trace else { return };
    let (pool, full) = trace.split_at(trace.find("chdir(\"/begin full\"").unwrap());
    assert_eq!(pauses(pool), 0, "a pause where a connection may come");
    assert!(pauses(full) > 0, "no pause is found at all:\n{full}");
}

/// The descriptor and the timeout must agree, whichever call came last. strace holds the first thread up when
/// it has changed the descriptor, and before it stores the timeout; the second thread comes then.
#[test]
fn two_that_set_the_timeout_leave_no_contradiction() {
    let test = "two_that_set_the_timeout_leave_no_contradiction";
    if !have("strace") {
        return;
    }
    // Only the first of each thread.
    let hold = "strace -f -qq -o /dev/null -e trace=ioctl -e inject=ioctl:delay_exit=500000:when=1";
    let strace: Vec<&str> = hold.split(' ').collect();
    in_child_under(&strace, test, || {
        let timeout = Duration::from_millis(20);
        let (socket, other) = (udp(), udp());
        let is_nonblocking = || SockRef::from(&socket).nonblocking().unwrap();
        // This thread's first, with which it is held up.
        other.settimeout(timeout).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                socket.settimeout(timeout).unwrap();
            });
            while !is_nonblocking() {
                thread::yield_now();
            }
            socket.settimeout(None).unwrap();
        });
        assert_eq!(socket.gettimeout().is_some(), is_nonblocking());
        assert_eq!(socket.gettimeout(), None, "this thread was the last");
    });
}

/// How many waits for nothing but time there are in the trace.
fn pauses(trace: &str) -> usize {
    trace.matches("ppoll(NULL, 0, ").count() + trace.matches("ppoll([], 0, ").count()
}
