//! A server under test, and callers in Python.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use crate::commands::{example, python};
use crate::process::Program;

pub struct Server {
    pub program: Program,
    pub port: u16,
    pub pid: u32,
}

impl Server {
    pub fn start(name: &str, arguments: &[&str]) -> Server {
        let mut command = Command::new("sh");
        command
            .args(["-c", START])
            .arg(example(name).get_program())
            .arg("127.0.0.1:0")
            .args(arguments);
        let mut program = Program::start(command);
        let pid = program.err.line().parse().expect("a process");
        let line = program.err.line();
        let (_, port) = line
            .strip_prefix("listening on ")
            .and_then(|address| address.split_once(':'))
            .unwrap_or_else(|| panic!("not an address: {line:?}"));
        let port = port.parse().expect("a port");
        Server { program, port, pid }
    }

    /// Runs callers, a program in Python that ends well if all is as it should be; `None` without
    /// Python. `call()` calls, `interrupt()` is Ctrl-C at the server.
    pub fn meets(&self, callers: &str) -> Option<()> {
        let (status, _, err) = self.calls(callers)?.finish();
        assert!(status.success(), "{err}");
        Some(())
    }

    /// Starts such a program.
    pub fn calls(&self, callers: &str) -> Option<Program> {
        let mut command = python()?;
        command
            .args(["-c", &format!("{PRELUDE}{callers}")])
            .args([self.port.to_string(), self.pid.to_string()]);
        Some(Program::start(command))
    }

    pub fn finish(self) -> (ExitStatus, String) {
        let (status, out, err) = self.program.finish();
        assert_eq!(out, "");
        (status, err)
    }

    pub fn ends_well(self) {
        let (status, err) = self.finish();
        assert_eq!(status.code(), Some(0), "{err}");
    }

    pub fn ends_by_signal(self) {
        let (status, err) = self.finish();
        assert_eq!(status.signal(), Some(2), "{err}");
    }
}

/// The shell says which process it is, and becomes the server. Where the tests run in the background
/// of a script Ctrl-C is ignored, which the server would inherit; GNU's env undoes it.
const START: &str = r#"
echo $$ >&2
env --default-signal=INT true 2>/dev/null && exec env --default-signal=INT "$0" "$@"
exec "$0" "$@"
"#;

/// A call has 30 seconds, so that a server that says nothing is an error and not a hang.
const PRELUDE: &str = r#"
import os, select, signal, socket, struct, sys, threading, time
port, pid = int(sys.argv[1]), int(sys.argv[2])
socket.setdefaulttimeout(30)

def call():
    return socket.create_connection(("127.0.0.1", port))

def deaf():
    """One that will not listen, and has room for little."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", port))
    return s

def call_saying(data, call=call):
    """Calls and sends while the server is stopped: however long that takes, it is in time."""
    os.kill(pid, signal.SIGSTOP)
    while open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "T":
        pass
    s = call()
    s.sendall(data)
    os.kill(pid, signal.SIGCONT)
    return s

def interrupt():
    os.kill(pid, signal.SIGINT)

def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()

def rest(s):
    data = b""
    while part := s.recv(65536):
        data += part
    return data

def is_rest(s, expected, what=None):
    got = rest(s)
    assert got == expected, (got, what)

def refused():
    try:
        call()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it came into the queue, and the phone was hung up

def cut_off(s, what):
    """Sends until the server has had enough."""
    s.settimeout(0.05)
    while True:
        try:
            s.send(what)
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            return
"#;
