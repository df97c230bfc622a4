//! Looking a host name up, with or without a deadline.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use crate::cause::Cause;

/// How many look-ups that were given up may still be waiting for their answer.
const MOST_ABANDONED: usize = 64;

/// Look-ups with a deadline that are under way.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

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
    let under_way = UnderWay::begin()?;
    let (sender, receiver) = sync_channel(1);
    let host = host.to_owned();
    thread::Builder::new()
        .name("look-up".to_owned())
        .spawn(move || {
            let _under_way = under_way;
            // Without a receiver the caller has given up.
            let _ = sender.send(look_up(&host, port));
        })?;
    let left = deadline.saturating_duration_since(Instant::now());
    receiver
        .recv_timeout(left)
        .map_or(Ok(None), |found| found.map(Some))
}

/// Counts a look-up while it is under way.
struct UnderWay;

impl UnderWay {
    fn begin() -> Result<UnderWay, Cause> {
        let begun = UnderWay;
        if UNDER_WAY.fetch_add(1, Relaxed) >= MOST_ABANDONED {
            return Err(Cause::Unresolved(format!(
                "{MOST_ABANDONED} other look-ups are still waiting for an answer"
            )));
        }
        Ok(begun)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Relaxed);
    }
}
