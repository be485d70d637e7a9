//! Errors of the store.

use crate::domain;
use crate::domain::unavailable::Unavailable;
use sqlx::migrate::MigrateError;
use std::fmt;
use std::sync::Arc;

/// The store failed; the message is for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database reports an error.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database cannot be migrated to this version's schema.
    #[error("{}", of_migration(.0))]
    Migration(#[from] MigrateError),
    /// The database has the schema of another version.
    #[error(
        "the database has the layout of another version of pilotctl: start the service of this version, which converts it"
    )]
    OtherSchema,
    /// A row has a value that this version cannot read.
    #[error("the database has an unreadable value: {0}")]
    Unreadable(String),
    /// The key of the database is missing or wrong; the text has the remedy.
    #[error("{0}")]
    Key(String),
    /// A file or folder beside the database failed.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// The transaction that this was to be done in, with others, failed.
    #[error("{0}")]
    Shared(Arc<Self>),
    /// There is more to write than the disk takes; nothing of this was done.
    #[error("the database has more to write than it can")]
    Busy,
    /// Its author may not make the change any more; nothing of it was done.
    #[error("{0}")]
    Refused(domain::Error),
    /// A unit of work panicked; nothing of it was done.
    #[error("writing to the database panicked: see the lines before this one")]
    Panicked,
}

impl Error {
    /// A column has a value that this version cannot read.
    pub(crate) fn unreadable(what: &str, cause: impl fmt::Display) -> Self {
        Self::Unreadable(format!("{what}: {cause}"))
    }

    /// The store was closed.
    pub(super) fn closed() -> Self {
        sqlx::Error::PoolClosed.into()
    }

    /// The cause, if a retry may help.
    pub(crate) fn unavailable(&self) -> Option<Unavailable> {
        match self {
            Self::Database(error) => of_database(error),
            Self::Io(_, error) => Unavailable::of_io(error),
            Self::Shared(error) => error.unavailable(),
            Self::Busy => Some(Unavailable::Busy),
            Self::Refused(_)
            | Self::Panicked
            | Self::Migration(_)
            | Self::OtherSchema
            | Self::Unreadable(_)
            | Self::Key(_) => None,
        }
    }
}

impl From<Error> for domain::Error {
    fn from(error: Error) -> Self {
        if let Error::Refused(why) = error {
            return why;
        }
        match error.unavailable() {
            Some(why) => Self::Unavailable(why, error.to_string()),
            None => Self::Internal(error.to_string()),
        }
    }
}

fn of_migration(error: &MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(_) => {
            "a newer pilotctl has migrated this database: use that version, or a backup from before"
                .to_owned()
        }
        _ => format!("database layout: {error}"),
    }
}

fn of_database(error: &sqlx::Error) -> Option<Unavailable> {
    match error {
        sqlx::Error::Database(error) => of_code(error.code()?.parse().ok()?),
        sqlx::Error::Io(error) => Unavailable::of_io(error).or(Some(Unavailable::Failing)),
        // All connections are in use.
        sqlx::Error::PoolTimedOut => Some(Unavailable::Busy),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Some(Unavailable::Away),
        _ => None,
    }
}

/// The cause by SQLite's extended result code (<https://sqlite.org/rescode.html>), whose lowest
/// byte is the kind. A damaged database is none of these: a retry does not help.
fn of_code(code: u32) -> Option<Unavailable> {
    // The index of the journal did not fit on the disk. The call that reserves its space
    // reports only this code.
    const IOERR_SHMSIZE: u32 = 10 | (19 << 8);
    match (code, code & 0xff) {
        (IOERR_SHMSIZE, _) | (_, 13) => Some(Unavailable::Full),
        (_, 5 | 6) => Some(Unavailable::Locked),
        (_, 8) => Some(Unavailable::ReadOnly),
        (_, 10) => Some(Unavailable::Failing),
        (_, 7 | 14) => Some(Unavailable::Away),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_errors_of_sqlite_are_recognized() {
        for (code, why) in [
            (13, Some(Unavailable::Full)),
            (4874, Some(Unavailable::Full)),
            (5, Some(Unavailable::Locked)),
            (517, Some(Unavailable::Locked)),
            (262, Some(Unavailable::Locked)),
            (8, Some(Unavailable::ReadOnly)),
            (778, Some(Unavailable::Failing)),
            (14, Some(Unavailable::Away)),
            (11, None),
            (19, None),
            (2067, None),
        ] {
            assert_eq!(of_code(code), why, "{code}");
        }
    }
}
