//! The agent's records on disk: a damaged one is never taken for a good one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pilot::fuzzing::{record, record_of};

fuzz_target!(|input: (&[u8], &str, usize, u8)| {
    let (bytes, text, at, flip) = input;
    if let Some(again) = record(bytes) {
        assert!(record(&again).is_some());
    }
    let mut good = record_of(text);
    assert_eq!(record(&good).as_deref(), Some(good.as_slice()));
    let at = at % good.len();
    if flip != 0 {
        good[at] ^= flip;
        assert_eq!(record(&good), None, "a changed byte");
        good[at] ^= flip;
    }
    assert_eq!(record(&good[..at]), None, "a torn record");
});
