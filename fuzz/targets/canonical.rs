//! The bytes that signatures cover: what is laid out anew stays the same
//! document, and laying it out again changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wire::canonical::{compact, indent};

fuzz_target!(|bytes: &[u8]| {
    let laid_out = indent(bytes);
    // Indented no deeper than any message is nested, each byte grows to a line at most.
    assert!(laid_out.len() <= bytes.len() * 70 + 70);
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    assert_eq!(indent(&laid_out), laid_out, "a second time");
    let again: Value = serde_json::from_slice(&laid_out).expect("it is still JSON");
    assert_eq!(again, value);
    let ours = compact(&value).expect("a value is JSON");
    assert_eq!(serde_json::from_slice::<Value>(&ours).ok(), Some(value));
});
