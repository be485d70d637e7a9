//! The numbers of tokens, as many as there are at a moment in one statement.

use super::Result;
use super::row::integer;
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};
use std::collections::HashMap;

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

/// No host has this number: it fills a statement up.
const NOBODY: i64 = -1;

/// The most pulses or hosts of one statement.
pub(super) const MOST_TOGETHER: usize = 1_024;

/// Uses up numbers of different hosts, each only if it is new and the host has not changed
/// since its session was read. Returns the hosts whose numbers are used up now.
pub(super) async fn take(connection: &mut SqliteConnection, pulses: &[Pulse]) -> Result<Vec<i64>> {
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

/// Statements come in few sizes, so that each is prepared once.
fn padded(count: usize) -> usize {
    count.next_power_of_two().min(MOST_TOGETHER)
}

/// `rows` groups of `columns` placeholders.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let numbers = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", numbers.collect::<Vec<_>>().join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_come_in_few_sizes() {
        assert_eq!(placeholders(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(placeholders(1, 2), "($1,$2)");
        let sizes: std::collections::BTreeSet<_> = (1..=MOST_TOGETHER).map(padded).collect();
        assert_eq!(sizes.len(), 11);
    }
}
