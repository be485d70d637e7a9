//! Keys and sequence numbers of hosts.

use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Result, Store};
use crate::domain::host::HostKeys;
use wire::HostId;

/// The outcome of using a sequence number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Consumed {
    /// It was new, and is used up now.
    Accepted,
    /// It was not above the last one.
    NotNew {
        /// The last accepted one.
        last: u64,
    },
    /// The host was removed or disabled meanwhile.
    Gone,
}

impl Store {
    /// The keys of an enrolled host that is not disabled.
    pub(crate) async fn enrolled_keys(&self, host: HostId) -> Result<Option<HostKeys>> {
        let keys: Option<(String, Option<String>)> = sqlx::query_as(
            "SELECT sealed_key, next_key FROM host
             WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        keys.map(|(present, next)| {
            let next = next.map(|sealed| self.vault.open_key(Column::NextKey, host, &sealed));
            Ok(HostKeys {
                present: self.vault.open_key(Column::HostKey, host, &present)?,
                next: next.transpose()?,
            })
        })
        .transpose()
    }

    /// Uses up a sequence number and notes that the host was seen, in one statement.
    pub(crate) async fn consume(&self, host: HostId, n: u64, now: u64) -> Result<Consumed> {
        let updated = sqlx::query(
            "UPDATE host SET last_n = $2, last_seen = $3
             WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL AND last_n < $2",
        )
        .bind(host.to_string())
        .bind(integer(n))
        .bind(integer(now))
        .execute(&self.pool)
        .await?;
        if updated.rows_affected() == 1 {
            return Ok(Consumed::Accepted);
        }
        self.not_consumed(host).await
    }

    pub(super) async fn not_consumed(&self, host: HostId) -> Result<Consumed> {
        let last: Option<(i64,)> = sqlx::query_as(
            "SELECT last_n FROM host WHERE id = $1 AND state = 'enrolled' AND disabled IS NULL",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(last.map_or(Consumed::Gone, |(last,)| Consumed::NotNew {
            last: unsigned(last),
        }))
    }
}
