//! The audit log.

mod list;
mod memory;
mod verify;

pub(super) use memory::{Memory, Writing};

use super::row::integer;
use super::{Result, Store, standing};
use crate::clock::unix_now;
use crate::domain::audit::{AuditKey, CarryOver, Change, Ends, Entry, Known};
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

/// Values of a wrong type, which somebody may have put there, are read as the right type: the MAC
/// shows that they were changed.
const SELECT: &str = "SELECT number, CAST(at AS BIGINT) AS at, CAST(who AS TEXT) AS who, \
     CAST(token AS TEXT) AS token, CAST(origin AS TEXT) AS origin, CAST(action AS TEXT) AS action, \
     CAST(kind AS TEXT) AS kind, CAST(target AS TEXT) AS target, CAST(before AS TEXT) AS before, \
     CAST(after AS TEXT) AS after, CAST(size AS BIGINT) AS size, \
     CAST(previous AS BLOB) AS previous, CAST(mac AS BLOB) AS mac FROM audit";

type EndsRow = (i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

#[derive(FromRow)]
struct Row {
    number: i64,
    at: i64,
    who: String,
    token: Option<String>,
    origin: String,
    action: String,
    kind: String,
    target: String,
    before: Option<String>,
    after: Option<String>,
    size: i64,
    previous: Vec<u8>,
    mac: Vec<u8>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            number: row.number,
            at: row.at,
            who: row.who,
            token: row.token,
            origin: row.origin,
            action: row.action,
            kind: row.kind,
            target: row.target,
            before: row.before,
            after: row.after,
            size: row.size,
            previous: row.previous,
            mac: row.mac,
        }
    }
}

impl Store {
    /// Writes a change into the log, in the [transaction](Store::begin) of the change, unless its
    /// author may not make it any more: then the transaction must not be committed.
    pub(super) async fn record(
        &self,
        connection: &mut SqliteConnection,
        change: Change,
    ) -> Result<()> {
        standing::check(connection, &change).await?;
        let (key, newest) = (&self.vault.audit_key, self.memory.newest());
        let mut ends = ends(connection).await?.unwrap_or_else(lost);
        let is_sealed = key.has_sealed(&ends);
        let memory = &self.memory;
        if memory
            .has_lost(connection, newest, &ends, is_sealed)
            .await?
        {
            // What is wrong stays known after the next start.
            ends.seal = lost().seal;
        }
        self.memory.wrote(add(connection, key, change, ends).await?);
        Ok(())
    }

    /// Writes what was no change into the log.
    pub(crate) async fn record_alone(&self, change: Change) -> Result<()> {
        let mut transaction = self.begin().await?;
        self.record(&mut transaction, change).await?;
        transaction.commit().await
    }

    /// Removes up to `most` of the oldest entries, as far as they are from before `cutoff`; returns
    /// how many.
    pub(crate) async fn remove_audit(&self, cutoff: u64, most: u32) -> Result<u64> {
        let store = self.clone();
        self.write(move |connection| {
            Box::pin(async move {
                remove(connection, &store.vault.audit_key, integer(cutoff), most).await
            })
        })
        .await
    }
}

/// Adds a change to the chain of a key.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    key: &AuditKey,
    change: Change,
) -> Result<()> {
    let ends = ends(connection).await?.unwrap_or_else(lost);
    add(connection, key, change, ends).await?;
    Ok(())
}

/// Adds a change to the chain that has these ends.
async fn add(
    connection: &mut SqliteConnection,
    key: &AuditKey,
    change: Change,
    mut ends: Ends,
) -> Result<Known> {
    let (newest,): (Option<i64>,) = sqlx::query_as("SELECT MAX(number) FROM audit")
        .fetch_one(&mut *connection)
        .await?;
    // An entry that somebody added after the end keeps no other from being written.
    let number = newest.unwrap_or_default().max(ends.newest) + 1;
    let mut entry = Entry::new(change, integer(unix_now()));
    key.append(&mut entry, number, &mut ends);
    put(connection, &entry).await?;
    put_ends(connection, &ends).await?;
    Ok(Known::newest_of(&ends))
}

/// The ends of a log whose record of them is gone.
fn lost() -> Ends {
    Ends {
        seal: vec![0],
        ..Ends::default()
    }
}

/// Seals the ends of a log that this version has just created. Never later: ends without a seal are
/// then those of somebody who has no key.
pub(super) async fn begin(connection: &mut SqliteConnection, key: &AuditKey) -> Result<()> {
    let created = ends(connection).await?;
    if created == Some(Ends::default()) {
        put_ends(connection, &key.begin()).await?;
    }
    Ok(())
}

/// Carries the log over to the chain of another key.
pub(super) async fn carry_over(
    connection: &mut SqliteConnection,
    from: &AuditKey,
    to: &AuditKey,
) -> Result<()> {
    const STEP: u32 = 256;
    let mut ends = ends(connection).await?.unwrap_or_else(lost);
    let were_whole = from.has_sealed(&ends);
    let (mut after, mut over) = (i64::MIN, CarryOver::new(from, to, &ends));
    loop {
        let mut step = oldest(connection, after, i64::MAX, STEP).await?;
        for entry in &mut step {
            over.take(entry);
            after = entry.number;
            sqlx::query("UPDATE audit SET previous = $2, mac = $3 WHERE number = $1")
                .bind(entry.number)
                .bind(&entry.previous)
                .bind(&entry.mac)
                .execute(&mut *connection)
                .await?;
        }
        if step.len() < STEP as usize {
            break;
        }
    }
    if after == ends.newest {
        ends.newest_mac = over.previous;
    }
    to.seal(&mut ends, were_whole);
    put_ends(connection, &ends).await
}

/// The oldest entries after one, up to another.
async fn oldest(
    connection: &mut SqliteConnection,
    after: i64,
    until: i64,
    most: u32,
) -> Result<Vec<Entry>> {
    let mut select = QueryBuilder::<Sqlite>::new(SELECT);
    select.push(" WHERE number > ").push_bind(after);
    select.push(" AND number <= ").push_bind(until);
    select.push(" ORDER BY number LIMIT ").push_bind(most);
    let rows = select.build_query_as::<Row>().fetch_all(connection).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

async fn remove(
    connection: &mut SqliteConnection,
    key: &AuditKey,
    cutoff: i64,
    most: u32,
) -> Result<u64> {
    let mut old = oldest(connection, i64::MIN, i64::MAX, most).await?;
    let keep = old.iter().position(|entry| entry.at >= cutoff);
    old.truncate(keep.unwrap_or(old.len()));
    let Some(last) = old.last() else {
        return Ok(0);
    };
    let mut ends = ends(connection).await?.unwrap_or_else(lost);
    sqlx::query("DELETE FROM audit WHERE number <= $1")
        .bind(last.number)
        .execute(&mut *connection)
        .await?;
    key.forget(&old, &mut ends);
    put_ends(connection, &ends).await?;
    Ok(old.len() as u64)
}

async fn put(connection: &mut SqliteConnection, entry: &Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (number, at, who, token, origin, action, kind, target, before, after, size, previous, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(entry.number)
    .bind(entry.at)
    .bind(&entry.who)
    .bind(&entry.token)
    .bind(&entry.origin)
    .bind(&entry.action)
    .bind(&entry.kind)
    .bind(&entry.target)
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(entry.size)
    .bind(&entry.previous)
    .bind(&entry.mac)
    .execute(connection)
    .await?;
    Ok(())
}

async fn ends(connection: &mut SqliteConnection) -> Result<Option<Ends>> {
    let row: Option<EndsRow> = sqlx::query_as(
        "SELECT removed, removed_mac, newest, newest_mac, seal FROM audit_ends WHERE id = 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(
        row.map(|(removed, removed_mac, newest, newest_mac, seal)| Ends {
            removed,
            removed_mac,
            newest,
            newest_mac,
            seal,
        }),
    )
}

async fn put_ends(connection: &mut SqliteConnection, ends: &Ends) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_ends (id, removed, removed_mac, newest, newest_mac, seal)
         VALUES (1, $1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET removed = $1, removed_mac = $2, newest = $3, newest_mac = $4, seal = $5",
    )
    .bind(ends.removed)
    .bind(&ends.removed_mac)
    .bind(ends.newest)
    .bind(&ends.newest_mac)
    .bind(&ends.seal)
    .execute(connection)
    .await?;
    Ok(())
}
