//! Checks that the agent's core does no I/O. The core may use data types of other modules, but
//! nothing that opens a file, waits, or reads a clock.

use super::sources::sources;
use release::failure::{Context, Result};
use std::fs;
use std::path::Path;

const CORE: &str = "src/agent/core";

/// What the core may use of the rest of the program: data types and formatting.
const ALLOWED: [&str; 11] = [
    // The visibility `pub(in crate::agent)`.
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

/// What the core may not name: other ways to the kernel, and paths that leave the core.
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

/// Returns a finding for each line that uses anything else.
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
    fn data_types_are_allowed_and_io_is_not() {
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
