//! # Solution: a peer that lost its power
//!
//! Hint: Three options of IPPROTO_TCP say when the first question is asked, how long to wait
//! for an answer, and how many may stay unanswered.
//!
//! Hint: It takes the idle time, and then the interval as many times as there are questions.
//! Three questions, and a quarter of the time for each of the four waits, add up.
//!
//! Hint: Keepalive doesn't ask while data is unconfirmed. TCP_USER_TIMEOUT, in milliseconds, is
//! for that.

use std::time::Duration;

use socketbook::*;

/// A connection whose peer is dead fails with ETIMEDOUT after `time` at most.
fn watch(conn: &Socket, time: Duration) -> Result<()> {
    let quarter = Duration::from_secs(time.as_secs() / 4);
    conn.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true)?;
    conn.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, quarter)?;
    conn.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, quarter)?;
    conn.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 3)?;
    conn.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, time.as_millis() as u32)
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
