//! One batch, and its jobs together.

use super::jobs::BatchRow;
use super::listing::has_job_within;
use super::narrowed::within;
use super::row::from_json;
use super::{Result, Store};
use crate::domain::job::Batch;
use crate::domain::scope::Scope;
use api::BatchId;
use futures_util::TryStreamExt;
use sqlx::QueryBuilder;
use wire::ping::JobResult;

impl Store {
    /// A batch by its id, if it has a job in the scope.
    pub(crate) async fn batch(&self, id: BatchId, scope: &Scope) -> Result<Option<Batch>> {
        let mut select = QueryBuilder::new(
            "SELECT id AS batch_id, name, notes, label AS batch_label, owner, fx_key, fx_version, created
             FROM batch WHERE id = ",
        );
        select.push_bind(id.number());
        has_job_within(&mut select, scope);
        let row: Option<BatchRow> = select.build_query_as().fetch_optional(&self.pool).await?;
        row.map(BatchRow::batch).transpose()
    }

    /// Passes to `count`, of each job of a batch in a scope: whether it was cancelled, whether its host
    /// received it, and its result without the output.
    pub(crate) async fn count_jobs(
        &self,
        batch: BatchId,
        scope: &Scope,
        mut count: impl FnMut(bool, bool, Option<JobResult>),
    ) -> Result<()> {
        let mut select = QueryBuilder::new(
            "SELECT job.cancelled IS NOT NULL, job.received IS NOT NULL, job.result
             FROM job CROSS JOIN host WHERE host.id = job.host AND job.batch = ",
        );
        select.push_bind(batch.number());
        within(&mut select, scope);
        let mut rows = select
            .build_query_as::<(bool, bool, Option<String>)>()
            .fetch(&self.pool);
        while let Some((is_cancelled, is_received, result)) = rows.try_next().await? {
            let result = result.map(|text| from_json("result", &text)).transpose()?;
            count(is_cancelled, is_received, result);
        }
        Ok(())
    }
}
