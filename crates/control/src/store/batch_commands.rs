//! The command of a batch: sealed once for all its jobs, and its secrets masked once the last
//! of them has ended.

use super::vault::{Column, Vault};
use super::{Result, Store};
use crate::domain::definition::masked_command;
use sqlx::{SqliteConnection, SqlitePool};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::Mutex;
use wire::command::Command;

impl Vault {
    /// Seals the command of a batch.
    pub(super) fn seal_batch_command(&self, batch: i64, command: &Command) -> Result<String> {
        self.seal_json(Column::BatchCommand, &batch.to_string(), command)
    }

    /// Opens the command of a batch.
    pub(super) fn open_batch_command(&self, batch: i64, sealed: &str) -> Result<Command> {
        self.open_json(Column::BatchCommand, &batch.to_string(), sealed)
    }
}

/// Commands that are being offered. A command is in memory once, however many hosts get it, and for
/// no longer than one of them waits for it.
#[derive(Clone, Default)]
pub(super) struct Commands(Arc<Mutex<HashMap<i64, Weak<Command>>>>);

impl Store {
    /// The command of a batch, opened once for all that want it at a moment; `None` if the batch
    /// was removed.
    ///
    /// # Errors
    /// [`Error::Unreadable`](super::Error::Unreadable) if it was damaged; those of the database.
    pub(super) async fn shared_command(&self, batch: i64) -> Result<Option<Arc<Command>>> {
        // Held while it is read: others that want it wait for that, and do not read it too.
        let mut opened = self.commands.0.lock().await;
        if let Some(command) = opened.get(&batch).and_then(Weak::upgrade) {
            return Ok(Some(command));
        }
        opened.retain(|_, command| command.strong_count() > 0);
        let sealed: Option<(String,)> = sqlx::query_as("SELECT command FROM batch WHERE id = $1")
            .bind(batch)
            .fetch_optional(&self.pool)
            .await?;
        let Some((sealed,)) = sealed else {
            return Ok(None);
        };
        let command = Arc::new(self.vault.open_batch_command(batch, &sealed)?);
        opened.insert(batch, Arc::downgrade(&command));
        Ok(Some(command))
    }

    /// Masks the secrets in the command of a batch, unless a job of it has not ended.
    pub(super) async fn mask_ended(
        &self,
        connection: &mut SqliteConnection,
        batch: i64,
    ) -> Result<()> {
        let sealed: Option<(String,)> = sqlx::query_as(
            "SELECT command FROM batch WHERE id = $1
             AND NOT EXISTS (SELECT 1 FROM job WHERE job.batch = $1 AND job.ended IS NULL)",
        )
        .bind(batch)
        .fetch_optional(&mut *connection)
        .await?;
        let Some((sealed,)) = sealed else {
            return Ok(());
        };
        // The secrets of a damaged command cannot be read: there is nothing to mask.
        let opened = self.vault.open_batch_command(batch, &sealed);
        let masked = masked_command(opened.unwrap_or_default());
        let sealed = self.vault.seal_batch_command(batch, &masked)?;
        put(connection, batch, &sealed).await
    }
}

/// How many commands are moved in a transaction. A command may have a megabyte.
const MOST: u32 = 64;

/// Moves commands that an older version sealed for each job to their batches. What an interrupted
/// call has not moved, the next one does.
pub(super) async fn move_to_batches(pool: &SqlitePool, vault: &Vault) -> Result<()> {
    while move_some(pool, vault).await? {}
    Ok(())
}

/// Moves up to [`MOST`] commands; `false` if there was none.
async fn move_some(pool: &SqlitePool, vault: &Vault) -> Result<bool> {
    let rows: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT job, batch, command FROM unmoved_command ORDER BY job LIMIT $1")
            .bind(MOST)
            .fetch_all(pool)
            .await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    for (job, batch, sealed) in rows {
        let command = vault.open_json(Column::JobCommand, &job.to_string(), &sealed);
        // What cannot be read stays as it is: the batch's open jobs end as refused, and say why.
        let moved = match command {
            Ok(command) => vault.seal_batch_command(batch, &command)?,
            Err(_) => sealed,
        };
        put(&mut transaction, batch, &moved).await?;
        sqlx::query("DELETE FROM unmoved_command WHERE job = $1")
            .bind(job)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

async fn put(connection: &mut SqliteConnection, batch: i64, sealed: &str) -> Result<()> {
    sqlx::query("UPDATE batch SET command = $2 WHERE id = $1")
        .bind(batch)
        .bind(sealed)
        .execute(connection)
        .await?;
    Ok(())
}
