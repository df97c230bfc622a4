//! Ancillary data as a kernel might write it, and never does: each item lies within what is there,
//! after the one before it, and the reader comes to an end.
#![no_main]

#[allow(dead_code, reason = "what writes is held by the tests in it")]
#[path = "../../src/sys/control.rs"]
mod control;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = bytes.as_ptr_range();
    let mut at = whole.start;
    for item in control::items(bytes) {
        let data = item.data.as_ptr_range();
        let header = control::item_len(0);
        assert!(data.start as usize >= at as usize + header);
        assert!(data.end <= whole.end);
        at = data.end;
    }
});
