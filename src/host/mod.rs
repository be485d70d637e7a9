//! The host that the agent runs on: its facts and its identity.
#![forbid(unsafe_code)]

pub(crate) mod facts;
pub(crate) mod machine_id;
mod os_release;

use std::path::Path;

/// A small text file of /proc or /sys, trimmed; `None` when there is none or
/// it is empty.
fn text(path: impl AsRef<Path>) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}
