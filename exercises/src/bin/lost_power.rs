//! # a peer that lost its power
//!
//! A machine that loses its power sends no FIN and no RST, so a silent connection to it lasts
//! forever. Make the kernel ask: `watch` sets the options so that a dead peer is noticed within
//! `time`, whether the connection is silent or something was sent and isn't confirmed. A peer
//! that answers must not be lost because one question was.

use std::time::Duration;

use socketbook::*;

/// A connection whose peer is dead fails with ETIMEDOUT after `time` at most.
fn watch(conn: &Socket, time: Duration) -> Result<()> {
    // Your part: the first question would come after two hours.
    let _ = time;
    conn.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)
}

// ---- The check: read it, and leave it as it is. ----

pub fn main() {
    exercises::run(check);
}

fn check() -> Result<()> {
    let (conn, _peer) = exercises::call()?;
    let time = Duration::from_secs(60);
    watch(&conn, time)?;
    assert!(
        conn.getsockopt(SOL_SOCKET, SO_KEEPALIVE)?,
        "SO_KEEPALIVE is off, so nothing is ever asked"
    );
    let idle = conn.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE)?;
    let interval = conn.getsockopt(IPPROTO_TCP, TCP_KEEPINTVL)?;
    let count = conn.getsockopt(IPPROTO_TCP, TCP_KEEPCNT)?;
    assert!(
        count >= 2,
        "after {count} question without an answer the peer counts as dead: packets do get lost"
    );
    let mut all = idle;
    for _ in 0..count {
        all += interval;
    }
    assert!(
        all <= time,
        "a silent connection to a dead peer fails after {all:?}: {idle:?}, and then {count} times \
         {interval:?}"
    );
    let unconfirmed = conn.getsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT)?;
    let unconfirmed = Duration::from_millis(unconfirmed.into());
    assert!(
        !unconfirmed.is_zero() && unconfirmed <= time,
        "for data that no one confirms the limit is {unconfirmed:?} (0 is the kernel's quarter of \
         an hour)"
    );
    Ok(())
}
