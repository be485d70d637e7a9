//! What ends a task early.

use std::fmt;
use std::process::ExitCode;

/// Why a task did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// SIGINT, SIGTERM or SIGHUP.
    #[error("interrupted: stopped and removed everything")]
    Interrupted,
    /// Something went wrong: what, to what, and what was seen.
    #[error("{0}")]
    Failed(String),
}

/// What tasks return.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure with this text.
pub fn failed<T>(text: impl Into<String>) -> Result<T> {
    Err(Failure::Failed(text.into()))
}

/// How a program ends after its task; says why on standard error, if that failed.
pub fn exit_code(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure @ Failure::Interrupted) => {
            eprintln!("{failure}");
            // What a shell reports for a program that SIGINT ended.
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Puts into words what was being done when an error came up.
pub trait Context<T> {
    /// Turns the error into a [`Failure`] that begins with `doing`.
    fn context(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure::Failed(format!("{doing}: {error}")))
    }
}
