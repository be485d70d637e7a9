//! Names of packages, which become parts of paths, URLs and arguments.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::PackageName;

fuzz_target!(|text: &str| {
    let Ok(name) = text.parse::<PackageName>() else {
        return;
    };
    assert_eq!(
        name.to_string().parse::<PackageName>().ok().as_ref(),
        Some(&name)
    );
    for segment in name.repository().split('/').chain([name.tag.as_str()]) {
        assert!(!segment.is_empty() && !segment.starts_with(['-', '.']));
        assert!(!segment.contains("..") && segment.is_ascii());
        assert!(!segment.contains(|c: char| c.is_control() || c == '\\' || c == ' '));
    }
});
