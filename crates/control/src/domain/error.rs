//! Why something that was asked for was not done.

use crate::store;
use std::fmt;

/// The reasons that a client can do something about, and the one that it
/// cannot. The texts are for the client to read.
#[derive(Debug)]
pub(crate) enum Error {
    /// What was sent can be read but makes no sense.
    Invalid(String),
    /// There is no such thing.
    NotFound(String),
    /// It contradicts what is there.
    Conflict(String),
    /// There is too much of it at the moment.
    Busy(String),
    /// Something failed inside; the text is for the log alone.
    Internal(String),
}

impl Error {
    /// Something failed inside: says what was being done, and the cause.
    pub(crate) fn internal(doing: &str, cause: impl fmt::Display) -> Self {
        Self::Internal(format!("{doing}: {cause}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(text)
            | Self::NotFound(text)
            | Self::Conflict(text)
            | Self::Busy(text)
            | Self::Internal(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
