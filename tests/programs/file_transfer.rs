//! The programs `file_send` and `file_receive`: with each other, against Python, and against peers
//! that lie.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::UNIX_EPOCH;

use crate::commands::{example, python, scratch};
use crate::process::{Program, run};

/// One end in Python: `PEER send ADDRESS NAME LENGTH COUNT VERSION FROM` sends COUNT of LENGTH bytes
/// from this IP address and hangs up; `PEER receive HAVE DELAY` has HAVE bytes already, prints what
/// else it gets, and takes so many seconds to put it on its disk.
const PEER: &str = r#"
import hashlib, socket, sys, time

role = sys.argv[1]
if role == "send":
    host, port = sys.argv[2].split(":")
    name, length, count = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    version, own = sys.argv[6:]
    s = socket.create_connection((host, int(port)), timeout=60, source_address=(own, 0))
    s.sendall(b"%d %s %s\n" % (length, version.encode(), name.encode()))
    print(s.makefile().readline(), end="")
    s.sendall((bytes(range(251)) * (count // 251 + 1))[:count])
else:
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), file=sys.stderr, flush=True)
    s, _ = listener.accept()
    s.settimeout(60)
    f = s.makefile("rb")
    length, version, name = f.readline().decode().rstrip("\n").split(" ", 2)
    s.sendall(b"have %s\n" % sys.argv[2].encode())
    data = f.read(int(length) - int(sys.argv[2]))
    print(name, length, len(data), hashlib.sha256(data).hexdigest())
    time.sleep(float(sys.argv[3]))
    s.sendall(b"done\n")
"#;

/// Bytes that repeat at no power of two, so that a piece at a wrong place is seen.
fn content(length: usize) -> Vec<u8> {
    let mut content = (0..251).collect::<Vec<u8>>().repeat(length / 251 + 1);
    content.truncate(length);
    content
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

/// What of a file changes when its content does.
fn version(path: &Path) -> String {
    let modified = path.metadata().and_then(|about| about.modified());
    let since = modified.expect("it is there").duration_since(UNIX_EPOCH);
    since.expect("after 1970").as_nanos().to_string()
}

/// What a file from this machine is called until all of it is there.
fn part(name: &str, length: u64, version: &str) -> String {
    format!(".{name}.{length}.{version}.127.0.0.1.part")
}

/// Sends `count` bytes of a file from `own`, in Python; returns the receiver's answer.
fn offers(
    address: SocketAddr,
    name: &str,
    length: u64,
    count: u64,
    version: &str,
    own: &str,
) -> Option<String> {
    let mut command = python()?;
    command
        .args(["-c", PEER, "send", &address.to_string(), name])
        .args([length.to_string(), count.to_string()])
        .args([version, own]);
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    Some(out)
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
    // More than the buffers between them hold, so that sendfile has to wait.
    for (name, length) in [("照片 1.jpg", 12_000_000), ("empty", 0), ("a", 1)] {
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
    let path = folder.join("big");
    fs::write(&path, content(5_000_000)).expect("a file");
    let version = &version(&path);
    let Some(said) = offers(address, "big", 5_000_000, 2_000_000, version, "127.0.0.1") else {
        return;
    };
    assert_eq!(said, "have 0\n");
    server
        .err
        .until("big: hung up after 2000000 of 5000000 bytes\n");
    assert_eq!(
        names(&folder.join("there")),
        [part("big", 5_000_000, version)]
    );

    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "3000000 bytes sent, 2000000 were there\n");
    assert_eq!(server.out.line(), "big");
    assert_eq!(names(&folder.join("there")), ["big"]);
    let there = fs::read(folder.join("there/big")).expect("it is there");
    assert!(there == content(5_000_000));
}

/// Else the result would be the beginning of the old one and the end of the new one.
#[test]
fn a_part_of_a_file_that_has_changed_is_not_used() {
    let folder = folder("changed");
    let (mut server, address) = receiver(&folder);
    let path = folder.join("file");
    fs::write(&path, content(5000)).expect("a file");
    let Some(_) = offers(address, "file", 5000, 1000, "1", "127.0.0.1") else {
        return;
    };
    server.err.until("file: hung up after 1000 of 5000 bytes\n");
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "5000 bytes sent, 0 were there\n");
}

/// Neither to put an end to it of its own, nor to throw it away.
#[test]
fn no_other_host_gets_at_a_part() {
    let folder = folder("other-host");
    let (mut server, address) = receiver(&folder);
    let path = folder.join("file");
    fs::write(&path, content(5000)).expect("a file");
    let version = &version(&path);
    let Some(_) = offers(address, "file", 5000, 1000, version, "127.0.0.1") else {
        return;
    };
    server.err.until("file: hung up after 1000 of 5000 bytes\n");
    for length in [5000, 500] {
        let said = offers(address, "file", length, 0, version, "127.0.0.2");
        assert_eq!(said.as_deref(), Some("have 0\n"));
        server.err.until("file: hung up after 0 of ");
    }
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "4000 bytes sent, 1000 were there\n");
    assert!(fs::read(folder.join("there/file")).expect("it is there") == content(5000));
}

/// The folder is one that others can write to, too, such as /tmp.
#[test]
fn what_is_in_the_place_of_a_part_is_left_alone() {
    let folder = folder("in-the-place");
    let (_server, address) = receiver(&folder);
    let path = folder.join("file");
    fs::write(&path, content(5000)).expect("a file");
    let precious = folder.join("precious");
    fs::write(&precious, "precious").expect("a file");
    let there = folder.join("there");
    let part = there.join(part("file", 5000, &version(&path)));
    let fifo = || {
        let made = Command::new("mkfifo").arg(&part).status().expect("mkfifo");
        assert!(made.success());
    };
    let reader = Cell::new(None);
    let plants: [(&str, &dyn Fn()); 6] = [
        ("a symbolic link", &|| {
            std::os::unix::fs::symlink(&precious, &part).unwrap()
        }),
        ("a link to nothing", &|| {
            std::os::unix::fs::symlink(folder.join("new"), &part).unwrap();
        }),
        ("a second name", &|| {
            fs::hard_link(&precious, &part).unwrap()
        }),
        ("a longer file", &|| {
            fs::write(&part, content(5001)).unwrap()
        }),
        ("a FIFO", &fifo),
        ("a FIFO that someone reads", &|| {
            fifo();
            let both = File::options().read(true).write(true).open(&part);
            reader.set(Some(both.expect("it does not wait")));
        }),
    ];
    for (what, plant) in plants {
        plant();
        let (status, out, err) = send(&path, address);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{what}");
        let err = err.replace('\\', "");
        assert!(err.contains("the receiver says \"no "), "{what}: {err}");
        assert_eq!(fs::read(&precious).expect("there"), b"precious", "{what}");
        assert!(!folder.join("new").exists(), "{what}");
        fs::remove_file(&part).expect("it is there");
    }
    let (status, _, err) = send(&path, address);
    assert!(status.success(), "{err}");
}

#[test]
fn a_file_that_is_made_meanwhile_is_not_overwritten() {
    let folder = folder("meanwhile");
    let (mut server, address) = receiver(&folder);
    let mut conn = TcpStream::connect(address).expect("it listens");
    conn.write_all(b"3 1 x\n").expect("it listens");
    let mut answer = [0; 7];
    conn.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"have 0\n");
    fs::write(folder.join("there/x"), "precious").expect("a file");
    conn.write_all(b"new").expect("it listens");
    let mut rest = String::new();
    conn.read_to_string(&mut rest).expect("it hangs up");
    assert_eq!(rest, "", "not done");
    assert!(server.err.line().contains("os error 17"), "EEXIST");
    assert_eq!(fs::read(folder.join("there/x")).unwrap(), b"precious");
}

/// As when its `done` got lost: the sender cannot know, and tries again.
#[test]
fn a_file_that_is_sent_again_is_there() {
    let folder = folder("again");
    let (mut server, address) = receiver(&folder);
    let path = folder.join("file");
    fs::write(&path, content(5000)).expect("a file");
    for out in [
        "5000 bytes sent, 0 were there\n",
        "0 bytes sent, 5000 were there\n",
    ] {
        let (status, said, err) = send(&path, address);
        assert!(status.success(), "{err}");
        assert_eq!(said, out);
        assert_eq!(server.out.line(), "file");
    }
    // Another file of that name is not, though it is as long.
    fs::write(&path, "x".repeat(5000)).expect("a file");
    let (status, _, err) = send(&path, address);
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("no there is such a file"), "{err}");
    assert!(fs::read(folder.join("there/file")).expect("it is there") == content(5000));
}

/// A disk may take longer than a network may be silent.
#[test]
fn the_sender_waits_for_the_receivers_disk() {
    let folder = folder("disk");
    let path = folder.join("file");
    fs::write(&path, content(5000)).expect("a file");
    let Some(mut command) = python() else { return };
    command.args(["-c", PEER, "receive", "0", "1.5"]);
    let (_server, address) = Program::serve(command);
    let mut command = example("file_send");
    command.arg(&path).args([&address.to_string(), "1"]);
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    assert_eq!(out, "5000 bytes sent, 0 were there\n");
}

#[test]
fn a_name_that_does_not_fit_into_a_line_is_not_sent() {
    let folder = folder("name");
    let (_server, address) = receiver(&folder);
    for name in ["a\rb", "a\nb"] {
        let path = folder.join(name);
        fs::write(&path, content(5000)).expect("a file");
        let (status, out, err) = send(&path, address);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{name:?}");
        assert!(err.contains("does not fit into a line"), "{err}");
    }
    assert!(names(&folder.join("there")).is_empty());
}

#[test]
fn the_sender_sends_what_python_lacks() {
    let folder = folder("lacks");
    let path = folder.join("file");
    fs::write(&path, content(12_000_000)).expect("a file");
    let Some(mut command) = python() else { return };
    command.args(["-c", PEER, "receive", "1000", "0"]);
    let (server, address) = Program::serve(command);
    let (status, out, err) = send(&path, address);
    assert!(status.success(), "{err}");
    assert_eq!(out, "11999000 bytes sent, 1000 were there\n");

    let digest = python().expect("it was there").args([
        "-c",
        "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()[1000:]).hexdigest())",
    ]).arg(&path).output().expect("it runs").stdout;
    let digest = String::from_utf8(digest).expect("UTF-8");
    let (_, out, _) = server.finish();
    assert_eq!(out, format!("file 12000000 11999000 {digest}"));
}

#[test]
fn what_a_sender_says_is_not_trusted() {
    let folder = folder("trust");
    fs::write(folder.join("there/mine"), "precious").expect("a file");
    fs::write(folder.join("mine too"), "precious").expect("a file");
    let (mut server, address) = receiver(&folder);
    let long = format!("5 1 {}", "x".repeat(129));
    for offer in [
        "5 1 ../mine too",
        "5 1 /etc/passwd",
        "5 1 there/x",
        "5 1 .bashrc",
        "5 1 ..",
        "5 1 -rf",
        "5 1 a\rb",
        "5 1 x\0y",
        "5 1 mine",
        "5 1 ",
        "5 1",
        "5 one x",
        "5 ../1 x",
        "-5 1 x",
        "five 1 x",
        "5",
        "",
        &long,
        "99999999999999999999 1 x",
        "10737418241 1 x",
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
    assert!(server.err.line().contains("no end in the first 1024 bytes"));

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
        ("have 0\n", "Error: "),                       // and then hangs up
    ] {
        let (address, server) = says(answer);
        let (status, out, err) = send(&path, address);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{answer:?}");
        assert!(
            err.starts_with("Error: ") && err.replace('\\', "").contains(why),
            "{answer:?}: {err}"
        );
        server.join().expect("it answered");
    }
}

#[test]
fn wrong_usage_is_an_error() {
    for (arguments, why) in [
        (&[][..], "usage: file_send FILE"),
        (&["Cargo.toml", "127.0.0.1:1", "0"], "usage: file_send FILE"),
        (&["no such file"], "not a file"),
        (&["/"], "not a file"),
        (&["/dev/null"], "not a file"),
    ] {
        let mut command = example("file_send");
        command.args(arguments);
        let (status, _, err) = run(command, "");
        assert!(status.code() == Some(1) && err.contains(why), "{err}");
    }
}
