//! What control remembers of hosts between their pings.

use super::hosts::ConditionRow;
use super::row::unsigned;
use super::together::{Together, padded, placeholders};
use super::vault::{Column, Vault};
use super::{Result, Store};
use crate::domain::host::HostKeys;
use crate::domain::session::Session;
use sqlx::{AssertSqlSafe, FromRow, SqlitePool};
use std::collections::HashMap;
use wire::HostId;

/// What there is to remember of a host, as it is stored.
#[derive(Clone, FromRow)]
pub(super) struct Row {
    id: String,
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
        let next = self.next_key.and_then(|sealed| {
            let key = vault.open_key(Column::NextKey, host, &sealed);
            // With the present key the host can still be asked for another one.
            key.inspect_err(|error| {
                tracing::warn!(%host, %error, "the host's next key is left out");
            })
            .ok()
        });
        Ok(Session {
            number: self.number,
            version: self.version,
            last_n: unsigned(self.last_n),
            keys: HostKeys {
                present: vault.open_key(Column::HostKey, host, &self.sealed_key)?,
                next,
            },
            interval: self.interval,
            key_list: self.key_list.map(unsigned),
            rotation_asked: self.rotation_asked.map(unsigned),
            condition: self.condition.condition(),
            has_jobs: self.has_jobs > 0,
        })
    }
}

/// Where hosts are read; `None` if there is no such host, or it is disabled.
pub(super) type Sessions = Together<HostId, Option<Row>>;

/// Begins to read.
pub(super) fn start(pool: SqlitePool) -> Sessions {
    Together::start(move |hosts: Vec<HostId>| {
        let pool = pool.clone();
        async move { read(&pool, &hosts).await }
    })
}

async fn read(pool: &SqlitePool, hosts: &[HostId]) -> Result<Vec<Option<Row>>> {
    let ids: Vec<_> = hosts.iter().map(HostId::to_string).collect();
    let size = padded(ids.len());
    let select = format!(
        "SELECT id, number, version, last_n, sealed_key, next_key, interval, key_list, rotation_asked,
            declines, declines_since, skew, restored_seen, restored_times,
            CASE WHEN EXISTS (SELECT 1 FROM job WHERE job.host = host.id AND ended IS NULL)
                THEN 1 ELSE 0 END AS has_jobs
         FROM host JOIN pulse ON pulse.host = host.number
         WHERE id IN {} AND state = 'enrolled' AND disabled IS NULL",
        placeholders(1, size)
    );
    let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(select));
    // No host has an empty id: it fills the statement up.
    for at in 0..size {
        query = query.bind(ids.get(at).cloned().unwrap_or_default());
    }
    let rows = query.fetch_all(pool).await?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    Ok(ids.iter().map(|id| rows.get(id).cloned()).collect())
}

impl Store {
    /// Reads what there is to remember of an enrolled host that is not disabled. A change of
    /// one of these columns raises the version (the triggers of migration 14).
    pub(crate) async fn session(&self, host: HostId) -> Result<Option<Session>> {
        let row = self.sessions.ask(host).await?;
        row.map(|row| row.session(&self.vault, host)).transpose()
    }
}
