//! Why something that was asked for was not done.

use super::unavailable::Unavailable;
use crate::store;
use std::{fmt, io};

/// The reasons that a client can do something about, and the one that it
/// cannot. The texts are for the client to read.
#[derive(Debug)]
pub(crate) enum Error {
    /// What was sent can be read but makes no sense.
    Invalid(String),
    /// There is no such thing.
    NotFound(String),
    /// It was there, and is damaged or gone.
    Lost(String),
    /// It contradicts what is there.
    Conflict(String),
    /// There is too much of it at the moment.
    Busy(String),
    /// Control cannot work for now; the text is for the log alone.
    Unavailable(Unavailable, String),
    /// Something failed inside; the text is for the log alone.
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(text)
            | Self::NotFound(text)
            | Self::Lost(text)
            | Self::Conflict(text)
            | Self::Busy(text)
            | Self::Unavailable(_, text)
            | Self::Internal(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error.unavailable() {
            Some(why) => Self::Unavailable(why, error.to_string()),
            None => Self::Internal(error.to_string()),
        }
    }
}
