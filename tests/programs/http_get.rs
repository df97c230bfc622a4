//! The program `http_get` against Python's http.server, and against servers that misbehave.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitStatus;
use std::thread;

use crate::commands::{example, python, scratch};
use crate::process::{Program, run};

/// A server made of Python's http.server: `PEER FOLDER`.
const PEER: &str = r#"
import functools, http.server, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (b"one ", "二".encode(), b"x" * 100_000, b"\r\n0\r\n\r\n"):
                self.wfile.write(b"%X;name=value\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\nTrailer: yes\r\n\r\n")
        elif self.path == "/to-the-end":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"y" * 100_000)
        else:
            super().do_GET()

handler = functools.partial(Handler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print("listening on %s:%d" % server.server_address, file=sys.stderr, flush=True)
server.serve_forever()
"#;

fn get(url: &str) -> (ExitStatus, String, String) {
    let mut command = example("http_get");
    command.arg(url);
    run(command, "")
}

/// The server, and a folder that it shows with one file in it.
fn server(test: &str, page: &str) -> Option<(Program, SocketAddr)> {
    let folder = scratch(&format!("http_get/{test}"));
    fs::write(folder.join("page.txt"), page).expect("a file");
    let mut command = python()?;
    command.args(["-u", "-c", PEER]).arg(folder);
    Some(Program::serve(command))
}

#[test]
fn gets_a_page_with_a_length() {
    let page = "恭喜您传输成功\n".repeat(20_000);
    let Some((_server, address)) = server("length", &page) else {
        return;
    };
    let (status, out, err) = get(&format!("http://{address}/page.txt"));
    assert!(status.success(), "{err}");
    assert!(out == page, "{} of {} bytes", out.len(), page.len());
    assert!(err.starts_with("HTTP/1.1 200 OK\n"), "{err}");
    assert!(err.contains(&format!("Content-Length: {}\n", page.len())));
}

#[test]
fn gets_a_page_in_chunks() {
    let Some((_server, address)) = server("chunks", "") else {
        return;
    };
    let (status, out, err) = get(&format!("http://{address}/chunked"));
    assert!(status.success(), "{err}");
    assert_eq!(out, format!("one 二{}\r\n0\r\n\r\n", "x".repeat(100_000)));
}

#[test]
fn gets_a_page_to_the_end() {
    let Some((_server, address)) = server("end", "") else {
        return;
    };
    let (status, out, err) = get(&format!("http://{address}/to-the-end"));
    assert!(status.success(), "{err}");
    assert!(out == "y".repeat(100_000), "{} bytes", out.len());
}

#[test]
fn shows_the_page_of_an_error_and_fails() {
    let Some((_server, address)) = server("error", "") else {
        return;
    };
    let (status, out, err) = get(&format!("http://{address}/nothing"));
    assert_eq!(status.code(), Some(1));
    assert!(out.contains("404"), "{out}");
    let last = err.lines().last();
    assert_eq!(
        last,
        Some("Error: \"the server says HTTP/1.1 404 File not found\"")
    );
}

/// Answers one request with these bytes, and hangs up. Returns the request.
fn answer(bytes: Vec<u8>) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let server = thread::spawn(move || {
        let (mut conn, _) = listener.accept().expect("a caller");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            conn.read_exact(&mut byte).expect("a whole request");
            request.push(byte[0]);
        }
        let _ = conn.write_all(&bytes); // the client may leave before it has all
        String::from_utf8(request).expect("UTF-8")
    });
    (address, server)
}

#[test]
fn asks_as_http_says() {
    let (address, server) = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec());
    let (status, out, err) = get(&format!("http://{address}"));
    assert!(status.success(), "{err}");
    assert_eq!(out, "");
    assert_eq!(
        server.join().expect("it answered"),
        format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
    );
}

#[test]
fn a_server_cannot_make_it_grow_or_take_a_part_for_all() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1_000_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: x\r\n".repeat(1000));
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = format!("{ok}Transfer-Encoding: chunked\r\n\r\n");
    let cases: [(String, &str); 18] = [
        (endless, "no end in the first 8192 bytes"),
        (many, "more than 100 headers"),
        ("SSH-2.0-x\r\n".into(), "this is not HTTP: \"SSH-2.0-x\""),
        (ok.into(), "hung up within its answer"),
        (String::new(), "hung up within its answer"),
        (
            format!("{ok}Content-Length: 10\r\n\r\nshort"),
            "hung up, 5 bytes before the end",
        ),
        (
            format!("{ok}Content-Length: -1\r\n\r\n"),
            "\" -1\" is not a length",
        ),
        (
            format!("{chunked}A\r\nshort"),
            "hung up, 5 bytes before the end",
        ),
        (
            format!("{chunked}4\r\nlonger\r\n0\r\n\r\n"),
            "a chunk that goes on after its end",
        ),
        (
            format!("{ok}Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello"),
            "two lengths that differ",
        ),
        (
            format!("{ok}Content-Length: +5\r\n\r\nhello"),
            "\" +5\" is not a length",
        ),
        (
            format!("{chunked}+5\r\nhello\r\n0\r\n\r\n"),
            "\"+5\" is not a length",
        ),
        (
            format!("{ok}Transfer-Encoding: gzip, chunked\r\n\r\n"),
            "an unknown encoding:\" gzip, chunked\"",
        ),
        (format!("{ok}no header\r\n\r\n"), "a header without a name"),
        (
            "HTTP/1.1 101 Switching Protocols\r\n\r\n".into(),
            "another protocol",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\n".into(),
            "hung up within its answer",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(200),
            "more than 100 headers",
        ),
        ("HTTP/1.1\r\n\r\n".into(), "the server says HTTP/1.1"),
    ];
    for (bytes, why) in cases {
        let (address, server) = answer(bytes.into_bytes());
        let (status, _, err) = get(&format!("http://{address}/"));
        assert_eq!(status.code(), Some(1), "{why}");
        let last = err.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("Error: ") && last.replace('\\', "").contains(why),
            "{why}: {last}"
        );
        server.join().expect("it answered");
    }
}

#[test]
fn a_wrong_url_or_usage_is_an_error() {
    for (url, why) in [
        ("https://127.0.0.1/", "not a URL with http://"),
        ("--help", "not a URL with http://"),
        ("http://127.0.0.1/a b", "%XX"),
        ("http://127.0.0.1/\r\nX: y", "%XX"),
        ("http:///x", "no host"),
        ("http://127.0.0.1:99999/", "is not a port"),
    ] {
        let (status, out, err) = get(url);
        assert_eq!((status.code(), &*out), (Some(1), ""), "{url}");
        assert!(err.contains(why), "{url}: {err}");
    }
}

#[test]
fn what_comes_before_the_answer_is_not_the_answer() {
    let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello";
    let (address, _server) = answer(format!("{head}{body}").into_bytes());
    let (status, out, err) = get(&format!("http://{address}"));
    assert!(status.success(), "{err}");
    assert_eq!(out, "hello");
}

/// Whatever its headers say.
#[test]
fn some_answers_have_no_body() {
    for (code, success) in [("204", true), ("304", false)] {
        let head = format!("HTTP/1.1 {code} x\r\nContent-Length: 10\r\n\r\n");
        let (address, _server) = answer(head.into_bytes());
        let (status, out, err) = get(&format!("http://{address}"));
        assert_eq!((status.success(), &*out), (success, ""), "{err}");
        assert!(!err.contains("hung up"), "{err}");
    }
}

const ESCAPES: &str = "\x1b[31mred\x07\r\u{9b}2J";

#[test]
fn the_head_gives_no_orders_to_a_terminal() {
    let bytes = format!(
        "HTTP/1.1 500 {ESCAPES}\r\nX: {ESCAPES}\r\nContent-Length: {}\r\n\r\n{ESCAPES}",
        ESCAPES.len(),
    );
    let (address, _server) = answer(bytes.into_bytes());
    let (_, out, err) = get(&format!("http://{address}"));
    assert_eq!(out, ESCAPES, "a pipe gets every byte");
    assert!(err.contains("X: [31mred2J\n"), "{err}");
    assert!(
        !err.contains(|char: char| char.is_control() && char != '\n'),
        "{err:?}"
    );
}

/// Runs a program in a terminal of its own.
const TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

#[test]
fn neither_does_the_body() {
    let Some(mut command) = python() else { return };
    let body = format!("二\t{ESCAPES}\n");
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (address, _server) = answer(bytes.into_bytes());
    command
        .args(["-c", TERMINAL])
        .arg(example("http_get").get_program())
        .arg(format!("http://{address}"));
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{out}{err}");
    // The terminal itself makes \r\n of \n.
    assert!(out.ends_with("\r\n\r\n二\t[31mred2J\r\n"), "{out:?}");
}
