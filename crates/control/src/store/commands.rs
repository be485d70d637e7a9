//! Commands.

use super::list_columns::unreadable;
use super::row::{from_json, integer, stream, to_json};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::definition::Definition;
use sqlx::SqliteConnection;
use std::ops::ControlFlow;

impl Store {
    /// Stores a command, and what is shown of it; returns whether it is new.
    pub(crate) async fn put_command(
        &self,
        definition: &Definition,
        shown: &Definition,
        now: u64,
        by: &Author,
    ) -> Result<bool> {
        let key = &definition.key;
        let sealed = self.vault.seal_json(Column::Definition, key, definition)?;
        let shown = to_json(shown)?;
        let mut transaction = self.begin().await?;
        let stored = self.stored_if_readable(&mut transaction, key).await?;
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
        let key = &self.vault.audit_key;
        let mut change = by.did(Action::CommandPut, &definition.key);
        if let Some(stored) = &stored {
            change = change.before(key.described(stored));
        }
        let change = change.after(key.described(definition));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(stored.is_none())
    }

    async fn stored(
        &self,
        connection: &mut SqliteConnection,
        key: &str,
    ) -> Result<Option<Definition>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT definition FROM command WHERE key = $1")
                .bind(key)
                .fetch_optional(connection)
                .await?;
        let open = |(sealed,): (String,)| self.vault.open_json(Column::Definition, key, &sealed);
        row.map(open).transpose()
    }

    /// The same, for what replaces or removes it: that has to work above all if it is unreadable.
    async fn stored_if_readable(
        &self,
        connection: &mut SqliteConnection,
        key: &str,
    ) -> Result<Option<Definition>> {
        match self.stored(connection, key).await {
            Err(Error::Unreadable(_)) => Ok(Some(unreadable(key))),
            stored => stored,
        }
    }

    /// A command by its key, with its secrets.
    pub(crate) async fn command(&self, key: &str) -> Result<Option<Definition>> {
        self.stored(&mut *self.pool.acquire().await?, key).await
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
    pub(crate) async fn remove_command(&self, key: &str, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let Some(stored) = self.stored_if_readable(&mut transaction, key).await? else {
            return Ok(false);
        };
        sqlx::query("DELETE FROM command WHERE key = $1")
            .bind(key)
            .execute(&mut *transaction)
            .await?;
        let change = by.did(Action::CommandRemove, key);
        let change = change.before(self.vault.audit_key.described(&stored));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
