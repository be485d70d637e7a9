//! Definitions of commands.

use super::row::integer;
use super::vault::Column;
use super::{Result, Store};
use crate::domain::definition::Definition;

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

    /// All definitions, by key.
    pub(crate) async fn commands(&self) -> Result<Vec<Definition>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT key, definition FROM command ORDER BY key")
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|(key, sealed)| self.definition(key, sealed))
            .collect()
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
