//! Counts, and whether the database reads and writes.

use super::row::{integer, unsigned};
use super::{Error, Result, Store};
use crate::domain::host::HostState;
use crate::domain::job::open_status;
use sqlx::{Executor, Sqlite};
use std::time::Duration;

/// How long what was written shows that the database takes writes.
const FRESH: Duration = Duration::from_secs(1);

impl Store {
    /// Reads a row that every database has.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn can_read(&self) -> Result<()> {
        sqlx::query("SELECT key_id FROM vault")
            .fetch_optional(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes a row that every database has, unless something else was written just now.
    ///
    /// # Errors
    /// When it cannot.
    pub(crate) async fn can_write(&self, now: u64) -> Result<()> {
        if self.writer.wrote_within(FRESH) {
            return Ok(());
        }
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE write_probe SET written = $1")
                    .bind(integer(now))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// How many hosts are in each state.
    pub(crate) async fn hosts_by_state(&self) -> Result<Vec<(HostState, u64)>> {
        hosts_by_state(&self.pool).await
    }

    /// How many jobs that have not ended have each status.
    pub(crate) async fn open_jobs_by_status(&self) -> Result<Vec<(&'static str, u64)>> {
        open_jobs_by_status(&self.pool).await
    }
}

/// As [`Store::hosts_by_state`], of any database.
pub(super) async fn hosts_by_state<'c>(
    database: impl Executor<'c, Database = Sqlite>,
) -> Result<Vec<(HostState, u64)>> {
    let rows: Vec<(String, bool, i64)> =
        sqlx::query_as("SELECT state, disabled IS NOT NULL, COUNT(*) FROM host GROUP BY 1, 2")
            .fetch_all(database)
            .await?;
    rows.into_iter()
        .map(|(name, is_disabled, count)| {
            let state = HostState::new(&name, is_disabled);
            let state = state.ok_or_else(|| Error::unreadable("state", name))?;
            Ok((state, unsigned(count)))
        })
        .collect()
}

/// As [`Store::open_jobs_by_status`], of any database.
pub(super) async fn open_jobs_by_status<'c>(
    database: impl Executor<'c, Database = Sqlite>,
) -> Result<Vec<(&'static str, u64)>> {
    let rows: Vec<(bool, bool, i64)> = sqlx::query_as(
        "SELECT cancelled IS NOT NULL, cancelled IS NULL AND received IS NOT NULL, COUNT(*)
         FROM job WHERE ended IS NULL GROUP BY 1, 2",
    )
    .fetch_all(database)
    .await?;
    let read = |(is_cancelled, is_received, count)| {
        (open_status(is_cancelled, is_received), unsigned(count))
    };
    Ok(rows.into_iter().map(read).collect())
}
