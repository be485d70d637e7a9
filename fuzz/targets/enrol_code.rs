//! Enrolment codes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::code::EnrolCode;

fuzz_target!(|text: &str| {
    if let Ok(code) = text.parse::<EnrolCode>() {
        assert_eq!(code.expose(), text.trim());
    }
});
