//! What the compiler says to whoever gives a call the wrong type: it suggests the right one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::*;

/// Each line is an error, and the compiler's words to it are those behind the `//~`.
const WRONG: &str = r#"
use std::time::Duration;
use socketbook::*;

fn wrong(socket: &Socket) {
    socket.settimeout(2).unwrap(); //~ `{integer}` is not a timeout
    socket.settimeout(2).unwrap(); //~ Duration::from_secs(2)
    socket.settimeout(0.5).unwrap(); //~ Duration::from_millis(500)
    socket.settimeout(Some(2)).unwrap(); //~ Duration::from_secs(2)
    setdefaulttimeout("2").unwrap(); //~ `None` to wait as long as it takes
    select([socket], [], 2).unwrap(); //~ is not a timeout
    ConnectionOptions::new().timeout(2); //~ is not a timeout

    socket.bind(8002).unwrap(); //~ `{integer}` is not an address
    socket.connect(("127.0.0.1", "8002")).unwrap(); //~ write `("127.0.0.1", 8002)`
    socket.sendto(b"x", ("127.0.0.1", 8002_i32)).unwrap(); //~ is not an address
    socket.sendto("127.0.0.1:8002", b"x").unwrap(); //~ in `sendto` the address comes last
    socket.sendto(("127.0.0.1", 8002), b"x").unwrap(); //~ in `sendto` the address comes last
    create_server(8002).unwrap(); //~ is not an address

    let _ = socket.makefile("r"); //~ `&str` is not a mode of makefile
    let _ = socket.makefile("r"); //~ R, W or RW for a file of text

    socket.getsockopt(SOL_SOCKET, 4).unwrap(); //~ `{integer}` is not an option
    socket.setsockopt(SOL_SOCKET, SO_ERROR, 1).unwrap(); //~ cannot be set
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1).unwrap(); //~ expected `bool`, found integer
    socket.setsockopt(SOL_SOCKET, TCP_NODELAY, true).unwrap(); //~ found `IPPROTO_TCP`
    socket.setsockopt(SOL_SOCKET, SO_RCVTIMEO, Duration::ZERO).unwrap(); //~ Some(Duration::ZERO)
}

fn main() {}
"#;

#[test]
fn the_compiler_suggests_what_is_right() {
    let Some(text) = errors_of("wrong", WRONG) else {
        return;
    };
    let mut missing = Vec::new();
    for (number, line) in WRONG.lines().enumerate() {
        let Some((_, words)) = line.split_once("//~ ") else {
            continue;
        };
        let place = format!("program.rs:{}:", number + 1);
        let mut errors = text.split("\nerror").filter(|error| error.contains(&place));
        if !errors.any(|error| error.contains(words)) {
            missing.push(line);
        }
    }
    assert!(missing.is_empty(), "{missing:#?} in\n{text}");
    for inner in ["sealed", "Token"] {
        assert!(!text.contains(inner), "{inner} in\n{text}");
    }
}

/// What the compiler says to a program that uses the crate; nothing for one that is right.
pub fn errors_of(name: &str, program: &str) -> Option<String> {
    // Beside cargo, which need not be in the path.
    let rustc = env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    let rustc = rustc.filter(|rustc| rustc.is_file());
    let rustc = rustc.unwrap_or_else(|| "rustc".into());
    let folder = Folder::new(&format!("compiler-{name}"));
    let source = folder.0.join("program.rs");
    fs::write(&source, program).unwrap();
    let (library, dependencies) = library();
    let output = Command::new(rustc)
        .args(["--edition", "2024", "--emit", "metadata", "--out-dir"])
        .arg(&folder.0)
        .arg("--extern")
        .arg(format!("socketbook={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg(&source)
        .output();
    let Ok(output) = output else {
        skipped("no rustc here");
        return None;
    };
    Some(String::from_utf8(output.stderr).unwrap())
}

/// The library that this test was built with, and the folder of what it depends on.
fn library() -> (PathBuf, PathBuf) {
    let test = env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    let built = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    let libraries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let of_this_crate = libraries.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("libsocketbook-") && name.ends_with(".rlib")
    });
    // The one before was left there, such as by another version of Rust.
    (of_this_crate.max_by_key(built).unwrap(), folder.to_owned())
}
