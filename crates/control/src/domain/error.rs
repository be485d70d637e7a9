//! Why something that was asked for was not done.

use super::unavailable::Unavailable;
use crate::store;
use std::{fmt, io};

/// The reasons that a client can do something about, and the one that it
/// cannot. The texts are for the client to read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was sent can be read but makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It was there, and is damaged or gone.
    #[error("{0}")]
    Lost(String),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// There is too much of it at the moment.
    #[error("{0}")]
    Busy(String),
    /// Control cannot work for now; the text is for the log alone.
    #[error("{1}")]
    Unavailable(Unavailable, String),
    /// Something failed inside; the text is for the log alone.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// Something failed inside: says what was being done, and the cause.
    pub(crate) fn internal(doing: &str, cause: impl fmt::Display) -> Self {
        Self::Internal(format!("{doing}: {cause}"))
    }

    /// A file or folder of control's failed: says what was being done.
    pub(crate) fn io(doing: &str, cause: &io::Error) -> Self {
        let text = format!("{doing}: {cause}");
        match Unavailable::of_io(cause) {
            Some(why) => Self::Unavailable(why, text),
            None => Self::Internal(text),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error.unavailable() {
            Some(why) => Self::Unavailable(why, error.to_string()),
            None => Self::Internal(error.to_string()),
        }
    }
}
