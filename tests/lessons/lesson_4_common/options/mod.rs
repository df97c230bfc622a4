//! Lesson 4, options: each row of the table beside the kernel's own number, what options do, and
//! values at their ends. What needs a privilege may succeed or be refused.

mod groups;
mod rows;
mod tcp;
mod values;

use socketbook::*;

/// Done, or refused for want of a privilege.
fn allowed_or_not(outcome: Result<()>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => {
            assert!(matches!(error.errno(), Some(EPERM | EACCES)), "{error}");
            false
        }
    }
}
