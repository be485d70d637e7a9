//! What can go wrong in the store.

use sqlx::migrate::MigrateError;
use std::fmt;

/// The store failed; the text is for the log.
#[derive(Debug)]
pub(crate) enum Error {
    /// The database reports an error.
    Database(sqlx::Error),
    /// The database cannot be brought to this version's layout.
    Migration(MigrateError),
    /// A row holds something that this version cannot read.
    Unreadable(String),
    /// The key of the database is missing, or is another one; says what to do.
    Key(String),
    /// A file or folder beside the database fails.
    Io(String, std::io::Error),
}

impl Error {
    /// A column holds something that this version cannot read.
    pub(crate) fn unreadable(what: &str, cause: impl fmt::Display) -> Self {
        Self::Unreadable(format!("{what}: {cause}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Migration(MigrateError::VersionMissing(_)) => f.write_str(
                "a newer pilotctl has worked with this database: use that one, or a backup from before",
            ),
            Self::Migration(error) => write!(f, "database layout: {error}"),
            Self::Unreadable(text) => write!(f, "the database holds something unreadable: {text}"),
            Self::Key(text) => f.write_str(text),
            Self::Io(path, error) => write!(f, "{path}: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        Self::Migration(error)
    }
}
