//! What the exercises share: the deadline, the telephone call, the dribbling peer.

use std::fs;
use std::panic::{self, PanicHookInfo};
use std::path::PathBuf;
use std::process;
use std::thread;
use std::time::Duration;

use socketbook::{Language, Result, Socket, create_connection, create_server, select};

/// A text in the language that is asked for: English, or Chinese.
#[macro_export]
macro_rules! said {
    ($language:expr, $english:literal, $chinese:literal) => {
        match $language {
            socketbook::Language::Chinese => format!($chinese),
            _ => format!($english),
        }
    };
}

/// How long an exercise may take. All need milliseconds; those that show a deadlock, two seconds.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs the check of an exercise. Whatever goes wrong, in whichever thread, ends the program with
/// a message: exit code 1 for an assertion or an error, 2 when the time is over.
pub fn run(check: fn() -> Result<()>) {
    run_within(LIMIT, check);
}

/// As [`run`], with another limit.
pub fn run_within(limit: Duration, check: fn() -> Result<()>) {
    panic::set_hook(Box::new(not_yet));
    thread::spawn(move || {
        thread::sleep(limit);
        let why = said!(
            Language::from_environment(),
            "Not yet: {limit:?} are over, and a call still waits for what never comes.\n         \
             Which one? Who would have to send, to read or to hang up for it?",
            "还没通过：{limit:?} 已到，还有一个调用在等永远不会来的东西。\n          \
             是哪一个？要等到谁发送、谁接收，或者谁挂断？"
        );
        eprintln!("{why}");
        process::exit(2);
    });
    match check() {
        Ok(()) => println!(
            "{}",
            said!(Language::from_environment(), "It passes.", "通过了。")
        ),
        Err(error) => {
            let language = Language::from_environment();
            let why = said!(
                language,
                "Not yet: a call failed, and the error came through to the check.",
                "还没通过：有一个调用失败了，错误一直传到了检查里。"
            );
            eprintln!("{why}");
            eprint!("{}", error.explain_in(language));
            process::exit(1);
        }
    }
}

/// Says why, and ends the program: the other threads may wait for the one that has failed.
fn not_yet(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or(payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic");
    // The check is the exercise's own, and is written in English.
    let why = said!(
        Language::from_environment(),
        "Not yet: {text}",
        "还没通过：{text}"
    );
    eprintln!("{why}");
    if let Some(place) = panic.location() {
        let file = place.file().replace('\\', "/"); // on Windows
        eprintln!("         ({file}:{})", place.line());
    }
    process::exit(1);
}

/// A thread that another one watches.
pub struct Watched {
    stat: Option<PathBuf>,
}

impl Watched {
    pub fn this_thread() -> Watched {
        let task = fs::read_link("/proc/thread-self");
        let stat = task.map(|task| PathBuf::from("/proc").join(task).join("stat"));
        Watched { stat: stat.ok() }
    }

    /// Whether it sleeps in the kernel. A system without /proc doesn't say, and there a thread that
    /// was given a moment is taken to.
    pub fn waits(&self) -> bool {
        let stat = self.stat.as_ref().map(fs::read_to_string);
        match stat.and_then(|stat| stat.ok()) {
            // The state is after the name in parentheses.
            Some(stat) => stat
                .rsplit(')')
                .next()
                .is_some_and(|rest| rest.starts_with(" S")),
            None => {
                thread::sleep(Duration::from_millis(200));
                true
            }
        }
    }
}

/// A TCP call that is under way: the caller's telephone, and the callee's.
pub fn call() -> Result<(Socket, Socket)> {
    let phone = create_server(("127.0.0.1", 0))?;
    let caller = create_connection(phone.getsockname()?)?;
    let (callee, _) = phone.accept()?;
    Ok((caller, callee))
}

/// Sends piece after piece, each only when the other side has taken the one before, and hangs up.
/// `watch` is a duplicate of the other side's socket. It takes a `socketpair`: what was sent is
/// there at once, which TCP does not promise.
pub fn dribble(from: Socket, watch: &Socket, pieces: &[&[u8]]) -> Result<()> {
    for piece in pieces {
        from.sendall(piece)?;
        // As long as there is something to read, the piece is still there. A look with MSG_PEEK would
        // wait forever if it was taken a moment before.
        while !select([watch], [], Duration::ZERO)?.is_empty() {
            thread::yield_now();
        }
    }
    Ok(())
}
