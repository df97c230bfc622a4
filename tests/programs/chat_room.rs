//! `chat_room`: everyone hears what one client says, and a client that does not listen stops no one.

use crate::peer::Server;

fn room() -> Server {
    Server::start("chat_room", &[])
}

/// With so many seconds for a client that does not listen.
fn patient(seconds: &str) -> Server {
    Server::start("chat_room", &[seconds])
}

const ENTER: &str = r#"
def enter(name, call=call):
    s = call_saying(name.encode() + b"\n", call)
    f = s.makefile("r", encoding="utf-8")
    heard = f.readline()
    assert heard == f"*: {name} is here\n", heard
    return s, f

def say(name):
    s = call()
    s.sendall(name + b"\n")
    return s
"#;

fn meets(room: &Server, callers: &str) -> Option<()> {
    room.meets(&format!("{ENTER}{callers}"))
}

#[test]
fn all_hear_what_one_says() {
    let room = room();
    meets(
        &room,
        r#"
a, hears_a = enter("Li Lei")
b, hears_b = enter("韩梅梅")
c, hears_c = enter("Tom")
assert hears_a.readline() == "*: 韩梅梅 is here\n"
assert hears_a.readline() == "*: Tom is here\n"
assert hears_b.readline() == "*: Tom is here\n"
everybody = hears_a, hears_b, hears_c
for byte in "恭喜您\r\n".encode():
    a.send(bytes([byte]))
for f in everybody:
    assert f.readline() == "Li Lei: 恭喜您\n"
b.sendall(b"one\ntwo\n")
for f in everybody:
    assert [f.readline(), f.readline()] == ["韩梅梅: one\n", "韩梅梅: two\n"]
c.sendall(b"red \x1b[31m, bell \x07, not UTF-8 \xff" + "\u202e\u2028\n".encode())
for f in everybody:
    assert f.readline() == "Tom: red [31m, bell , not UTF-8 \ufffd\n"
c.shutdown(socket.SHUT_WR)
for f in hears_a, hears_b:
    assert f.readline() == "*: Tom is gone\n"
assert hears_c.read() == ""
reset(b)
hears_b.close()
assert hears_a.readline() == "*: 韩梅梅 is gone\n"
"#,
    );
}

#[test]
fn a_client_that_never_listens_stops_no_one_and_is_removed() {
    let room = patient("0.4");
    meets(
        &room,
        r#"
a, hears_a = enter("a")
b, hears_b = enter("b")
never_listens = enter("deaf", deaf)
assert hears_a.readline() == "*: b is here\n"
for f in hears_a, hears_b:
    assert f.readline() == "*: deaf is here\n"
# More than all the buffers of a connection hold. Each waits for the other's last word.
gone = set()
for n in range(10_000):
    said = f"{n} {'x' * 1000}\n"
    a.sendall(said.encode())
    for f in hears_a, hears_b:
        heard = f.readline()
        if heard == "*: deaf is gone\n":
            gone.add(f)
            heard = f.readline()
        assert heard == "a: " + said
    if len(gone) == 2:
        break
else:
    raise AssertionError("the deaf one is still there")
# The name is free again.
enter("deaf")
assert hears_a.readline() == "*: deaf is here\n"
"#,
    );
}

/// As fast as one can send, and while the listener is busy with something else.
#[test]
fn a_burst_removes_no_client_that_listens() {
    let room = room();
    meets(
        &room,
        r#"
a, hears_a = enter("a")
b, hears_b = enter("b")
assert hears_a.readline() == "*: b is here\n"
for burst in range(20):
    a.sendall(b"".join(b"%d\n" % n for n in range(500)))
    for f in hears_a, hears_b:
        assert [f.readline() for n in range(500)] == [f"a: {n}\n" for n in range(500)], burst
"#,
    );
}

/// It takes a little now and then, and each time less than the others say.
#[test]
fn a_client_that_listens_too_slowly_is_removed() {
    let room = patient("1");
    meets(
        &room,
        r#"
a, hears_a = enter("a")
slow, _ = enter("slow", deaf)
assert hears_a.readline() == "*: slow is here\n"
said = heard = 0
lines = [b""]
while b"*: slow is gone" not in lines:
    # What is on its way fits into the buffers, so each line goes out whole and at once.
    waits = said - heard == 50
    if not waits:
        a.sendall(b"x" * 1000 + b"\n")
        said += 1
    try:
        slow.recv(500)
    except ConnectionResetError:
        pass
    if select.select([a], [], [], 0.02 if waits else 0)[0]:
        lines = (lines[-1] + a.recv(65536)).split(b"\n")
        heard += sum(line.startswith(b"a: ") for line in lines[:-1])
"#,
    );
}

/// A client that has seen the end of its connection may come back at once under the same name.
#[test]
fn a_name_is_free_when_its_owner_sees_the_end() {
    let room = room();
    meets(
        &room,
        r#"
others = [enter(f"other {n}") for n in range(20)]  # it takes time to tell them
for n in range(12):  # with these 32, however long they take to leave
    s, f = enter("Tom")
    s.shutdown(socket.SHUT_WR)
    assert f.read() == ""
"#,
    );
}

#[test]
fn a_client_that_never_ends_a_line_is_removed() {
    let room = room();
    meets(
        &room,
        r#"
a, hears_a = enter("a")
b, hears_b = enter("b")
assert hears_a.readline() == "*: b is here\n"
cut_off(b, b"x" * 1000)
assert hears_a.readline() == "*: b is gone\n"
cut_off(call(), b"x" * 1000)  # and so does a name without an end
a.sendall(b"quiet now\n")
assert hears_a.readline() == "a: quiet now\n"
"#,
    );
}

#[test]
fn names_are_checked_and_places_are_bounded() {
    let mut room = room();
    let Some(mut callers) = room.calls(&format!(
        r#"{ENTER}
a, hears_a = enter("a")
is_rest(say(b"a"), b"* this name is in use\n")
for name in b"", b"\x1b\x07", b"x" * 33, b"*", b"* ", b" a", b"-", b"a: b", "\u202ea\u2066".encode() + b"*":
    is_rest(say(name), b"* a name has at most 32 bytes: letters, digits, ._- and spaces within\n", name)
input()  # till the server has seen that they are gone
callers = [call() for _ in range(31)]
assert rest(call()) == b"* the room is full\n"
enter("b", callers.pop)
assert hears_a.readline() == "*: b is here\n"
"#
    )) else {
        return;
    };
    // Each client's thread says so after the client has seen the end: in any order.
    let said: Vec<String> = (0..10).map(|_| room.program.err.line()).collect();
    let count = |reason: &str| said.iter().filter(|line| line.ends_with(reason)).count();
    assert_eq!(
        (count(": a name in use"), count(": no name")),
        (1, 9),
        "{said:?}"
    );
    callers.types("go on\n");
    let (status, _, err) = callers.finish();
    assert!(status.success(), "{err}");
}

#[test]
fn ctrl_c_ends_it() {
    let room = room();
    let met = meets(
        &room,
        r#"
a, hears_a = enter("a")
interrupt()
assert hears_a.read() == ""
while not refused():
    pass
"#,
    );
    if met.is_some() {
        room.ends_by_signal();
    }
}
