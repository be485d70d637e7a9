//! Columns for lists, so that these unseal nothing: the fingerprints of host keys, and
//! commands with their secrets masked.

use super::Result;
use super::row::{host_id, to_json};
use super::vault::{Column, Vault};
use crate::domain::definition::{Definition, masked};
use sqlx::{SqliteConnection, SqlitePool};

/// Fills these columns in rows of versions that did not have them.
pub(super) async fn fill_in(pool: &SqlitePool, vault: &Vault) -> Result<()> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    fill_in_fingerprints(&mut transaction, vault).await?;
    fill_in_commands(&mut transaction, vault).await?;
    Ok(transaction.commit().await?)
}

async fn fill_in_fingerprints(connection: &mut SqliteConnection, vault: &Vault) -> Result<()> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, sealed_key FROM host WHERE fingerprint IS NULL")
            .fetch_all(&mut *connection)
            .await?;
    for (id, sealed) in rows {
        let key = vault.open_key(Column::HostKey, host_id(&id)?, &sealed);
        // No damaged value prevents control from starting: its host is refused, as before.
        let fingerprint = key.map_or_else(|_| String::new(), |key| key.fingerprint());
        sqlx::query("UPDATE host SET fingerprint = $2 WHERE id = $1")
            .bind(id)
            .bind(fingerprint)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What is shown of a command that cannot be read.
pub(super) fn unreadable(key: &str) -> Definition {
    Definition {
        key: key.to_owned(),
        description: "control cannot read this command: put it again, or remove it".into(),
        ..Definition::default()
    }
}

async fn fill_in_commands(connection: &mut SqliteConnection, vault: &Vault) -> Result<()> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT key, definition FROM command WHERE shown IS NULL")
            .fetch_all(&mut *connection)
            .await?;
    for (key, sealed) in rows {
        let definition = vault.open_json(Column::Definition, &key, &sealed);
        let definition = definition.unwrap_or_else(|_| unreadable(&key));
        sqlx::query("UPDATE command SET shown = $2 WHERE key = $1")
            .bind(key)
            .bind(to_json(&masked(definition))?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
