//! What is next for hosts: one question for all that are asked about at a moment.

use super::together::{Together, padded, placeholders};
use super::{Error, Result};
use sqlx::{AssertSqlSafe, FromRow, SqlitePool};
use std::collections::HashMap;
use wire::HostId;

/// The next job of a host, if it has one, and whether it has to end others.
#[derive(Clone, FromRow)]
pub(super) struct NextRow {
    host: String,
    pub(super) id: Option<i64>,
    /// `None` until it was offered.
    pub(super) number: Option<i64>,
    pub(super) batch: Option<i64>,
    pub(super) has_cancels: i64,
}

/// Where is asked what is next for a host.
pub(super) type NextJobs = Together<HostId, NextRow>;

/// Begins to answer.
pub(super) fn start(pool: SqlitePool) -> NextJobs {
    Together::start(move |hosts: Vec<HostId>| {
        let pool = pool.clone();
        async move { read(&pool, &hosts).await }
    })
}

async fn read(pool: &SqlitePool, hosts: &[HostId]) -> Result<Vec<NextRow>> {
    let ids: Vec<_> = hosts.iter().map(HostId::to_string).collect();
    let size = padded(ids.len());
    let mut query = sqlx::query_as::<_, NextRow>(AssertSqlSafe(statement(size)));
    // No host has an empty id: it fills the statement up.
    for at in 0..size {
        query = query.bind(ids.get(at).cloned().unwrap_or_default());
    }
    let rows = query.fetch_all(pool).await?.into_iter();
    let rows: HashMap<_, _> = rows.map(|row| (row.host.clone(), row)).collect();
    let rows: Option<_> = ids.iter().map(|id| rows.get(id).cloned()).collect();
    rows.ok_or_else(|| Error::unreadable("job", "a host that was asked about has no row"))
}

/// The column of VALUES is called so in SQLite and in PostgreSQL.
fn statement(size: usize) -> String {
    format!(
        "SELECT wanted.column1 AS host, job.id, job.number, job.batch,
            CASE WHEN EXISTS (SELECT 1 FROM job AS other WHERE other.host = wanted.column1
                    AND other.ended IS NULL AND other.cancelled IS NOT NULL)
                THEN 1 ELSE 0 END AS has_cancels
         FROM (VALUES {}) AS wanted LEFT JOIN job ON job.id = (
            SELECT next.id FROM job AS next WHERE next.host = wanted.column1
                AND next.ended IS NULL AND next.received IS NULL AND next.cancelled IS NULL
            ORDER BY CASE WHEN next.number IS NULL THEN 1 ELSE 0 END, next.number, next.id
            LIMIT 1)",
        placeholders(size, 1)
    )
}
