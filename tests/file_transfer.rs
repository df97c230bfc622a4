//! The programs `file_send` and `file_receive`: with each other, against Python, and against peers
//! that lie.

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
#[path = "programs/process.rs"]
mod process;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread;

use process::{Program, example, python, run, scratch};

/// One end in Python: `PEER send ADDRESS NAME LENGTH COUNT` sends COUNT of LENGTH bytes and hangs
/// up; `PEER receive HAVE` has HAVE bytes already, and prints what else it gets.
const PEER: &str = r#"
import hashlib, socket, sys

role = sys.argv[1]
if role == "send":
    host, port = sys.argv[2].split(":")
    name, length, count = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    s = socket.create_connection((host, int(port)), timeout=60)
    s.sendall(b"%d %s\n" % (length, name.encode()))
    print(s.makefile().readline(), end="")
    s.sendall((bytes(range(251)) * (count // 251 + 1))[:count])
else:
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), file=sys.stderr, flush=True)
    s, _ = listener.accept()
    s.settimeout(60)
    f = s.makefile("rb")
    length, name = f.readline().decode().rstrip("\n").split(" ", 1)
    s.sendall(b"have %s\n" % sys.argv[2].encode())
    data = f.read(int(length) - int(sys.argv[2]))
    print(name, length, len(data), hashlib.sha256(data).hexdigest())
    s.sendall(b"done\n")
"#;

/// Bytes that repeat at no power of two, so that a piece at a wrong place is seen.
fn content(length: usize) -> Vec<u8> {
    (0..251).cycle().take(length).collect()
}

fn folder(test: &str) -> PathBuf {
    let folder = scratch(&format!("files/{test}"));
    fs::create_dir(folder.join("there")).expect("a folder");
    folder
}

/// A receiver into `FOLDER/there`.
fn receiver(folder: &Path) -> (Program, SocketAddr) {
    let mut command = example("file_receive");
    command.arg(folder.join("there")).arg("127.0.0.1:0");
    Program::serve(command)
}

fn send(path: &Path, address: SocketAddr) -> (ExitStatus, String, String) {
    let mut command = example("file_send");
    command.arg(path).arg(address.to_string());
    run(command, "")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn files_arrive() {
    let folder = folder("arrive");
    let (mut server, address) = receiver(&folder);
    // More than the buffers between them hold, so that sendfile is told to wait.
    for (name, length) in [("照片 1.jpg", 30_000_000), ("empty", 0), ("a", 1)] {
        let path = folder.join(name);
        fs::write(&path, content(length)).expect("a file");
        let (status, out, err) = send(&path, address);
        assert!(status.success(), "{err}");
        assert_eq!(out, format!("{length} bytes sent, 0 were there\n"));
        assert_eq!(server.out.line(), name);
        let there = fs::read(folder.join("there").join(name)).expect("it is there");
        assert!(there == content(length), "{name}");
    }
    assert_eq!(names(&folder.join("there")), ["a", "empty", "照片 1.jpg"]);
}

#[test]
fn a_transfer_that_broke_off_goes_on() {
    let folder = folder("goes-on");
    let (mut server, address) = receiver(&folder);
    let Some(mut command) = python() else { return };
    command
        .args(["-c", PEER, "send", &address.to_string()])
        .args(["big", "5000000", "2000000"]);
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    assert_eq!(out, "have 0\n");
    server
        .err
        .until("big: hung up after 2000000 of 5000000 bytes\n");
    assert_eq!(names(&folder.join("there")), ["big.part"]);

    let path = folder.join("big");
    fs::write(&path, content(5_000_000)).expect("a file");
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "3000000 bytes sent, 2000000 were there\n");
    assert_eq!(server.out.line(), "big");
    assert_eq!(names(&folder.join("there")), ["big"]);
    let there = fs::read(folder.join("there/big")).expect("it is there");
    assert!(there == content(5_000_000));
}

#[test]
fn a_part_that_is_longer_than_the_file_is_not_used() {
    let folder = folder("longer");
    let (_server, address) = receiver(&folder);
    fs::write(folder.join("there/small.part"), content(1000)).expect("a file");
    let path = folder.join("small");
    fs::write(&path, "other").expect("a file");
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "5 bytes sent, 0 were there\n");
    let there = fs::read(folder.join("there/small")).expect("it is there");
    assert_eq!(there, b"other");
}

#[test]
fn the_sender_sends_what_python_lacks() {
    let folder = folder("lacks");
    let path = folder.join("file");
    fs::write(&path, content(30_000_000)).expect("a file");
    let Some(mut command) = python() else { return };
    command.args(["-c", PEER, "receive", "1000"]);
    let (server, address) = Program::serve(command);
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "29999000 bytes sent, 1000 were there\n");

    let digest = python().expect("it was there").args([
        "-c",
        "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()[1000:]).hexdigest())",
    ]).arg(&path).output().expect("it runs").stdout;
    let digest = String::from_utf8(digest).expect("UTF-8");
    let (_, out, _) = server.finish();
    assert_eq!(out, format!("file 30000000 29999000 {digest}"));
}

#[test]
fn what_a_sender_says_is_not_trusted() {
    let folder = folder("trust");
    fs::write(folder.join("there/mine"), "precious").expect("a file");
    fs::write(folder.join("mine too"), "precious").expect("a file");
    let (mut server, address) = receiver(&folder);
    for offer in [
        "5 ../mine too",
        "5 /etc/passwd",
        "5 there/x",
        "5 .bashrc",
        "5 ..",
        "5 x\0y",
        "5 x.part",
        "5 mine",
        "5 ",
        "-5 x",
        "five x",
        "5",
        "",
        "99999999999999999999 x",
        "10737418241 x",
    ] {
        let mut conn = TcpStream::connect(address).expect("it listens");
        writeln!(conn, "{offer}").expect("it listens");
        let mut answer = String::new();
        conn.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("no "), "{offer:?}: {answer:?}");
        server.err.line();
    }
    // An offer without an end.
    let mut conn = TcpStream::connect(address).expect("it listens");
    conn.write_all(&[b'1'; 2000]).expect("it listens");
    assert!(server.err.line().contains("1024 bytes without an end"));

    assert_eq!(names(&folder.join("there")), ["mine"]);
    for path in ["there/mine", "mine too"] {
        assert_eq!(fs::read(folder.join(path)).unwrap(), b"precious");
    }
    // And after all that it still takes a file.
    let path = folder.join("mine too");
    let (status, _, err) = send(&path, address);
    assert!(status.success(), "{err}");
}

/// A receiver that says this and hangs up.
fn says(answer: &'static str) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let server = thread::spawn(move || {
        let (mut conn, _) = listener.accept().expect("a caller");
        let mut offer = String::new();
        let mut reader = BufReader::new(conn.try_clone().expect("a descriptor"));
        reader.read_line(&mut offer).expect("an offer");
        conn.write_all(answer.as_bytes()).expect("it listens");
    });
    (address, server)
}

#[test]
fn what_a_receiver_says_is_not_trusted() {
    let folder = folder("receiver");
    let path = folder.join("file");
    fs::write(&path, content(10_000_000)).expect("a file");
    for (answer, why) in [
        ("have 10000001\n", "the receiver says \"have 10000001\""),
        ("have -1\n", "the receiver says \"have -1\""),
        ("no room\n", "the receiver says \"no room\""),
        ("", "the receiver says \"\""),
        ("have 10000000\n", "the receiver says \"\""), // and never `done`
        ("have 0\n", "file_send: "),                   // and then hangs up
    ] {
        let (address, server) = says(answer);
        let (status, out, err) = send(&path, address);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{answer:?}");
        assert!(
            err.starts_with("file_send: ") && err.contains(why),
            "{answer:?}: {err}"
        );
        server.join().expect("it answered");
    }
}

#[test]
fn wrong_usage_is_an_error() {
    for name in ["file_send", "file_receive"] {
        let mut help = example(name);
        help.arg("--help");
        let (status, out, _) = run(help, "");
        assert!(status.success() && out.contains(&format!("Usage: {name}")));

        let mut wrong = example(name);
        wrong.args(["--what", "x"]);
        let (status, _, err) = run(wrong, "");
        assert!(status.code() == Some(2) && err.contains(&format!("Usage: {name}")));
    }
    let mut missing = example("file_send");
    missing.arg("no such file");
    let (status, _, err) = run(missing, "");
    assert!(status.code() == Some(1) && err.starts_with("file_send: "));
}
