//! Rotation of host keys.

use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Consumed, Result, Store};
use crate::domain::enrolment::same_key;
use wire::{HostId, HostKey};

impl Store {
    /// Stores the next key of a host; `false` if the host is no longer enrolled, or disabled.
    /// Storing the same key again, or the key in force, changes nothing.
    pub(crate) async fn put_next_key(&self, host: HostId, key: &HostKey) -> Result<bool> {
        let Some(known) = self.enrolled_keys(host).await? else {
            return Ok(false);
        };
        let is_known = |known: &HostKey| same_key(known, key);
        if is_known(&known.present) || known.next.as_ref().is_some_and(is_known) {
            return Ok(true);
        }
        let sealed = self.vault.seal_key(Column::NextKey, host, key)?;
        let updated =
            sqlx::query("UPDATE host SET next_key = $2 WHERE id = $1 AND state = 'enrolled'")
                .bind(host.to_string())
                .bind(sealed)
                .execute(&self.pool)
                .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// As [`Store::consume`], for a token of the next key, which replaces the key in force in
    /// the same transaction.
    pub(crate) async fn consume_by_next(
        &self,
        host: HostId,
        key: &HostKey,
        n: u64,
        now: u64,
    ) -> Result<Consumed> {
        let mut transaction = self.begin().await?;
        let next: Option<(Option<String>,)> = sqlx::query_as(
            "SELECT next_key FROM host WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL",
        )
        .bind(host.to_string())
        .fetch_optional(&mut *transaction)
        .await?;
        let next = next.and_then(|(sealed,)| sealed);
        let next = next.map(|sealed| self.vault.open_key(Column::NextKey, host, &sealed));
        if !next.transpose()?.is_some_and(|next| same_key(&next, key)) {
            return Ok(Consumed::Gone);
        }
        let updated = sqlx::query(
            "UPDATE host SET last_n = $2, last_seen = $3, sealed_key = $4, next_key = NULL,
                rotation_asked = NULL, key_changed = $3, fingerprint = $5
             WHERE id = $1 AND last_n < $2",
        )
        .bind(host.to_string())
        .bind(integer(n))
        .bind(integer(now))
        .bind(self.vault.seal_key(Column::HostKey, host, key)?)
        .bind(key.fingerprint())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        match updated.rows_affected() {
            1 => Ok(Consumed::Accepted),
            _ => self.not_consumed(host).await,
        }
    }

    /// Notes that an operator asks a host to replace its key; `false` if it is not enrolled.
    pub(crate) async fn ask_for_rotation(&self, host: HostId, now: u64) -> Result<bool> {
        let updated =
            sqlx::query("UPDATE host SET rotation_asked = $2 WHERE id = $1 AND state = 'enrolled'")
                .bind(host.to_string())
                .bind(integer(now))
                .execute(&self.pool)
                .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// When an operator asked the host to replace its key, if it has not done so.
    pub(crate) async fn rotation_asked(&self, host: HostId) -> Result<Option<u64>> {
        let row: Option<(Option<i64>,)> =
            sqlx::query_as("SELECT rotation_asked FROM host WHERE id = $1")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.and_then(|(since,)| since).map(unsigned))
    }

    /// Whether the host's tokens are made with this key now.
    pub(crate) async fn is_in_force(&self, host: HostId, key: &HostKey) -> Result<bool> {
        let keys = self.enrolled_keys(host).await?;
        Ok(keys.is_some_and(|keys| same_key(&keys.present, key)))
    }
}
