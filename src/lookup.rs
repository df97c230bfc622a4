//! All look-ups of the crate: getaddrinfo(3) and getnameinfo(3), and how they are bounded in time.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

use dns_lookup::{AddrInfo, AddrInfoHints, LookupError};

use crate::cause::Cause;
use crate::eai::{EAI_AGAIN, EAI_FAIL, EAI_NONAME, EAI_SYSTEM, Eai};
use crate::kinds::{AddressFamily, SOCK_STREAM};

/// What to look up, by the numbers of C.
#[derive(Clone, Copy, Default)]
pub(crate) struct Query<'a> {
    pub(crate) host: Option<&'a str>,
    pub(crate) service: Option<&'a str>,
    pub(crate) family: u16,
    pub(crate) kind: i32,
    pub(crate) proto: i32,
    pub(crate) flags: i32,
}

/// One answer, by the numbers of C.
pub(crate) struct Found {
    pub(crate) family: u16,
    pub(crate) kind: i32,
    pub(crate) proto: i32,
    pub(crate) canonname: Option<String>,
    pub(crate) address: SocketAddr,
}

/// In [`Query::flags`]: the host is a number.
pub(crate) const AI_NUMERICHOST: i32 = 0x4;

/// It takes as long as the system's resolver takes.
pub(crate) fn getaddrinfo(query: &Query<'_>) -> Result<Vec<Found>, Cause> {
    for text in [query.host, query.service].into_iter().flatten() {
        if text.contains('\0') {
            return Err(Cause::bad_input("a name cannot contain a NUL byte"));
        }
    }
    if query.host.is_none() && query.service.is_none() {
        return Err(EAI_NONAME.into());
    }
    let hints = AddrInfoHints {
        flags: query.flags,
        address: query.family.into(),
        socktype: query.kind,
        protocol: query.proto,
    };
    let answers = dns_lookup::getaddrinfo(query.host, query.service, Some(hints)).map_err(cause)?;
    // dns-lookup panics at a canonical name that is not UTF-8, which /etc/hosts may have.
    let answers = catch_unwind(AssertUnwindSafe(|| {
        // An address of an unknown family cannot be used.
        answers.filter_map(Result::ok).map(Found::from).collect()
    }));
    answers.map_err(|_| Cause::unresolved(EAI_FAIL, "its canonical name is not UTF-8"))
}

/// The name of an address and of its port.
pub(crate) fn getnameinfo(address: &SocketAddr, flags: i32) -> Result<(String, String), Cause> {
    dns_lookup::getnameinfo(address, flags).map_err(cause)
}

/// The addresses of a host, once each: of a family, or all.
pub(crate) fn addresses(host: &str, family: AddressFamily) -> Result<Vec<SocketAddr>, Cause> {
    let query = Query {
        host: Some(host),
        family: family.0,
        kind: SOCK_STREAM.0,
        ..Query::default()
    };
    let found = getaddrinfo(&query)?;
    Ok(found.into_iter().map(|one| one.address).collect())
}

/// The address that a number stands for, with its scope: nothing is asked.
pub(crate) fn number(host: &str) -> Result<SocketAddr, Cause> {
    let found = getaddrinfo(&Query {
        host: Some(host),
        kind: SOCK_STREAM.0,
        flags: AI_NUMERICHOST,
        ..Query::default()
    })?;
    Ok(found.first().ok_or(EAI_NONAME)?.address)
}

impl From<AddrInfo> for Found {
    fn from(one: AddrInfo) -> Found {
        Found {
            // Of the kernel's 16 bits.
            family: one.address as u16,
            kind: one.socktype,
            proto: one.protocol,
            canonname: one.canonname,
            address: one.sockaddr,
        }
    }
}

fn cause(error: LookupError) -> Cause {
    match Eai::from_raw(error.error_num()) {
        EAI_SYSTEM => io::Error::from(error).into(),
        // Not getaddrinfo's own: the host or service that it gave is not UTF-8.
        Eai::NONE => Cause::unresolved(EAI_FAIL, "its name is not UTF-8"),
        eai => eai.into(),
    }
}

/// How many look-ups that were given up may still be waiting for their answer.
const MOST_GIVEN_UP: usize = 64;

/// Look-ups that were given up and are under way.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

/// Runs a look-up, and gives it up at the deadline: `None`.
///
/// getaddrinfo(3) cannot be interrupted, so it runs in a thread of its own. When it is given up,
/// that thread goes on until the resolver gives up, and then ends by itself.
pub(crate) fn within<T: Send + 'static>(
    deadline: Instant,
    look_up: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Cause> {
    if GIVEN_UP.load(Relaxed) >= MOST_GIVEN_UP {
        return Err(Cause::unresolved(
            EAI_AGAIN,
            format!("{MOST_GIVEN_UP} look-ups that were given up are still waiting for an answer"),
        ));
    }
    let (state, running) = Running::begin();
    let (sender, receiver) = sync_channel(1);
    let thread = thread::Builder::new()
        .name("look-up".to_owned())
        .spawn(move || {
            let _running = running;
            // Without a receiver the caller has given up.
            let _ = sender.send(look_up());
        })
        .map_err(|error| Cause::unresolved(EAI_AGAIN, format!("no thread for it: {error}")))?;
    let left = deadline.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(answer) => Ok(Some(answer)),
        Err(RecvTimeoutError::Timeout) if give_up(&state) => Ok(None),
        // The answer came at the last moment.
        Err(_) => match receiver.recv() {
            Ok(answer) => Ok(Some(answer)),
            // It sent nothing, so it panicked.
            Err(_) => match thread.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => Ok(None),
            },
        },
    }
}

const RUNNING: u8 = 0;
const ABANDONED: u8 = 1;
const DONE: u8 = 2;

/// Held by the thread while it looks up.
struct Running(Arc<AtomicU8>);

impl Running {
    fn begin() -> (Arc<AtomicU8>, Running) {
        let state = Arc::new(AtomicU8::new(RUNNING));
        (Arc::clone(&state), Running(state))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.swap(DONE, AcqRel) == ABANDONED {
            GIVEN_UP.fetch_sub(1, Relaxed);
        }
    }
}

/// Whether it was under way still. Counted until it ends.
fn give_up(state: &AtomicU8) -> bool {
    // Before the thread may see it, and take it off again.
    GIVEN_UP.fetch_add(1, Relaxed);
    let running = state.compare_exchange(RUNNING, ABANDONED, AcqRel, Acquire);
    if running.is_err() {
        GIVEN_UP.fetch_sub(1, Relaxed);
    }
    running.is_ok()
}
