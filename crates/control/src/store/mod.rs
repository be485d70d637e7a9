//! The database, and all SQL.
//!
//! The functions of [`Store`] take and return the types of [`crate::domain`] and hide the
//! database. The statements use only what SQLite and PostgreSQL share.

mod api_tokens;
mod audit;
mod batch_commands;
mod batches;
mod commands;
mod delivery;
mod enrolments;
mod error;
mod figures;
mod first_offers;
#[cfg(test)]
pub(crate) mod for_tests;
mod hosts;
mod ids;
mod jobs;
mod key_lists;
mod keyed_requests;
mod labels;
mod list_columns;
mod listing;
mod naming;
mod narrowed;
mod next_jobs;
mod on_disk;
mod packages;
mod pings;
mod pulls;
mod pulses;
mod retention;
mod rotation;
mod row;
mod sessions;
mod sqlite;
mod standing;
mod status;
#[cfg(test)]
mod tests;
mod together;
mod tokens;
mod users;
mod vault;
mod versions;
mod writer;

pub(crate) use api_tokens::TokenAdded;
pub(crate) use commands::{NewDefinition, PutCommand};
pub(crate) use delivery::{DueWork, NextJob, Offer};
pub(crate) use enrolments::{EnrolOutcome, Invited};
pub(crate) use error::Error;
pub(crate) use hosts::Admitted;
pub(crate) use jobs::{Cancelled, IdKind, JobsError};
pub(crate) use keyed_requests::BegunRequest;
pub(crate) use labels::Relabelled;
pub(crate) use naming::Renamed;
pub(crate) use packages::PushError;
pub(crate) use pings::{PingEffects, Recorded};
pub(crate) use pulses::Pulse;
pub(crate) use retention::RemovedJob;
pub(crate) use sqlite::{FILE, back_up};
pub(crate) use status::{Status, status};
pub(crate) use tokens::Consumed;
pub(crate) use users::UserChange;
pub(crate) use vault::KeyFile;

use crate::domain::cursor::CursorKey;
use audit::{Memory, Writing};
use batch_commands::Commands;
use next_jobs::NextJobs;
use sessions::Sessions;
use sqlx::{SqliteConnection, SqlitePool};
use std::sync::Arc;
use vault::Vault;
use versions::Versions;
use writer::{Doing, Writer};

/// The result of every function.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The open database.
#[derive(Clone)]
pub(crate) struct Store {
    /// For reading.
    pool: SqlitePool,
    /// Who writes has its only connection.
    turns: SqlitePool,
    writer: Writer,
    versions: Versions,
    sessions: Sessions,
    next_jobs: NextJobs,
    /// The commands of the batches that are being offered.
    commands: Commands,
    vault: Arc<Vault>,
    /// The newest entry of the audit log.
    memory: Memory,
}

impl Store {
    /// Begins a transaction that will write, once it is this one's turn. It takes the write lock
    /// at once: a transaction that began by reading could not upgrade while another one writes.
    async fn begin(&self) -> Result<Writing> {
        let transaction = self.turns.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Writing::new(transaction, &self.memory))
    }

    /// Does a unit of work whole or not at all, and returns once it is durable. Units that wait
    /// at the same time share a transaction: for what many hosts do at once.
    ///
    /// # Errors
    /// Those of the unit; [`Error::Busy`] if it could not begin in time.
    async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// What makes the cursors of lists.
    pub(crate) fn cursor_key(&self) -> &CursorKey {
        &self.vault.cursor_key
    }

    /// Whether opening the database created its key, so that there is no copy of it yet.
    pub(crate) fn has_new_key(&self) -> bool {
        self.vault.is_new
    }

    /// Returns when a task of the store has ended, which only a mistake in it can cause before the
    /// store is [closed](Store::close): what it is asked for is refused from now on.
    pub(crate) async fn broken(&self) {
        tokio::select! {
            () = self.writer.ended() => {}
            () = self.versions.ended() => {}
            () = self.sessions.ended() => {}
            () = self.next_jobs.ended() => {}
        }
    }

    /// Does what waits to be written, writes the journal back and closes the files.
    pub(crate) async fn close(&self) {
        self.writer.end().await;
        self.turns.close().await;
        self.pool.close().await;
    }
}
