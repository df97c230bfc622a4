//! `line_server`: bounded lines, bounded callers, a deadline for each line, a clean stop.

use crate::commands::{example, netcat};
use crate::peer::Server;
use crate::process::{Program, run};

fn server(arguments: &[&str]) -> Server {
    Server::start("line_server", arguments)
}

#[test]
fn lines_in_any_pieces_are_answered() {
    let server = server(&[]);
    server.meets(
        r#"
text = "hello\n喂?\r\n\n恭喜您\n".encode()
answers = b"5 characters, 5 bytes\n3 characters, 5 bytes\n0 characters, 0 bytes\n3 characters, 9 bytes\n"
for size in (1, 2, 3, len(text)):
    s = call()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(text), size):
        s.sendall(text[at:at + size])
    s.shutdown(socket.SHUT_WR)
    is_rest(s, answers, size)
"#,
    );
}

#[test]
fn netcat_talks_with_it() {
    let server = server(&[]);
    let Some(mut nc) = netcat() else { return };
    nc.args(["-N", "127.0.0.1", &server.port.to_string()]);
    let (status, out, err) = run(nc, "hello\n喂?\n");
    assert!(status.success(), "{err}");
    assert_eq!(out, "5 characters, 5 bytes\n2 characters, 4 bytes\n");
}

#[test]
fn all_callers_are_served_at_once_up_to_the_limit() {
    let mut server = server(&[]);
    let Some(mut callers) = server.calls(
        r#"
callers = [call() for _ in range(16)]
for s in callers:
    s.sendall(b"one li")
for s in reversed(callers):
    s.sendall(b"ne\n")
    assert s.recv(100) == b"8 characters, 8 bytes\n"
assert rest(call()) == b"error: all places are taken\n"
callers.pop().close()
input()  # till the server has seen that
s = call()
s.sendall(b"a place\n")
assert s.recv(100) == b"7 characters, 7 bytes\n"
"#,
    ) else {
        return;
    };
    assert!(server.program.err.line().ends_with(": hung up"));
    callers.types("there is a place\n");
    let (status, _, err) = callers.finish();
    assert!(status.success(), "{err}");
}

#[test]
fn a_line_without_an_end_is_refused_with_a_reason() {
    let server = server(&[]);
    server.meets(
        r#"
# A client that says more than all buffers hold, and reads the reason only then. The server discards
# it for a second, so an earlier reset is its fault, and a later one is not.
def reads_it_at_the_end():
    start = time.monotonic()
    s = call()
    try:
        s.sendall(b"x" * 20_000_000)
        is_rest(s, b"error: a line has at most 1024 bytes\n")
        return True
    except (ConnectionResetError, BrokenPipeError):
        assert time.monotonic() - start > 1
        return False
while not reads_it_at_the_end():
    pass

cut_off(call(), b"x" * 10_000)

# What comes behind a line too long is no line of its own.
s = call()
s.sendall(b"x" * 1024 + b"\nhello\n")
s.shutdown(socket.SHUT_WR)
answer = rest(s)
assert answer == b"error: a line has at most 1024 bytes\n", answer
s = call()
s.sendall(b"x" * 1023 + b"\n")
assert s.recv(100) == b"1023 characters, 1023 bytes\n"
"#,
    );
}

#[test]
fn a_dribbler_has_one_deadline_for_its_line() {
    let server = server(&["0.4"]);
    server.meets(
        r#"
s = call_saying(b"x")
while not select.select([s], [], [], 0.02)[0]:
    s.sendall(b"x")
s.shutdown(socket.SHUT_WR)
is_rest(s, b"error: too slow\n")
is_rest(call(), b"error: nothing was said\n")
"#,
    );
}

#[test]
fn a_client_that_never_listens_is_cut_off_and_stops_no_one() {
    let mut server = server(&["0.4"]);
    let met = server.meets(
        r#"
cutting = threading.Thread(target=cut_off, args=(deaf(), b"x\n" * 1000))
cutting.start()
while cutting.is_alive():
    s = call_saying(b"hello\n")
    assert s.recv(100) == b"5 characters, 5 bytes\n"
    s.close()
    cutting.join(0.1)
"#,
    );
    if met.is_some() {
        while !server
            .program
            .err
            .line()
            .contains("sendall(): timed out after 400ms")
        {}
    }
}

#[test]
fn half_a_line_and_a_reset_end_differently() {
    let mut server = server(&[]);
    let met = server.meets(
        r#"
s = call()
s.sendall(b"half")
s.shutdown(socket.SHUT_WR)
is_rest(s, b"error: hung up in the middle of a line\n")
s = call()
s.sendall(b"half")
reset(s)
s = call()
s.sendall(b"hello\n")
assert s.recv(100) == b"5 characters, 5 bytes\n"
"#,
    );
    if met.is_some() {
        let mut ends = [(); 3].map(|()| {
            let line = server.program.err.line();
            line.split_once(": ").expect(&line).1.to_owned()
        });
        ends.sort();
        assert!(ends[0].starts_with("hung up"), "{ends:?}");
        assert_eq!(ends[1], "hung up in the middle of a line");
        assert!(ends[2].contains("ECONNRESET (104)"), "{ends:?}");
    }
}

#[test]
fn ctrl_c_lets_callers_finish_their_line() {
    let server = server(&[]);
    let met = server.meets(
        r#"
idle, busy = call(), call()
busy.sendall(b"one\nhal")
assert busy.recv(100) == b"3 characters, 3 bytes\n"  # so it has the half line, too
idle.sendall(b"two\n")
assert idle.recv(100) == b"3 characters, 3 bytes\n"
interrupt()
is_rest(idle, b"error: the server stops\n")
idle.close()
while not refused():
    pass
busy.sendall(b"f\nnever heard\n")
is_rest(busy, b"4 characters, 4 bytes\nerror: the server stops\n")
"#,
    );
    if met.is_some() {
        server.ends_well();
    }
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let server = server(&[]);
    let met = server.meets(
        r#"
idle, busy = call(), call()
busy.sendall(b"one\nhal")
assert busy.recv(100) == b"3 characters, 3 bytes\n"
interrupt()
is_rest(idle, b"error: the server stops\n")
interrupt()
try:
    is_rest(busy, b"")
except ConnectionResetError:
    pass
"#,
    );
    if met.is_some() {
        server.ends_by_signal();
    }
}

#[test]
fn it_starts_again_at_once() {
    let server = server(&[]);
    let port = server.port;
    let met = server.meets(
        r#"
s = call()
s.sendall(b"one\n")
assert s.recv(100) == b"3 characters, 3 bytes\n"
interrupt()
is_rest(s, b"error: the server stops\n")
"#,
    );
    if met.is_some() {
        server.ends_well();
        let mut command = example("line_server");
        command.arg(format!("127.0.0.1:{port}"));
        let (_again, address) = Program::serve(command);
        assert_eq!(address.port(), port);
    }
}
