//! Lesson 5, blocking and timeouts.

mod readiness;
mod timeouts;
mod waits;
