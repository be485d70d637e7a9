//! Keys and sequence numbers of hosts.

use super::row::{host_key, integer, unsigned};
use super::{Result, Store};
use wire::{HostId, HostKey};

/// What became of a sequence number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Consumed {
    /// It was new and is now used up.
    Accepted,
    /// It was not above the last one.
    NotNew {
        /// The last one that was accepted.
        last: u64,
    },
    /// The host was removed in the meantime.
    Gone,
}

impl Store {
    /// The key of an enrolled host.
    pub(crate) async fn enrolled_key(&self, host: HostId) -> Result<Option<HostKey>> {
        let key: Option<(Vec<u8>,)> =
            sqlx::query_as("SELECT key FROM host WHERE id = $1 AND state = 'enrolled'")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        key.map(|(bytes,)| host_key(&bytes)).transpose()
    }

    /// Uses a sequence number up, in one step, and notes that the host was seen.
    pub(crate) async fn consume(&self, host: HostId, n: u64, now: u64) -> Result<Consumed> {
        let updated = sqlx::query(
            "UPDATE host SET last_n = $2, last_seen = $3
             WHERE id = $1 AND state = 'enrolled' AND last_n < $2",
        )
        .bind(host.to_string())
        .bind(integer(n))
        .bind(integer(now))
        .execute(&self.pool)
        .await?;
        if updated.rows_affected() == 1 {
            return Ok(Consumed::Accepted);
        }
        let last: Option<(i64,)> =
            sqlx::query_as("SELECT last_n FROM host WHERE id = $1 AND state = 'enrolled'")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(last.map_or(Consumed::Gone, |(last,)| Consumed::NotNew {
            last: unsigned(last),
        }))
    }
}
