//! Commands.

use super::row::{from_json, integer, stream, to_json};
use super::vault::Column;
use super::{Result, Store};
use crate::domain::definition::Definition;
use std::ops::ControlFlow;

impl Store {
    /// Stores a command, and what is shown of it; returns whether it is new.
    pub(crate) async fn put_command(
        &self,
        definition: &Definition,
        shown: &Definition,
        now: u64,
    ) -> Result<bool> {
        let key = &definition.key;
        let sealed = self.vault.seal_json(Column::Definition, key, definition)?;
        let shown = to_json(shown)?;
        let mut transaction = self.begin().await?;
        let stored: Option<(i64,)> = sqlx::query_as("SELECT updated FROM command WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO command (key, definition, updated, shown) VALUES ($1, $2, $3, $4)
             ON CONFLICT (key) DO UPDATE SET definition = $2, updated = $3, shown = $4",
        )
        .bind(key)
        .bind(sealed)
        .bind(integer(now))
        .bind(shown)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(stored.is_none())
    }

    /// A command by its key, with its secrets.
    pub(crate) async fn command(&self, key: &str) -> Result<Option<Definition>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT definition FROM command WHERE key = $1")
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
        let open = |(sealed,): (String,)| self.vault.open_json(Column::Definition, key, &sealed);
        row.map(open).transpose()
    }

    /// A command by its key, with its secrets masked.
    pub(crate) async fn masked_definition(&self, key: &str) -> Result<Option<Definition>> {
        let row: Option<(String,)> = sqlx::query_as("SELECT shown FROM command WHERE key = $1")
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|(shown,)| from_json("shown", &shown)).transpose()
    }

    /// Passes the commands whose keys follow `after` to `take`, by key and with their secrets
    /// masked, until it breaks.
    pub(crate) async fn commands(
        &self,
        after: &str,
        take: impl FnMut(Definition) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows =
            sqlx::query_as::<_, (String,)>("SELECT shown FROM command WHERE key > $1 ORDER BY key")
                .bind(after)
                .fetch(&self.pool);
        stream(rows, |(shown,)| from_json("shown", &shown), take).await
    }

    /// Removes a command; `false` if there is none.
    pub(crate) async fn remove_command(&self, key: &str) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM command WHERE key = $1")
            .bind(key)
            .execute(&self.turns)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}
