//! The numbers of tokens, as many as there are at a moment in one statement.

use super::Result;
use super::row::integer;
use super::together::{padded, placeholders};
use super::writer::{Doing, OfHost};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};
use std::collections::{HashMap, HashSet};

/// A number that a host's token uses up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    /// The host's number in the database.
    pub(crate) host: i64,
    /// The number of its token.
    pub(crate) n: u64,
    /// The version of the session that verified the token.
    pub(crate) version: i64,
    /// When the token came, in unix seconds.
    pub(crate) now: u64,
}

impl OfHost for Pulse {
    type Host = i64;
    /// Whether it is used up now: it is new, and the host has not changed since its session was
    /// read.
    type Outcome = bool;
    const IS_ONE_STATEMENT: bool = true;

    fn host(&self) -> i64 {
        self.host
    }

    fn carry_out<'c>(
        connection: &'c mut SqliteConnection,
        pulses: &'c [Self],
    ) -> Doing<'c, Vec<bool>> {
        Box::pin(async move {
            let taken: HashSet<_> = take(connection, pulses).await?.into_iter().collect();
            let is_taken = |pulse: &Self| taken.contains(&pulse.host);
            Ok(pulses.iter().map(is_taken).collect())
        })
    }
}

/// No host has this number: it fills a statement up.
const NOBODY: i64 = -1;

/// The most pulses or hosts of one statement.
pub(super) const MOST_TOGETHER: usize = 1_024;

/// Uses up numbers of different hosts, each only if it is new and the host has not changed
/// since its session was read. Returns the hosts whose numbers are used up now.
async fn take(connection: &mut SqliteConnection, pulses: &[Pulse]) -> Result<Vec<i64>> {
    let size = padded(pulses.len());
    // The columns of VALUES are called so in SQLite and in PostgreSQL.
    let update = format!(
        "UPDATE pulse SET last_n = taken.column2, last_seen = taken.column4
         FROM (VALUES {}) AS taken
         WHERE pulse.host = taken.column1 AND pulse.last_n < taken.column2
            AND pulse.version = taken.column3
         RETURNING pulse.host",
        placeholders(size, 4)
    );
    let mut query = sqlx::query_as::<_, (i64,)>(AssertSqlSafe(update));
    for pulse in pulses {
        query = query
            .bind(pulse.host)
            .bind(integer(pulse.n))
            .bind(pulse.version)
            .bind(integer(pulse.now));
    }
    for _ in pulses.len()..size {
        query = query.bind(NOBODY).bind(0).bind(0).bind(0);
    }
    let taken = query.fetch_all(connection).await?;
    Ok(taken.into_iter().map(|(host,)| host).collect())
}

/// The present versions of hosts.
pub(super) async fn versions(pool: &SqlitePool, hosts: &[i64]) -> Result<HashMap<i64, i64>> {
    let size = padded(hosts.len());
    let select = format!(
        "SELECT host, version FROM pulse WHERE host IN {}",
        placeholders(1, size)
    );
    let mut query = sqlx::query_as::<_, (i64, i64)>(AssertSqlSafe(select));
    for host in hosts {
        query = query.bind(host);
    }
    for _ in hosts.len()..size {
        query = query.bind(NOBODY);
    }
    Ok(query.fetch_all(pool).await?.into_iter().collect())
}
