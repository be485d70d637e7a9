//! Everything that has to survive a restart, and all SQL.
//!
//! The functions of [`Store`] take and return the types of [`crate::domain`];
//! which database lies beneath does not show. The statements keep to what
//! SQLite and PostgreSQL share.

mod commands;
mod delivery;
mod enrolments;
mod error;
mod hosts;
mod jobs;
mod key_lists;
mod operators;
mod packages;
mod pings;
mod rotation;
mod row;
mod shown;
mod sqlite;
#[cfg(test)]
mod tests;
mod tokens;
mod vault;

pub(crate) use delivery::{News, Offer};
pub(crate) use enrolments::{EnrolOutcome, Invited};
pub(crate) use error::Error;
pub(crate) use hosts::{Admission, Admitted};
pub(crate) use jobs::{BatchFilter, Cancelled, JobFilter, JobsError, Meaning};
pub(crate) use packages::{PushError, SerialReset, StoredPackage};
pub(crate) use pings::{Recorded, TakenIn};
pub(crate) use sqlite::{FILE, back_up};
pub(crate) use tokens::Consumed;
pub(crate) use vault::KeyFile;

use sqlx::{Sqlite, SqlitePool, Transaction};
use std::sync::Arc;
use vault::Vault;

/// What every function returns.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The store.
#[derive(Clone)]
pub(crate) struct Store {
    pool: SqlitePool,
    vault: Arc<Vault>,
}

impl Store {
    /// Begins a transaction that will write. It takes the write lock at once:
    /// one that began by reading could not upgrade beside another writer.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Whether its key was made when it was opened: there is no copy yet.
    pub(crate) fn has_new_key(&self) -> bool {
        self.vault.is_new
    }

    /// Writes back what is in memory and closes the files.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}
