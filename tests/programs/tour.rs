//! The tour: plain when piped, in colour on a terminal, the same lines in the same order each time.

use std::process::Command;

use unicode_width::UnicodeWidthStr;

use crate::commands::{example, python};
use crate::process::{Program, run};

/// Without what differs from run to run: ports and descriptors.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(digit) = rest.find(|c: char| c.is_ascii_digit()) {
        let len = rest[digit..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len() - digit);
        let (before, number) = (&rest[..digit], &rest[digit..digit + len]);
        masked += before;
        masked += if before.ends_with("127.0.0.1:")
            || (masked.ends_with("127.0.0.1:") && number != "0")
        {
            "PORT"
        } else if before.ends_with("fd ") {
            "FD"
        } else {
            number
        };
        rest = &rest[digit + len..];
    }
    masked + rest
}

/// The tour in English, whatever the locale.
fn english() -> Command {
    let mut command = example("tour");
    command.env("LC_ALL", "C");
    command
}

fn tour() -> String {
    shown(english())
}

fn shown(command: Command) -> String {
    let (status, out, err) = run(command, "");
    assert!(status.success(), "{err}");
    assert_eq!(err, "");
    out
}

#[test]
fn it_speaks_chinese_when_asked_to_or_by_the_locale() {
    let mut by_name = english();
    by_name.args(["--lang", "zh-CN"]);
    let mut by_locale = example("tour");
    by_locale.env("LC_ALL", "zh_CN.UTF-8");
    let out = masked(&shown(by_name));
    assert_eq!(out, masked(&shown(by_locale)));
    // The calls and their errors are the same; what is said about them is not.
    for same in [
        "phone.listen(5)",
        "ECONNREFUSED (111)",
        "timed out after 50ms",
    ] {
        assert!(out.contains(same), "{same}\n{out}");
    }
    for (english, chinese) in [
        ("# calls again", "# 再打一次"),
        ("A telephone call", "打一通电话"),
        ("→ done", "→ 完成"),
        ("4 bytes", "4 字节"),
        (" from ", "来自"),
    ] {
        assert!(out.contains(chinese) && !out.contains(english), "{out}");
    }
    for line in out.lines() {
        assert!(line.width() <= 80, "{line}");
    }
    let mut unknown = english();
    unknown.arg("--lang=tlh");
    let (status, _, err) = run(unknown, "");
    assert!(
        !status.success() && err.contains("--lang en|zh-CN"),
        "{err}"
    );
}

#[test]
fn it_shows_the_calls_and_their_results_in_order() {
    let out = masked(&tour());
    // One line per step: where it stands, then what it says.
    let mut rest = &*out;
    for step in [
        "│ phone = Socket::tcp() → fd FD\n",
        "│ phone.setsockopt(SOL_SOCKET,",
        "│ phone.bind(\"127.0.0.1:0\") → done\n",
        "│ number = phone.getsockname()\n",
        "│   → 127.0.0.1:PORT\n",
        "\nphone.connect_ex(&number) ",
        "\n  → ECONNREFUSED (111) ",
        "│ phone.listen(5) → done\n",
        "│ (conn, addr) = phone.accept() …\n",
        "\nphone.connect(&number) → done ",
        "│ … → fd FD, 127.0.0.1:PORT\n",
        "│ msg = conn.recv(1024) …\n",
        "\nphone.sendall(\"喂?\".as_bytes()) → done ",
        "│ … → \"喂?\", 4 bytes\n",
        "│ conn.sendall(&msg) → done\n",
        "\nphone.recv(1024) → \"喂?\", 4 bytes ",
        "\nphone.recv(1024) ",
        "\n  → recv(): timed out after 50ms ",
        "│ file = conn.makefile(R)\n",
        "│ file.readline() …\n",
        "│ … → \"一\\n\"\n",
        "│ file.readline() → \"二\\n\"\n",
        "│ conn.recv(1024) …\n",
        "\nphone.shutdown(SHUT_WR) → done ",
        "│ … → \"\", 0 bytes\n",
        "│ conn.close() → done\n",
        "\nphone.recv(1024) → \"\", 0 bytes ",
        "\nphone.close() → done ",
        "│ mailbox = Socket::udp() → fd FD\n",
        "│ (_, addr) = mailbox.recvfrom(1024) …\n",
        "\nmailbox.sendto(\"你好\".as_bytes(),",
        "│ … → \"你好\", 6 bytes from\n",
        "\nmailbox.recvfrom(1024) ",
        "\n  → \"恭喜您传输成功\", 21 bytes from ",
        "│ mailbox.recvfrom(4)\n",
        "│   → \"0123\", 4 bytes of 10 from\n",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("no {step:?} where it should be in\n{out}"));
        rest = &rest[at + step.len() - 1..]; // the newline may begin the next step
    }
}

#[test]
fn it_is_plain_when_piped_and_fits_a_terminal() {
    let out = tour();
    assert!(!out.contains('\x1b'), "no colour");
    let mut ruled = 0;
    for line in out.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
        assert_eq!(line, line.trim_end(), "no blanks at the end");
        if let Some((left, _)) = line.split_once('│') {
            assert_eq!(left.width(), 39, "the rule is straight: {line}");
            ruled += 1;
        }
    }
    assert!(ruled > 60, "{ruled}");
}

#[test]
fn its_lines_do_not_change_from_run_to_run() {
    // Side by side, so that the threads meet in many ways.
    let running: Vec<Program> = (0..16).map(|_| Program::start(english())).collect();
    let first = masked(&tour());
    for program in running {
        let (status, out, err) = program.finish();
        assert!(status.success(), "{err}");
        assert_eq!(masked(&out), first);
    }
}

/// On a terminal, which Python lends us.
#[test]
fn it_is_in_colour_on_a_terminal_unless_unwanted() {
    let plain = masked(&tour());
    for (no_color, colour) in [(None, true), (Some(""), true), (Some("1"), false)] {
        let Some(mut command) = python() else { return };
        let lend = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
        command
            .args(["-c", lend])
            .arg(example("tour").get_program())
            .env("LC_ALL", "C");
        match no_color {
            Some(value) => command.env("NO_COLOR", value),
            None => command.env_remove("NO_COLOR"),
        };
        let (status, out, err) = run(command, "");
        assert!(status.success(), "{err}");
        assert_eq!(out.contains("\x1b["), colour, "NO_COLOR={no_color:?}");
        assert_eq!(masked(&without_escapes(&out)), plain, "the same text");
    }
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let plain = parts.fold(first, |plain, part| {
        plain + part.split_once('m').expect("a colour").1
    });
    plain.replace("\r\n", "\n") // as terminals have it
}
