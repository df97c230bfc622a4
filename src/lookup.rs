//! Looking a host name up, with or without a deadline.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use crate::cause::Cause;

/// How many look-ups that were given up may still be waiting for their answer.
const MOST_ABANDONED: usize = 64;

/// How many there are.
static ABANDONED: AtomicUsize = AtomicUsize::new(0);

/// The addresses of a host. It takes as long as the system's resolver takes.
pub(crate) fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, Cause> {
    match (host, port).to_socket_addrs() {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(Cause::Unresolved(error.to_string())),
    }
}

/// The addresses of a host, or `None` if the deadline came first.
///
/// getaddrinfo(3) cannot be interrupted, so it runs in a thread of its own. After the deadline that
/// thread goes on until the resolver gives up, and then ends by itself.
pub(crate) fn look_up_until(
    host: &str,
    port: u16,
    deadline: Instant,
) -> Result<Option<Vec<SocketAddr>>, Cause> {
    if ABANDONED.load(Relaxed) >= MOST_ABANDONED {
        return Err(Cause::Unresolved(format!(
            "{MOST_ABANDONED} look-ups that took too long are still waiting for an answer"
        )));
    }
    // No one is counted twice, and none is left: what is sent here is received, or it is an error.
    let (sender, receiver) = sync_channel(0);
    let name = host.to_owned();
    let thread = thread::Builder::new().name("look-up".to_owned());
    let spawned = thread.spawn(move || {
        if sender.send(look_up(&name, port)).is_err() {
            ABANDONED.fetch_sub(1, Relaxed);
        }
    });
    if let Err(error) = spawned {
        return Err(Cause::Unresolved(format!("no thread for it: {error}")));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(found) => found.map(Some),
        Err(_) => {
            // Before the receiver goes, which is what the thread notices.
            ABANDONED.fetch_add(1, Relaxed);
            drop(receiver);
            Ok(None)
        }
    }
}
