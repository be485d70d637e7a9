//! The agent's core decides and does nothing. It may name types of what does something,
//! and nothing that would open, wait, or look at a clock.

use super::sources::sources;
use release::failure::{Context, Result};
use std::fs;
use std::path::Path;

const CORE: &str = "src/agent/core";

/// What it may use of the program: data, and how texts are shown.
const ALLOWED: [&str; 11] = [
    // How far an item is visible.
    "agent)",
    "agent::core::",
    "checker::ListedKeys",
    "checker::Verdict",
    "checker::{Answered, Enrolment, Verdict}",
    "config::address::ControlUri",
    "courier::frame::",
    "identity::clock::FLOOR_STEP",
    "log::Level",
    "log::{Level, one_line}",
    "spool::Lookup",
];

/// What reaches the kernel by other names.
const DENIED: [&str; 10] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "super::super::super",
];

/// One finding for each line that uses something else.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for file in sources(&root.join(CORE))? {
        let text = fs::read_to_string(&file).context(file.display())?;
        let name = file.strip_prefix(root).unwrap_or(&file).display();
        for line in lines_with_io(&text) {
            findings.push(format!("{name}: the core does no I/O: `{line}`"));
        }
    }
    Ok(findings)
}

fn lines_with_io(text: &str) -> impl Iterator<Item = &str> {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().trim());
    code.filter(|line| {
        let is_allowed = |rest: &str| ALLOWED.iter().any(|path| rest.starts_with(path));
        let is_denied = DENIED.iter().any(|path| line.contains(path));
        is_denied || !line.split("crate::").skip(1).all(is_allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_be_used_and_what_does_something_may_not() {
        let text = "\
use crate::courier::frame::{BUSY, RawAnswer};
pub(in crate::agent) struct Core; // crate::sys::clock
use crate::sys::clock;
fn now() -> u64 { crate::sys::clock::wall() }
use std::fs::File;
use crate::log::{self, Level};
use crate::spool::Lookup;
use crate::spool::Spool;
";
        let found: Vec<&str> = lines_with_io(text).collect();
        assert_eq!(
            found,
            [
                "use crate::sys::clock;",
                "fn now() -> u64 { crate::sys::clock::wall() }",
                "use std::fs::File;",
                "use crate::log::{self, Level};",
                "use crate::spool::Spool;",
            ]
        );
    }
}
