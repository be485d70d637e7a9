//! What control remembers of hosts between their pings.

use super::hosts::ConditionRow;
use super::row::unsigned;
use super::vault::{Column, Vault};
use super::{Result, Store};
use crate::domain::host::HostKeys;
use crate::domain::session::Session;
use sqlx::FromRow;
use wire::HostId;

#[derive(FromRow)]
struct Row {
    number: i64,
    version: i64,
    last_n: i64,
    sealed_key: String,
    next_key: Option<String>,
    interval: Option<i64>,
    key_list: Option<i64>,
    rotation_asked: Option<i64>,
    #[sqlx(flatten)]
    condition: ConditionRow,
    has_jobs: i64,
}

impl Row {
    fn session(self, vault: &Vault, host: HostId) -> Result<Session> {
        let next = self.next_key;
        let next = next.map(|sealed| vault.open_key(Column::NextKey, host, &sealed));
        Ok(Session {
            number: self.number,
            version: self.version,
            last_n: unsigned(self.last_n),
            keys: HostKeys {
                present: vault.open_key(Column::HostKey, host, &self.sealed_key)?,
                next: next.transpose()?,
            },
            interval: self.interval,
            key_list: self.key_list.map(unsigned),
            rotation_asked: self.rotation_asked.map(unsigned),
            condition: self.condition.condition(),
            has_jobs: self.has_jobs > 0,
        })
    }
}

impl Store {
    /// Reads what there is to remember of an enrolled host that is not disabled. A change of
    /// one of these columns raises the version (the triggers of migration 14).
    pub(crate) async fn session(&self, host: HostId) -> Result<Option<Session>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT number, version, last_n, sealed_key, next_key, interval, key_list, rotation_asked,
                declines, declines_since, skew, restored_seen, restored_times,
                CASE WHEN EXISTS (SELECT 1 FROM job WHERE job.host = host.id AND ended IS NULL)
                    THEN 1 ELSE 0 END AS has_jobs
             FROM host JOIN pulse ON pulse.host = host.number
             WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| row.session(&self.vault, host)).transpose()
    }
}
