//! What the process that talks to the network says to the agent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pilot::fuzzing::courier_report;

fuzz_target!(|bytes: &[u8]| {
    if let Some(again) = courier_report(bytes) {
        assert_eq!(courier_report(&again), Some(again.clone()));
        assert!(again.len() <= bytes.len() * 3, "text may have to be mended");
    }
});
