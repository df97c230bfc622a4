//! Runs a conversation in a network namespace of its own, where its packets are the only ones,
//! under strace and tcpdump, and returns what both wrote.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::calls::{self, Traced};
use super::conversations::RECORDING;
use super::packets::{self, Packet};

/// The system calls worth drawing, `write` for what the conversation prints, and the end.
const CALLS: &str = "socket,socketpair,bind,listen,accept4,connect,sendto,recvfrom,sendmsg,recvmsg,shutdown,\
                     close,poll,ppoll,getsockopt,setsockopt,ioctl,write,exit_group";

/// What is run inside the namespace. tcpdump is ready when it says so; it has seen everything when
/// it has seen the datagram that is sent last.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
# Timers that fire earlier on some kernels than on others: a last segment sent once more because its
# acknowledgment is held back, and a SYN that is repeated each second.
for timer in tcp_early_retrans tcp_syn_linear_timeouts; do
  if [ -e /proc/sys/net/ipv4/$timer ]; then echo 0 >/proc/sys/net/ipv4/$timer; fi
done
nft -f - <<'END'
table inet loss {
  counter lost { }
  chain input { type filter hook input priority 0; }
}
END
tcpdump -Z root -i lo -n -tt --nano -l --immediate-mode -U >"$DIR/packets" 2>"$DIR/tcpdump" &
tcpdump=$!
trap 'kill $tcpdump 2>/dev/null || true' EXIT
until grep -q listening "$DIR/tcpdump"; do kill -0 $tcpdump; done
# A descriptor that was open where the recorder was started would move the numbers of the sockets.
for path in /proc/$$/fd/*; do
  fd=${path##*/}
  if ((fd > 2)); then exec {fd}>&-; fi
done
strace --absolute-timestamps=format:unix,precision:ns --syscall-times=ns -s 400 -e trace="$CALLS" -o "$DIR/calls" "$PROGRAM" converse "$NAME" >"$DIR/output" 2>&1
echo end >/dev/udp/127.0.0.1/9
until grep -q '\.9: UDP' "$DIR/packets"; do kill -0 $tcpdump; done
nft list counter inet loss lost | sed -n 's/.*packets \([0-9]*\).*/\1/p' >"$DIR/lost"
"#;

/// What strace and tcpdump saw of a conversation, and how many packets nft dropped.
pub struct Capture {
    pub traced: Vec<Traced>,
    pub packets: Vec<Packet>,
    pub lost: usize,
}

pub fn capture(name: &str) -> Result<Capture> {
    for (tool, package) in [
        ("strace", "strace"),
        ("tcpdump", "tcpdump"),
        ("ip", "iproute2"),
        ("nft", "nftables"),
        ("unshare", "util-linux"),
    ] {
        ensure!(
            installed(tool)?,
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
        .env(RECORDING, "1")
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
    let mut traced = Vec::new();
    for line in read("calls").lines() {
        traced.extend(calls::parse(0, line)?);
    }
    let packets = read("packets").lines().filter_map(packets::parse).collect();
    let lost = read("lost").trim().parse();
    Ok(Capture {
        traced,
        packets,
        lost: lost.context("nft told no number of packets")?,
    })
}

pub fn installed(tool: &str) -> Result<bool> {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$0\"", tool])
        .stdout(Stdio::null())
        .status()?;
    Ok(found.success())
}
