//! Build files and their run lines.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = art::fuzzing::build_file(text);
    if let Some(line) = art::fuzzing::run_line(text) {
        assert!(!line.contains('\0'));
        if !text.contains("$[") {
            assert_eq!(line, text, "the shell is given what stands there");
        }
    }
});
