//! What a proxy answers to CONNECT, and what follows interim answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pilot::fuzzing::answer;

const MOST: u64 = 64;

fuzz_target!(|bytes: &[u8]| {
    if let Some((_, body, read)) = answer(bytes, MOST) {
        assert!(body.len() as u64 <= MOST + 1);
        assert!(read <= bytes.len());
    }
});
