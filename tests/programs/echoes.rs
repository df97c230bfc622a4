//! `poll_server` and `tokio_echo`, which promise the same to their callers.

use std::fs;
use std::thread;

use crate::peer::Server;

fn each(arguments: &[&str], test: impl Fn(&Server) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for name in ["poll_server", "tokio_echo"] {
            scope.spawn(move || test(&Server::start(name, arguments)));
        }
    });
}

#[test]
fn many_floods_come_back_whole() {
    each(&[], |server| {
        server.meets(
            r#"
def flood(n):
    s = call()
    data = bytes((n + i * i) % 251 for i in range(1000)) * 2000
    def send():
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    sending = threading.Thread(target=send)
    sending.start()
    whole[n] = rest(s) == data
    sending.join()

whole = {}
floods = [threading.Thread(target=flood, args=(n,)) for n in range(8)]
for t in floods: t.start()
for t in floods: t.join()
assert whole == {n: True for n in range(8)}, whole
"#,
        );
    });
}

#[test]
fn clients_that_reset_or_say_nothing_stop_no_one() {
    each(&[], |server| {
        server.meets(
            r#"
silent = [call() for _ in range(20)]
for s in silent[10:]:
    reset(s)
for _ in range(20):
    s = call()
    s.sendall("喂?".encode())
    assert s.recv(100) == "喂?".encode()
    reset(s)
silent[0].sendall(b"still here")
assert silent[0].recv(100) == b"still here"
"#,
        );
    });
}

#[test]
fn a_client_that_never_listens_has_to_wait_and_is_cut_off() {
    each(&["0.4"], |server| {
        server.meets(
            r#"
cutting = threading.Thread(target=cut_off, args=(deaf(), b"x" * 65536))
cutting.start()
while cutting.is_alive():
    s = call_saying(b"hello")
    assert s.recv(100) == b"hello"
    s.close()
    cutting.join(0.05)
assert rest(call()) == b"", "and so is one who says nothing"
"#,
        );
    });
}

/// Ten deaf callers together had several hundred MB to send.
#[test]
fn what_the_deaf_say_does_not_fill_the_memory() {
    each(&[], |server| {
        let met = server.meets(
            r#"
deaf = [call() for _ in range(10)]
for s in deaf:
    s.setblocking(False)
sent, full = 0, 0
while full < 20:  # no one takes anything any more
    ready = select.select([], deaf, [], 0.02)[1]
    full = 0 if ready else full + 1
    for s in ready:
        sent += s.send(b"x" * 65536)
s = call()
s.sendall(b"hello")
assert s.recv(100) == b"hello"
status = open(f"/proc/{pid}/status").read()
peak = int(status.split("VmHWM:")[1].split()[0])
assert sent > 1_000_000 and peak < 30_000, (sent, peak)
"#,
        );
        if met.is_some() {
            assert!(fs::metadata(format!("/proc/{}", server.pid)).is_ok());
        }
    });
}

#[test]
fn beyond_the_limit_callers_wait_for_a_place() {
    let mut server = Server::start("poll_server", &[]);
    let Some(mut callers) = server.calls(
        r#"
callers = [call() for _ in range(64)]
for s in callers:
    s.sendall(b"hello")
    assert s.recv(100) == b"hello"
waiting = call()
waiting.sendall(b"hello?")
callers[0].sendall(b"once more")
assert callers[0].recv(100) == b"once more"
waiting.setblocking(False)
try:
    waiting.recv(100)
    raise AssertionError("there was no place")
except BlockingIOError:
    pass
callers.pop().close()
waiting.settimeout(30)
assert waiting.recv(100) == b"hello?"
print("served")
"#,
    ) else {
        return;
    };
    callers.out.until("served\n");
    assert!(server.program.err.line().ends_with(": hung up"));
    let (status, _, err) = callers.finish();
    assert!(status.success(), "{err}");
}

#[test]
fn ctrl_c_ends_them_in_order() {
    for name in ["poll_server", "tokio_echo"] {
        let server = Server::start(name, &[]);
        let met = server.meets(
            r#"
s = call()
s.sendall(b"hello")
assert s.recv(100) == b"hello"
interrupt()
assert s.recv(100) == b""
while not refused():
    pass
"#,
        );
        if met.is_some() {
            server.ends_well();
        }
    }
}
