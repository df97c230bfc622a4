//! All look-ups of the crate: getaddrinfo(3) and getnameinfo(3), and how they are bounded in time.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use dns_lookup::{AddrInfo, AddrInfoHints, LookupError};

use crate::cause::Cause;
use crate::eai::{EAI_AGAIN, EAI_FAIL, EAI_NONAME, EAI_SYSTEM, Eai};
use crate::kinds::{AddressFamily, SOCK_STREAM};
use crate::language::say;

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

/// In [`Query::flags`]: the host is a number. The same everywhere.
pub(crate) const AI_NUMERICHOST: i32 = 0x4;

/// It takes as long as the system's resolver takes.
pub(crate) fn getaddrinfo(query: &Query<'_>) -> Result<Vec<Found>, Cause> {
    for text in [query.host, query.service].into_iter().flatten() {
        if text.contains('\0') {
            return Err(Cause::bad_input(say!(
                "a name cannot contain a NUL byte",
                "名字里不能有 NUL 字节"
            )));
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
    answers.map_err(|_| {
        let why = say!("its canonical name is not UTF-8", "它的规范名不是 UTF-8");
        Cause::unresolved(EAI_FAIL, why)
    })
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
        Eai::NONE => Cause::unresolved(
            EAI_FAIL,
            say!("its name is not UTF-8", "它的名字不是 UTF-8"),
        ),
        eai => eai.into(),
    }
}

/// How many look-ups that were given up may still be waiting for their answer.
const MOST_ABANDONED: usize = 64;

/// How many there are.
static ABANDONED: AtomicUsize = AtomicUsize::new(0);

/// Runs a look-up, and gives it up at the deadline: `None`.
///
/// getaddrinfo(3) cannot be interrupted, so it runs in a thread of its own. When it is given up,
/// that thread goes on until the resolver gives up, and then ends by itself.
pub(crate) fn within<T: Send + 'static>(
    deadline: Instant,
    look_up: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Cause> {
    if ABANDONED.load(Relaxed) >= MOST_ABANDONED {
        return Err(Cause::unresolved(
            EAI_AGAIN,
            say!(
                "{MOST_ABANDONED} look-ups that took too long are still waiting for an answer",
                "有 {MOST_ABANDONED} 次解析花的时间太长，还在等应答"
            ),
        ));
    }
    // No one is counted twice, and none is left: what is sent here is received, or it is an error.
    let (sender, receiver) = sync_channel(0);
    let thread = thread::Builder::new().name("look-up".to_owned());
    let spawned = thread.spawn(move || {
        if sender
            .send(catch_unwind(AssertUnwindSafe(look_up)))
            .is_err()
        {
            ABANDONED.fetch_sub(1, Relaxed);
        }
    });
    if let Err(error) = spawned {
        return Err(Cause::unresolved(
            EAI_AGAIN,
            say!("no thread for it: {error}", "没有线程可用来解析：{error}"),
        ));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(Ok(answer)) => Ok(Some(answer)),
        // In the caller, as if there were no thread.
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => {
            // Before the receiver goes, which is what the thread notices.
            ABANDONED.fetch_add(1, Relaxed);
            drop(receiver);
            Ok(None)
        }
    }
}
