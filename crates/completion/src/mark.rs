//! What an argument takes, in place of its values: they are asked for only when they are needed,
//! by the program, which knows the whole line.

use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use std::ffi::OsStr;

/// Paths, and paths of folders, which the shell completes.
pub(crate) const FILES: &str = ":files";
pub(crate) const FOLDERS: &str = ":folders";

/// Separates the parts of a mark: no argument that means something has it.
const SEPARATOR: char = '\u{1f}';

/// Has an argument take names of this kind, for which [`crate::answer`] asks.
pub fn named(kind: &'static str) -> ArgValueCompleter {
    of(kind)
}

/// Has an argument take `NAME=FILE`.
pub fn path_after_equals() -> ArgValueCompleter {
    ArgValueCompleter::new(
        |begun: &OsStr| match begun.to_string_lossy().split_once('=') {
            Some((name, path)) => vec![candidate(&format!("{name}="), FILES, path)],
            None => vec![],
        },
    )
}

pub(crate) fn of(kind: &'static str) -> ArgValueCompleter {
    ArgValueCompleter::new(move |begun: &OsStr| vec![candidate("", kind, &begun.to_string_lossy())])
}

fn candidate(before: &str, kind: &str, begun: &str) -> CompletionCandidate {
    CompletionCandidate::new(format!("{before}{SEPARATOR}{kind}{SEPARATOR}{begun}"))
}

/// A candidate that stands for others.
pub(crate) struct Mark {
    /// What stands before the value in its word.
    pub(crate) before: String,
    pub(crate) kind: String,
    /// The beginning of the value.
    pub(crate) begun: String,
}

impl Mark {
    /// The mark in a candidate, if it is one.
    pub(crate) fn read(candidate: &OsStr) -> Option<Self> {
        let mut parts = candidate.to_str()?.splitn(3, SEPARATOR).map(str::to_owned);
        let mut part = || parts.next();
        Some(Self {
            before: part()?,
            kind: part()?,
            begun: part()?,
        })
    }
}
