//! One batch, and its jobs together.

use super::jobs::BatchRow;
use super::row::from_json;
use super::{Result, Store};
use crate::domain::job::Batch;
use api::BatchId;
use futures_util::TryStreamExt;
use wire::ping::JobResult;

impl Store {
    /// A batch by its id.
    pub(crate) async fn batch(&self, id: BatchId) -> Result<Option<Batch>> {
        let row: Option<BatchRow> = sqlx::query_as(
            "SELECT id AS batch_id, name, notes, label AS batch_label, owner, fx_key, fx_version, created
             FROM batch WHERE id = $1",
        )
        .bind(id.number())
        .fetch_optional(&self.pool)
        .await?;
        row.map(BatchRow::batch).transpose()
    }

    /// Passes to `count`, of each job of a batch: whether it was cancelled, whether its host
    /// received it, and its result without the output.
    pub(crate) async fn count_jobs(
        &self,
        batch: BatchId,
        mut count: impl FnMut(bool, bool, Option<JobResult>),
    ) -> Result<()> {
        let mut rows = sqlx::query_as::<_, (bool, bool, Option<String>)>(
            "SELECT cancelled IS NOT NULL, received IS NOT NULL, result FROM job WHERE batch = $1",
        )
        .bind(batch.number())
        .fetch(&self.pool);
        while let Some((is_cancelled, is_received, result)) = rows.try_next().await? {
            let result = result.map(|text| from_json("result", &text)).transpose()?;
            count(is_cancelled, is_received, result);
        }
        Ok(())
    }
}
