//! Why the program ends, for people and for the calling program.
#![forbid(unsafe_code)]

use std::fmt;
use std::process::ExitCode;

/// What kind of failure it is; each has an exit code of its own, after
/// sysexits.h where that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something went wrong while running.
    Run,
    /// The command line is not understood.
    Usage,
    /// Control could not be reached; trying later may help.
    Unreachable,
    /// As before, and no server or proxy on the way was reached either, or TLS refused
    /// the date: trying again soon is no burden to anybody.
    Unreached,
    /// Control refused.
    Refused,
    /// Configuration, keys or machine id are wrong.
    Configuration,
    /// Configuration, keys or machine id are not there yet.
    Missing,
}

/// A failure that ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Its kind.
    pub(crate) kind: Kind,
    message: String,
}

impl Failure {
    /// A failure with a message that says what happened, to what, and what to
    /// do about it.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// A wrong configuration.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, message)
    }

    /// Something is missing that an operator has to provide; an agent waits for it.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Kind::Missing, message)
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::Run => 1,
            Kind::Usage => 2,
            Kind::Unreachable | Kind::Unreached => 75,
            Kind::Refused => 77,
            Kind::Configuration | Kind::Missing => 78,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Says what an operation was about when it fails.
pub(crate) trait Context<T> {
    /// Turns the error into a [`Failure`] of [`Kind::Run`]: `what: error`.
    ///
    /// # Errors
    /// If `self` is one.
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(Kind::Run, format!("{what}: {error}")))
    }
}
