//! Whether sessions still hold: one question for all that are asked about at a moment.

use super::pulses;
use super::together::Together;
use sqlx::SqlitePool;

/// Where the version of a host is asked for, by its number; `None` if there is no such host.
pub(super) type Versions = Together<i64, Option<i64>>;

/// Begins to answer.
pub(super) fn start(pool: SqlitePool) -> Versions {
    Together::start(move |hosts: Vec<i64>| {
        let pool = pool.clone();
        async move {
            let versions = pulses::versions(&pool, &hosts).await?;
            let version = |host: &i64| versions.get(host).copied();
            Ok(hosts.iter().map(version).collect())
        }
    })
}
