//! Signals: a storm of them over one thread, and SIGPIPE as the system has it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

static CAUGHT: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: i32) {
    CAUGHT.fetch_add(1, SeqCst);
}

/// How many signals of storms this process has caught.
pub fn caught() -> usize {
    CAUGHT.load(SeqCst)
}

fn handle(signal: Signal, handler: SigHandler, flags: SaFlags) {
    let action = SigAction::new(handler, flags, SigSet::empty());
    // SAFETY: the one handler does nothing but add to an atomic number. No safe crate installs a
    // handler without SA_RESTART, or takes the runtime's SIG_IGN off SIGPIPE.
    unsafe { sigaction(signal, &action) }.unwrap();
}

/// A write to a closed pipe kills this process from now on, as in a C program.
pub fn sigpipe_kills() {
    handle(Signal::SIGPIPE, SigHandler::SigDfl, SaFlags::empty());
}

/// Runs `call` while SIGALRM hits its thread every millisecond, and returns what it returned and
/// whether it ended before the storm did, which it does after `signals`. When the thread has caught
/// 10 of them `act` is called, by the thread that makes the storm.
pub fn in_a_storm<T>(
    restart: bool,
    signals: usize,
    act: impl FnOnce() + Send,
    call: impl FnOnce() -> T,
) -> (T, bool) {
    let flags = match restart {
        true => SaFlags::SA_RESTART,
        false => SaFlags::empty(),
    };
    handle(Signal::SIGALRM, SigHandler::Handler(count), flags);
    // On musl it is a pointer, which no other thread may have.
    let (target, before) = (pthread_self() as usize, caught());
    let (done, over) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut act = Some(act);
            for _ in 0..signals {
                if done.load(SeqCst) {
                    return;
                }
                if caught() >= before + 10 {
                    act.take().into_iter().for_each(|act| act());
                }
                pthread_kill(target as _, Signal::SIGALRM).unwrap();
                thread::sleep(Duration::from_millis(1)); // the storm's own pace
            }
            over.store(true, SeqCst);
        });
        while caught() == before {
            thread::yield_now(); // until the storm is here
        }
        let outcome = call();
        let in_time = !over.load(SeqCst);
        done.store(true, SeqCst);
        (outcome, in_time)
    })
}
