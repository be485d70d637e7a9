//! The newest entry of the audit log that this process wrote or read. Nothing that
//! is written to the database makes it forget that: neither older rows nor an older copy.

use super::{Result, ends};
use crate::domain::audit::{Ends, Known};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What this process remembers; clones share it.
#[derive(Clone, Default)]
pub(in crate::store) struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    newest: Option<Known>,
    /// What was written in the open transaction: it counts once that is committed.
    written: Option<Known>,
    /// Whether the log has lacked an entry. It stays so, even if somebody puts the entry back.
    has_lost: bool,
}

impl Memory {
    fn locked(&self) -> MutexGuard<'_, Remembered> {
        // Every change is a single step, so a panic elsewhere leaves it consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an entry as written, in the transaction that is open.
    pub(super) fn wrote(&self, entry: Known) {
        self.locked().written = Some(entry);
    }

    /// The newest entry that was in the log. To compare, ask before the database is read: others
    /// write meanwhile.
    pub(super) fn newest(&self) -> Option<Known> {
        self.locked().newest.clone()
    }

    /// Whether the log lacks, or has lacked, an entry that was there; remembers the newest one of
    /// ends that are `sealed`.
    pub(super) async fn has_lost(
        &self,
        connection: &mut SqliteConnection,
        newest: Option<Known>,
        ends: &Ends,
        sealed: bool,
    ) -> Result<bool> {
        let is_lost = match &newest {
            Some(known) => known.is_lost(ends, mac_of(connection, known, ends).await?.as_deref()),
            None => false,
        };
        let mut remembered = self.locked();
        if is_lost && !remembered.has_lost {
            let number = newest.map_or(0, |known| known.number);
            tracing::error!(
                number,
                now = ends.newest,
                "the audit log lacks an entry that control knows: somebody cut it off, or put an older copy in place"
            );
        }
        remembered.has_lost |= is_lost;
        let is_newer = |known: &Known| known.number < ends.newest;
        if sealed && !is_lost && remembered.newest.as_ref().is_none_or(is_newer) {
            remembered.newest = Some(Known::newest_of(ends));
        }
        Ok(remembered.has_lost)
    }
}

/// The MAC in the place of an entry, if it is in the midst of the log.
async fn mac_of(
    connection: &mut SqliteConnection,
    known: &Known,
    ends: &Ends,
) -> Result<Option<Vec<u8>>> {
    if known.number >= ends.newest {
        return Ok(None);
    }
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT CAST(mac AS BLOB) FROM audit WHERE number = $1")
            .bind(known.number)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(mac,)| mac))
}

/// A transaction that writes. What it wrote into the log is remembered when it is committed.
pub(in crate::store) struct Writing {
    transaction: Transaction<'static, Sqlite>,
    memory: Memory,
}

impl Writing {
    /// Takes over a transaction that has just begun, while nobody else writes.
    pub(in crate::store) fn new(
        transaction: Transaction<'static, Sqlite>,
        memory: &Memory,
    ) -> Self {
        // Of a transaction that was rolled back.
        memory.locked().written = None;
        Self {
            transaction,
            memory: memory.clone(),
        }
    }

    /// Commits.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::store) async fn commit(self) -> Result<()> {
        // While the lock is held: afterwards, somebody else begins a transaction.
        let written = self.memory.locked().written.take();
        self.transaction.commit().await?;
        if let Some(written) = written {
            let mut remembered = self.memory.locked();
            let is_newer = |known: &Known| known.number < written.number;
            if remembered.newest.as_ref().is_none_or(is_newer) {
                remembered.newest = Some(written);
            }
        }
        Ok(())
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

impl super::Store {
    /// The newest entry by the record of the ends, or `None` if that cannot be relied on.
    pub(crate) async fn newest_entry(&self) -> Result<Option<Known>> {
        let newest = self.memory.newest();
        let mut moment = self.pool.begin().await?;
        let ends = ends(&mut moment).await?.unwrap_or_default();
        let is_sealed = self.vault.audit_key.has_sealed(&ends);
        let memory = &self.memory;
        let has_lost = memory
            .has_lost(&mut moment, newest, &ends, is_sealed)
            .await?;
        Ok((is_sealed && !has_lost).then(|| Known::newest_of(&ends)))
    }
}
