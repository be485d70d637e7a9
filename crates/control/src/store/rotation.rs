//! Rotation of host keys.

use super::narrowed::is_within;
use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Consumed, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::enrolment::same_key;
use sqlx::SqliteConnection;
use wire::{HostId, HostKey};

impl Store {
    /// Stores the next key of a host; `false` if the host has changed since its session with this
    /// version was read: it may be gone, disabled or have another key.
    pub(crate) async fn put_next_key(
        &self,
        host: HostId,
        version: i64,
        key: &HostKey,
    ) -> Result<bool> {
        let sealed = self.vault.seal_key(Column::NextKey, host, key)?;
        self.write(move |connection| {
            Box::pin(async move { put_next_key(connection, host, version, &sealed).await })
        })
        .await
    }

    /// Uses up the number of a token of the next key, which replaces the key in force in
    /// the same transaction.
    pub(crate) async fn consume_by_next(
        &self,
        host: HostId,
        key: &HostKey,
        n: u64,
        now: u64,
    ) -> Result<Consumed> {
        let (store, key) = (self.clone(), key.clone());
        let consumed = self.write(move |connection| {
            Box::pin(async move { store.replace_key(connection, host, &key, n, now).await })
        });
        consumed.await
    }

    async fn replace_key(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        key: &HostKey,
        n: u64,
        now: u64,
    ) -> Result<Consumed> {
        let next: Option<(Option<String>, i64)> = sqlx::query_as(
            "SELECT next_key, last_n FROM host JOIN pulse ON pulse.host = host.number
             WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL",
        )
        .bind(host.to_string())
        .fetch_optional(&mut *connection)
        .await?;
        let Some((Some(next), last)) = next else {
            return Ok(Consumed::Gone);
        };
        if !same_key(&self.vault.open_key(Column::NextKey, host, &next)?, key) {
            return Ok(Consumed::Gone);
        }
        if integer(n) <= last {
            return Ok(Consumed::NotNew {
                last: unsigned(last),
            });
        }
        sqlx::query(
            "UPDATE pulse SET last_n = $2, last_seen = $3
             WHERE host = (SELECT number FROM host WHERE id = $1)",
        )
        .bind(host.to_string())
        .bind(integer(n))
        .bind(integer(now))
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "UPDATE host SET sealed_key = $3, next_key = NULL, rotation_asked = NULL,
                key_changed = $2, fingerprint = $4
             WHERE id = $1",
        )
        .bind(host.to_string())
        .bind(integer(now))
        .bind(self.vault.seal_key(Column::HostKey, host, key)?)
        .bind(key.fingerprint())
        .execute(connection)
        .await?;
        Ok(Consumed::Accepted)
    }

    /// Notes that an operator asks a host to replace its key; `false` if it is not enrolled.
    pub(crate) async fn ask_for_rotation(
        &self,
        host: HostId,
        now: u64,
        by: &Author,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(false);
        }
        let updated =
            sqlx::query("UPDATE host SET rotation_asked = $2 WHERE id = $1 AND state = 'enrolled'")
                .bind(host.to_string())
                .bind(integer(now))
                .execute(&mut *transaction)
                .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        let change = by.did(Action::HostRotate, host);
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn put_next_key(
    connection: &mut SqliteConnection,
    host: HostId,
    version: i64,
    sealed: &str,
) -> Result<bool> {
    let updated = sqlx::query(
        "UPDATE host SET next_key = $2
         WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL
            AND (SELECT version FROM pulse WHERE pulse.host = host.number) = $3",
    )
    .bind(host.to_string())
    .bind(sealed)
    .bind(version)
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}
