//! The agent's configuration: what was read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pilot::fuzzing::configuration;

fuzz_target!(|text: &str| {
    let Some(values) = configuration(text) else {
        return;
    };
    let quote = |value: &str| if value.contains('\'') { '"' } else { '\'' };
    let lines: String = values
        .iter()
        .map(|(key, value)| format!("{key}={0}{value}{0}\n", quote(value)))
        .collect();
    assert_eq!(configuration(&lines), Some(values));
});
