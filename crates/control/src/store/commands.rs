//! Definitions of commands.

use super::row::{give, integer};
use super::vault::Column;
use super::{Result, Store};
use crate::domain::definition::Definition;
use std::ops::ControlFlow;

impl Store {
    /// Stores a definition; returns whether it is new.
    pub(crate) async fn put_command(&self, definition: &Definition, now: u64) -> Result<bool> {
        let key = &definition.key;
        let sealed = self.vault.seal_json(Column::Definition, key, definition)?;
        let mut transaction = self.begin().await?;
        let known: Option<(i64,)> = sqlx::query_as("SELECT updated FROM command WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO command (key, definition, updated) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO UPDATE SET definition = $2, updated = $3",
        )
        .bind(key)
        .bind(sealed)
        .bind(integer(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(known.is_none())
    }

    /// A definition by its key.
    pub(crate) async fn command(&self, key: &str) -> Result<Option<Definition>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT definition FROM command WHERE key = $1")
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
        row.map(|(sealed,)| self.definition(key, &sealed))
            .transpose()
    }

    /// Gives the definitions away whose keys follow `after`, by key, as
    /// [`Store::jobs`] does jobs.
    pub(crate) async fn commands(
        &self,
        after: &str,
        take: impl FnMut(Definition) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = sqlx::query_as::<_, (String, String)>(
            "SELECT key, definition FROM command WHERE key > $1 ORDER BY key",
        )
        .bind(after)
        .fetch(&self.pool);
        let read = |(key, sealed): (String, String)| self.definition(&key, &sealed);
        give(rows, read, take).await
    }

    fn definition(&self, key: &str, sealed: &str) -> Result<Definition> {
        self.vault.open_json(Column::Definition, key, sealed)
    }

    /// Removes a definition; `false` when there is none.
    pub(crate) async fn remove_command(&self, key: &str) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM command WHERE key = $1")
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}
