//! Commands.

use super::list_columns::unreadable;
use super::row::{from_json, integer, stream, to_json};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::definition::Definition;
use sqlx::SqliteConnection;
use std::ops::ControlFlow;

/// What came of storing or removing a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PutCommand {
    /// It is stored, and is new.
    New,
    /// It is stored in place of an earlier definition, or removed.
    Done,
    /// There is none.
    Unknown,
    /// The present version is not one that the client allows.
    Refused,
}

/// A command to store.
pub(crate) struct NewDefinition<'a> {
    /// The whole definition.
    pub(crate) whole: &'a Definition,
    /// What is shown of it.
    pub(crate) shown: &'a Definition,
    /// Its version.
    pub(crate) version: &'a str,
}

impl Store {
    /// Stores a command, if `allows` allows that by the present version.
    pub(crate) async fn put_command(
        &self,
        new: NewDefinition<'_>,
        now: u64,
        allows: impl FnOnce(Option<&str>) -> bool,
        by: &Author,
    ) -> Result<PutCommand> {
        let NewDefinition {
            whole: definition,
            shown,
            version,
        } = new;
        let key = &definition.key;
        let sealed = self.vault.seal_json(Column::Definition, key, definition)?;
        let shown = to_json(shown)?;
        let mut transaction = self.begin().await?;
        let present = present_version(&mut transaction, key).await?;
        if !allows(present.as_deref()) {
            return Ok(PutCommand::Refused);
        }
        let stored = self.stored_if_readable(&mut transaction, key).await?;
        sqlx::query(
            "INSERT INTO command (key, definition, updated, shown, version) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (key) DO UPDATE SET definition = $2, updated = $3, shown = $4, version = $5",
        )
        .bind(key)
        .bind(sealed)
        .bind(integer(now))
        .bind(shown)
        .bind(version)
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
        Ok(match stored {
            None => PutCommand::New,
            Some(_) => PutCommand::Done,
        })
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

    /// A command by its key, with its secrets masked, and its version.
    pub(crate) async fn masked_definition(
        &self,
        key: &str,
    ) -> Result<Option<(Definition, String)>> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT shown, version FROM command WHERE key = $1")
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
        row.map(|(shown, version)| Ok((from_json("shown", &shown)?, version)))
            .transpose()
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

    /// Removes a command, if `allows` allows that by the present version.
    pub(crate) async fn remove_command(
        &self,
        key: &str,
        allows: impl FnOnce(Option<&str>) -> bool,
        by: &Author,
    ) -> Result<PutCommand> {
        let mut transaction = self.begin().await?;
        let Some(stored) = self.stored_if_readable(&mut transaction, key).await? else {
            return Ok(PutCommand::Unknown);
        };
        let present = present_version(&mut transaction, key).await?;
        if !allows(present.as_deref()) {
            return Ok(PutCommand::Refused);
        }
        sqlx::query("DELETE FROM command WHERE key = $1")
            .bind(key)
            .execute(&mut *transaction)
            .await?;
        let change = by.did(Action::CommandRemove, key);
        let change = change.before(self.vault.audit_key.described(&stored));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(PutCommand::Done)
    }
}

async fn present_version(connection: &mut SqliteConnection, key: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as("SELECT version FROM command WHERE key = $1")
        .bind(key)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(version,)| version))
}
