//! Signals every millisecond, for the calls that have to bear them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::SIGALRM;

/// How many signals the main thread has taken, in all storms.
static SIGNALS: AtomicUsize = AtomicUsize::new(0);

/// The kernel gives a signal of the process to its main thread, which runs the scripts.
///
/// The handler has SA_RESTART, so a script sets SO_RCVTIMEO or SO_SNDTIMEO to an hour where a call
/// without a timeout shall see EINTR: signal(7).
pub struct Storm {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<bool>,
}

impl Storm {
    /// It spends itself after so many signals.
    pub fn on(many: usize) -> Storm {
        let stop = Arc::new(AtomicBool::new(false));
        let taken = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGALRM, Arc::clone(&taken)).unwrap();
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut left = many;
            while left > 0 && !stopped.load(SeqCst) {
                kill_process(getpid(), Signal::ALARM).unwrap();
                thread::sleep(Duration::from_millis(1)); // the storm's own pace
                if taken.swap(false, SeqCst) {
                    SIGNALS.fetch_add(1, SeqCst);
                    left -= 1;
                }
            }
            left > 0
        });
        Storm { stop, thread }
    }

    pub fn off(self) -> &'static str {
        self.stop.store(true, SeqCst);
        match self.thread.join().unwrap() {
            true => "the storm was on to the end",
            false => "the storm had spent itself",
        }
    }
}

/// How many signals have come.
pub fn signals() -> usize {
    SIGNALS.load(SeqCst)
}

/// Returns when so many signals have come.
pub fn wait_for(signals: usize) {
    while self::signals() < signals {
        thread::sleep(Duration::from_millis(1)); // between two looks at the count: it is the event
    }
}
