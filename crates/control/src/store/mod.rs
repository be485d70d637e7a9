//! The database, and all SQL.
//!
//! The functions of [`Store`] take and return the types of [`crate::domain`] and hide the
//! database. The statements use only what SQLite and PostgreSQL share.

mod commands;
mod delivery;
mod enrolments;
mod error;
mod figures;
mod hosts;
mod jobs;
mod key_lists;
mod list_columns;
mod on_disk;
mod packages;
mod pings;
mod rotation;
mod row;
mod sqlite;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod vault;

pub(crate) use delivery::{DueWork, Offer};
pub(crate) use enrolments::{EnrolOutcome, Invited};
pub(crate) use error::Error;
pub(crate) use hosts::Admitted;
pub(crate) use jobs::{Cancelled, IdKind, JobsError};
pub(crate) use packages::PushError;
pub(crate) use pings::{PingEffects, Recorded};
pub(crate) use sqlite::{FILE, back_up};
pub(crate) use tokens::Consumed;
pub(crate) use vault::KeyFile;

use sqlx::{Sqlite, SqlitePool, Transaction};
use std::sync::Arc;
use vault::Vault;

/// The result of every function.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The open database.
#[derive(Clone)]
pub(crate) struct Store {
    pool: SqlitePool,
    vault: Arc<Vault>,
}

impl Store {
    /// Begins a transaction that will write. It takes the write lock at once: a transaction that
    /// began by reading could not upgrade while another one writes.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Whether opening the database created its key, so that there is no copy of it yet.
    pub(crate) fn has_new_key(&self) -> bool {
        self.vault.is_new
    }

    /// Writes the journal back and closes the files.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}
