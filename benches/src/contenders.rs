//! Who is compared, and how one of them does a row: here, or in a child process that is counted.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::peers::{Generic, Libc, Ours, Rustix, Socket2, Std};
use crate::rows::{Row, Work, perform};

pub struct Contender {
    pub name: &'static str,
    how: How,
}

enum How {
    Rust(fn(Work, u64) -> Duration),
    Python(&'static str),
}

const fn rust(name: &'static str, perform: fn(Work, u64) -> Duration) -> Contender {
    let how = How::Rust(perform);
    Contender { name, how }
}

const fn python(name: &'static str, timed: &'static str) -> Contender {
    let how = How::Python(timed);
    Contender { name, how }
}

/// The first is the measure. The second is the same code: how far from 1 it comes is noise.
pub const CONTENDERS: &[Contender] = &[
    rust("libc", perform::<Libc<false>>),
    rust("libc again", perform::<Libc<false>>),
    rust("socketbook", perform::<Ours<false>>),
    rust("std", perform::<Std<false>>),
    rust("socket2", perform::<Socket2<false>>),
    rust("rustix", perform::<Rustix<false>>),
    python("CPython", "untimed"),
    rust("libc+t", perform::<Libc<true>>),
    rust("socketbook+t", perform::<Ours<true>>),
    rust("std+t", perform::<Std<true>>),
    rust("socket2+t", perform::<Socket2<true>>),
    rust("rustix+t", perform::<Rustix<true>>),
    python("CPython+t", "timed"),
];

/// Not a contender: this crate as another crate's code pays for it, for the bounds.
const GENERIC: Contender = rust("generic", perform::<Generic>);

pub fn contender(name: &str) -> Option<&'static Contender> {
    let all = CONTENDERS.iter().chain([&GENERIC]);
    all.into_iter().find(|contender| contender.name == name)
}

/// A contender that is ready to do one row, again and again.
pub enum Ready {
    Rust(fn(Work, u64) -> Duration, Work),
    Python(Child, ChildStdin, BufReader<ChildStdout>),
}

impl Contender {
    pub fn is_python(&self) -> bool {
        matches!(self.how, How::Python(_))
    }

    /// Whether it has what the row asks for: std and socket2 pass no descriptors.
    pub fn can(&self, row: &Row) -> bool {
        let passes = !(self.name.starts_with("std") || self.name.starts_with("socket2"));
        passes || !matches!(row.work, Work::Pass)
    }

    pub fn ready(&self, row: &Row) -> Ready {
        match self.how {
            How::Rust(perform) => Ready::Rust(perform, row.work),
            How::Python(timed) => {
                let mut child = python_command(row, timed)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
                Ready::Python(child, input, BufReader::new(output))
            }
        }
    }

    /// The command and the input of a process that does the row `n` times.
    pub fn process(&self, row: &Row, n: u64) -> (Command, String) {
        match self.how {
            How::Rust(_) => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["--perform", self.name, row.name, &n.to_string()]);
                (command, String::new())
            }
            How::Python(timed) => (python_command(row, timed), format!("{n}\n")),
        }
    }
}

/// The interpreter itself: `python3` may be a script that starts it, which cannot be counted.
/// `None` where there is none.
pub fn python_program() -> Option<String> {
    static PROGRAM: OnceLock<Option<String>> = OnceLock::new();
    let ask = || {
        let told = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output();
        let told = told.ok().filter(|told| told.status.success())?;
        Some(String::from_utf8(told.stdout).ok()?.trim().to_owned())
    };
    PROGRAM.get_or_init(ask).clone()
}

fn python_command(row: &Row, timed: &str) -> Command {
    let script = crate::package().join("src/peers/peer.py");
    let mut command = Command::new(python_program().as_deref().unwrap());
    command
        .args(["-S", "-E"])
        .arg(script)
        .args([row.name, timed]);
    command
}

impl Ready {
    pub fn perform(&mut self, n: u64) -> Duration {
        match self {
            Ready::Rust(perform, work) => perform(*work, n),
            Ready::Python(_, input, output) => {
                writeln!(input, "{n}").unwrap();
                let mut answer = String::new();
                output.read_line(&mut answer).unwrap();
                Duration::from_nanos(answer.trim().parse().unwrap())
            }
        }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Ready::Python(child, ..) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
