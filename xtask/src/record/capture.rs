//! Runs a conversation in a network namespace of its own, where its packets are the only ones,
//! under strace and tcpdump, and returns what both wrote.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// The system calls worth drawing, `write` for the mark that the conversation prints, and the end.
const CALLS: &str = "socket,bind,listen,accept4,connect,sendto,recvfrom,shutdown,close,poll,ppoll,\
                     getsockopt,setsockopt,ioctl,getsockname,write,exit_group";

/// What is run inside the namespace. tcpdump is ready when it says so; it has seen everything when
/// it has seen the datagram that is sent last.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
tcpdump -Z root -i lo -n -tt -l --immediate-mode -U >"$DIR/packets" 2>"$DIR/tcpdump" &
tcpdump=$!
trap 'kill $tcpdump 2>/dev/null || true' EXIT
until grep -q listening "$DIR/tcpdump"; do kill -0 $tcpdump; done
strace -ttt -T -s 8 -e trace="$CALLS" -o "$DIR/calls" "$PROGRAM" converse "$NAME" >"$DIR/output" 2>&1
echo end >/dev/udp/127.0.0.1/9
until grep -q '\.9: UDP' "$DIR/packets"; do kill -0 $tcpdump; done
"#;

/// What strace and tcpdump wrote.
pub struct Capture {
    pub calls: String,
    pub packets: String,
}

pub fn capture(name: &str) -> Result<Capture> {
    for (tool, package) in [
        ("strace", "strace"),
        ("tcpdump", "tcpdump"),
        ("ip", "iproute2"),
        ("unshare", "util-linux"),
    ] {
        let found = Command::new("sh")
            .args(["-c", "command -v \"$0\"", tool])
            .stdout(Stdio::null())
            .status()?;
        ensure!(
            found.success(),
            "recording needs {tool}: install {package}, and run as root"
        );
    }
    let dir = tempfile::tempdir()?;
    let run = Command::new("timeout")
        .args(["20", "unshare", "--net", "bash", "-c", SCRIPT])
        .env("DIR", dir.path())
        .env("CALLS", CALLS)
        .env("PROGRAM", std::env::current_exe()?)
        .env("NAME", name)
        .output()
        .context("cannot run unshare")?;
    let read = |file: &str| std::fs::read_to_string(dir.path().join(file)).unwrap_or_default();
    if !run.status.success() {
        bail!(
            "recording {name} failed ({}); a network namespace and strace need root\n{}{}{}",
            run.status,
            String::from_utf8_lossy(&run.stderr),
            read("tcpdump"),
            read("output")
        );
    }
    Ok(Capture {
        calls: read("calls"),
        packets: read("packets"),
    })
}
