//! How `art` itself fails, as opposed to a function that it runs.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Which step failed; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line asks for something that does not exist.
    Usage = 2,
    /// The package could not be fetched.
    Pull = 120,
    /// The package could be fetched and is not to be trusted.
    Refused = 121,
    /// The archive could not be unpacked, or holds what must not be unpacked.
    Unpack = 122,
    /// The function is not there, not exported, or lacks an input.
    Function = 123,
    /// Anything else: a bad build file, a home that cannot be written.
    Own = 124,
    /// The package that is asked for is older than one of its tag that was run here.
    Superseded = wire::package::SUPERSEDED as isize,
}

/// A failure of `art`: its kind and a message for a person.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
}

impl Failure {
    /// A failure whose message says what happened, to what, and what to do.
    pub(crate) fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
        }
    }

    /// A failure of the kind that has no kind of its own.
    pub(crate) fn own(message: impl fmt::Display) -> Self {
        Self::new(Kind::Own, message)
    }

    /// The exit code for this failure.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

/// Adds the action and the path to an I/O error, so that it can be understood alone.
pub(crate) trait Context<T> {
    /// Says what was tried (`cannot read`, …) and with which path.
    fn context(self, attempt: &str, path: &Path) -> Result<T, Failure>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, attempt: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::own(format!("{attempt} {}: {error}", path.display())))
    }
}
