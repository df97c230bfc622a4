//! The crate beside CPython: the same scripts of calls, run by Python's socket module (run.py) and
//! by this crate (run.rs), each in a process of its own; what each call gave is compared line by
//! line. The scripts, and the language they are in: scripts/README.md.
//!
//! `cargo test --test differential -- WORD` runs the scripts whose file or title has the word;
//! with `--show` it prints every line and what it gave.

mod calls;
mod messages;
mod names;
mod options;
mod outcome;
mod run;
mod script;
#[path = "../support/skipped.rs"]
mod skipped;
mod storm;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use script::{Line, NO_IPV6, Script};
use skipped::{have_ipv6, python_command, skipped};

/// Says to a child which file it is to run.
const CHILD: &str = "SOCKETBOOK_DIFFERENTIAL";

/// A script whose call hangs ends the test with a word about it, not the machine's patience. They
/// all take a second or two.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn main() -> ExitCode {
    if let Ok(path) = std::env::var(CHILD) {
        run::run(&path);
        return ExitCode::SUCCESS;
    }
    let options: Vec<String> = std::env::args().skip(1).collect();
    let (flags, words): (Vec<&String>, Vec<&String>) =
        options.iter().partition(|option| option.starts_with("--"));
    if flags.iter().any(|flag| *flag == "--list") {
        return ExitCode::SUCCESS;
    }
    let show = flags.iter().any(|flag| *flag == "--show");
    if !python_is_there() {
        skipped("no python3 here, 3.11 or later");
        return ExitCode::SUCCESS;
    }

    let ipv6 = have_ipv6();
    // Where cargo runs a test, and it may be another folder than the one it was built in.
    let tests = std::env::current_dir().unwrap().join("tests/differential");
    let mut files: Vec<PathBuf> = std::fs::read_dir(tests.join("scripts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();

    let reports: Vec<Report> = thread::scope(|scope| {
        let threads: Vec<_> = files
            .iter()
            .map(|path| scope.spawn(|| compare(&tests, path, &words, show, ipv6)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let all = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    for report in &reports {
        print!("{}", report.text);
    }
    let wrong = all(|report| report.wrong);
    println!(
        "differential: {} scripts, {} calls: {} give the same in Python and Rust, {} differ on purpose, {wrong} differ otherwise",
        all(|report| report.scripts),
        all(|report| report.same + report.differs + report.wrong),
        all(|report| report.same),
        all(|report| report.differs),
    );
    ExitCode::from(u8::from(wrong > 0))
}

fn python_is_there() -> bool {
    let old = "import sys; sys.exit(sys.version_info < (3, 11))";
    python_command().is_some_and(|mut python| {
        let status = python.args(["-c", old]).status();
        status.is_ok_and(|status| status.success())
    })
}

#[derive(Default)]
struct Report {
    text: String,
    scripts: usize,
    same: usize,
    differs: usize,
    wrong: usize,
}

/// Runs a file both ways, and compares.
fn compare(tests: &Path, path: &Path, words: &[&String], show: bool, ipv6: bool) -> Report {
    let mut report = Report::default();
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut scripts = script::read(name, &std::fs::read_to_string(path).unwrap());
    scripts.retain(|script| {
        let wanted = |word: &&String| name.contains(*word) || script.title.contains(*word);
        (words.is_empty() || words.iter().any(wanted)) && (ipv6 || !script.needs_ipv6())
    });
    if scripts.is_empty() {
        return report;
    }
    let mut python = python_command().unwrap();
    python.arg(tests.join("run.py")).arg(path);
    let mut rust = Command::new(std::env::current_exe().unwrap());
    rust.env(CHILD, path);
    if !ipv6 {
        python.env(NO_IPV6, "1");
        rust.env(NO_IPV6, "1");
    }
    let (python, rust) = (Transcript::begin(python), Transcript::begin(rust));
    let (python, rust) = (python.join().unwrap(), rust.join().unwrap());

    for script in &scripts {
        report.scripts += 1;
        report.compare_script(name, script, &python, &rust, show);
    }
    for (who, transcript) in [("run.py", &python), ("run.rs", &rust)] {
        if let Some(trouble) = &transcript.trouble {
            report.wrong += 1;
            report.text += &format!("{name}: {who} did not end well: {trouble}\n");
        }
    }
    report
}

impl Report {
    fn compare_script(
        &mut self,
        name: &str,
        script: &Script,
        python: &Transcript,
        rust: &Transcript,
        show: bool,
    ) {
        if show {
            self.text += &format!("\n{name}: {}\n", script.title);
        }
        for Line {
            number,
            text,
            differs,
        } in &script.lines
        {
            let (python, rust) = (python.outcome(*number), rust.outcome(*number));
            let right = match differs {
                None => python == rust && python != NOTHING,
                Some(differs) => (python, rust) == (&*differs.python, &*differs.rust),
            };
            match (right, differs) {
                (true, None) => self.same += 1,
                (true, Some(_)) => self.differs += 1,
                (false, _) => self.wrong += 1,
            }
            let cut = python == NOTHING || rust == NOTHING;
            if !right && !cut {
                self.text += &format!("{name}:{number}: {}\n    {text}\n", script.title);
                self.text += &format!("    python: {python}\n    rust:   {rust}\n");
                if let Some(differs) = differs {
                    self.text +=
                        &format!("    but the script says\n    python: {}\n", differs.python);
                    self.text += &format!("    rust:   {}\n", differs.rust);
                }
            } else if show {
                self.text += &format!("{number:4}  {text:50} {python}\n");
                if let Some(differs) = differs {
                    self.text += &format!("{:57}rust: {rust} ({})\n", "", differs.why);
                }
            }
        }
    }
}

/// What a line has that was not reached.
const NOTHING: &str = "(not reached)";

/// What a child printed.
struct Transcript {
    outcomes: HashMap<usize, String>,
    trouble: Option<String>,
}

impl Transcript {
    /// Runs it in a thread, so that the patience with one begins when that with the other does.
    fn begin(mut command: Command) -> JoinHandle<Transcript> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(Stdio::null());
        let child = command.spawn().unwrap();
        thread::spawn(move || Running(child).end())
    }

    fn outcome(&self, line: usize) -> &str {
        self.outcomes.get(&line).map_or(NOTHING, String::as_str)
    }
}

struct Running(Child);

impl Running {
    fn end(self) -> Transcript {
        let Running(mut child) = self;
        let (done, wait) = mpsc::channel::<()>();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let guard = thread::spawn(move || {
            let hung = wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
            if hung {
                child.kill().unwrap();
            }
            (hung, child.wait().unwrap())
        });
        let errors = thread::spawn(|| std::io::read_to_string(stderr).unwrap());
        let printed = std::io::read_to_string(stdout).unwrap();
        drop(done);
        let (hung, status) = guard.join().unwrap();
        let errors = errors.join().unwrap();
        let lines = printed.lines().map(|line| line.split_once('\t').unwrap());
        let outcomes: HashMap<usize, String> = lines
            .map(|(number, outcome)| (number.parse().unwrap(), outcome.to_owned()))
            .collect();
        let trouble = if hung {
            let last = outcomes.keys().max().unwrap_or(&0);
            Some(format!(
                "killed, since the call after line {last} hung; {errors}"
            ))
        } else {
            (!status.success()).then(|| format!("{status}; {errors}"))
        };
        Transcript { outcomes, trouble }
    }
}
