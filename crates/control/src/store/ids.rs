//! The highest id that a batch or job was given. It outlives them.

use super::{Result, Store};
use sqlx::SqliteConnection;

impl Store {
    /// The highest id that a batch or job was ever given.
    pub(crate) async fn last_id(&self) -> Result<i64> {
        let (last,): (i64,) = sqlx::query_as("SELECT id FROM highest_id")
            .fetch_one(&self.pool)
            .await?;
        Ok(last)
    }
}

/// Notes ids that are given, in the transaction in which they are. Batches may be stored in
/// another order than they got their ids.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    ids: impl Iterator<Item = i64>,
) -> Result<()> {
    sqlx::query("UPDATE highest_id SET id = $1 WHERE id < $1")
        .bind(ids.max())
        .execute(connection)
        .await?;
    Ok(())
}
