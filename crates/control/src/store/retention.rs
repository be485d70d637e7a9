//! Removing what has ended, a few rows at a time, so that others who write need not wait long.

use super::narrowed::{is_within, within};
use super::row::{host_id, integer, unsigned};
use super::{Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::scope::Scope;
use api::{BatchId, JobId};
use serde_json::json;
use sqlx::{QueryBuilder, SqliteConnection};
use wire::job_id;

/// What came of removing a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemovedJob {
    /// It is gone.
    Yes,
    /// It has not ended.
    Open,
    /// There is none.
    Unknown,
}

const JOBS: &str = "DELETE FROM job WHERE id IN (
         SELECT id FROM job WHERE ended < $1 ORDER BY ended LIMIT $2)";

const OUTPUTS: &str = "UPDATE job SET log = '' WHERE id IN (
         SELECT id FROM job WHERE ended < $1 AND log <> '' ORDER BY ended LIMIT $2)";

const BATCHES: &str = "DELETE FROM batch WHERE id IN (
         SELECT id FROM batch WHERE id < $1
             AND NOT EXISTS (SELECT 1 FROM job WHERE job.batch = batch.id)
         ORDER BY id LIMIT $2)";

const KEYED: &str = "DELETE FROM keyed_request WHERE (owner, key) IN (
         SELECT owner, key FROM keyed_request WHERE begun < $1 ORDER BY begun LIMIT $2)";

const EMPTY_BATCH: &str = "DELETE FROM batch WHERE id = $1
         AND NOT EXISTS (SELECT 1 FROM job WHERE job.batch = batch.id)";

/// Hosts that were removed, and have no jobs any more. The highest number stays, so that none is
/// given twice.
const HOSTS: &str = "SELECT number FROM host WHERE state = 'removed' AND removed < $1
         AND number < (SELECT MAX(number) FROM host)
         AND NOT EXISTS (SELECT 1 FROM job WHERE job.host = host.id)
     ORDER BY number LIMIT $2";

impl Store {
    /// What time it was by the clocks of most hosts when they last pinged, in unix seconds. Hosts
    /// count that pinged within an hour of the last one; a host reports how far its clock is from
    /// control's.
    pub(crate) async fn time_of_hosts(&self) -> Result<Option<u64>> {
        let times: Vec<(i64,)> = sqlx::query_as(
            "SELECT pulse.last_seen + host.skew AS seen
             FROM pulse JOIN host ON host.number = pulse.host
             WHERE host.state = 'enrolled'
                AND pulse.last_seen >= (SELECT MAX(last_seen) FROM pulse) - 3600
             ORDER BY seen",
        )
        .fetch_all(&self.pool)
        .await?;
        let middle = times.len().saturating_sub(1) / 2;
        Ok(times.get(middle).map(|(time,)| unsigned(*time)))
    }

    /// Removes up to `most` jobs that ended before `cutoff`; returns how many.
    pub(crate) async fn remove_jobs(&self, cutoff: u64, most: u32) -> Result<u64> {
        self.remove(JOBS, integer(cutoff), most).await
    }

    /// Removes the outputs of up to `most` jobs that ended before `cutoff`; returns of how many.
    pub(crate) async fn remove_outputs(&self, cutoff: u64, most: u32) -> Result<u64> {
        self.remove(OUTPUTS, integer(cutoff), most).await
    }

    /// Removes up to `most` batches that were created before `cutoff` and have no jobs any more;
    /// returns how many.
    pub(crate) async fn remove_batches(&self, cutoff: u64, most: u32) -> Result<u64> {
        let first = job_id::at(cutoff.saturating_mul(1_000), 0);
        self.remove(BATCHES, first, most).await
    }

    /// Removes up to `most` requests with keys that began before `cutoff`; returns how many.
    pub(crate) async fn remove_keyed(&self, cutoff: u64, most: u32) -> Result<u64> {
        self.remove(KEYED, integer(cutoff), most).await
    }

    async fn remove(&self, statement: &'static str, before: i64, most: u32) -> Result<u64> {
        self.write(move |connection| {
            Box::pin(async move { remove(connection, statement, before, most).await })
        })
        .await
    }

    /// Removes up to `most` hosts that an operator removed before `cutoff`, and that have no jobs
    /// any more; returns how many.
    pub(crate) async fn remove_gone_hosts(&self, cutoff: u64, most: u32) -> Result<u64> {
        self.write(move |connection| {
            Box::pin(async move {
                let gone: Vec<(i64,)> = sqlx::query_as(HOSTS)
                    .bind(integer(cutoff))
                    .bind(most)
                    .fetch_all(&mut *connection)
                    .await?;
                for (number,) in &gone {
                    forget_host(connection, *number).await?;
                }
                Ok(gone.len() as u64)
            })
        })
        .await
    }

    /// Removes a job that has ended.
    pub(crate) async fn remove_job(&self, job: JobId, by: &Author) -> Result<RemovedJob> {
        let mut transaction = self.begin().await?;
        let removed = remove_job(&mut transaction, job.number(), &by.scope).await?;
        if removed == RemovedJob::Yes {
            let change = by.did(Action::JobRemove, job.number());
            self.record(&mut transaction, change).await?;
        }
        transaction.commit().await?;
        Ok(removed)
    }

    /// Begins to remove a batch and its jobs, as far as they are in the author's scope: from now on the log has it, also if it fails later.
    /// Returns how many of up to `most` jobs it has removed.
    pub(crate) async fn begin_to_remove_batch(
        &self,
        batch: BatchId,
        most: u32,
        by: &Author,
    ) -> Result<u64> {
        let (mut transaction, id) = (self.begin().await?, batch.number());
        let mut select = of_batch("SELECT COUNT(*)", batch, &by.scope);
        let (jobs,): (i64,) = select.build_query_as().fetch_one(&mut *transaction).await?;
        let change = by.did(Action::BatchRemove, id);
        let change = change.before(json!({ "jobs": jobs }));
        self.record(&mut transaction, change).await?;
        let removed = remove_of_batch(&mut transaction, batch, most, &by.scope).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// How many jobs of a batch in a scope have not ended.
    pub(crate) async fn open_jobs_of_batch(&self, batch: BatchId, scope: &Scope) -> Result<u64> {
        let mut select = of_batch("SELECT COUNT(*)", batch, scope);
        select.push(" AND job.ended IS NULL");
        let row: (i64,) = select.build_query_as().fetch_one(&self.pool).await?;
        Ok(unsigned(row.0))
    }

    /// Removes up to `most` jobs of a batch in a scope that have ended; returns how many.
    pub(crate) async fn remove_jobs_of_batch(
        &self,
        batch: BatchId,
        most: u32,
        scope: &Scope,
    ) -> Result<u64> {
        let scope = scope.clone();
        self.write(move |connection| {
            Box::pin(async move { remove_of_batch(connection, batch, most, &scope).await })
        })
        .await
    }

    /// Removes a batch that has no jobs any more.
    pub(crate) async fn remove_batch(&self, batch: BatchId) -> Result<()> {
        let id = batch.number();
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(EMPTY_BATCH)
                    .bind(id)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn remove(
    connection: &mut SqliteConnection,
    statement: &'static str,
    before: i64,
    most: u32,
) -> Result<u64> {
    let removed = sqlx::query(statement)
        .bind(before)
        .bind(most)
        .execute(connection)
        .await?;
    Ok(removed.rows_affected())
}

/// A statement about the jobs of a batch in a scope.
fn of_batch(what: &str, batch: BatchId, scope: &Scope) -> QueryBuilder<sqlx::Sqlite> {
    let mut statement = QueryBuilder::new(format!(
        "{what} FROM job CROSS JOIN host WHERE host.id = job.host AND job.batch = "
    ));
    statement.push_bind(batch.number());
    within(&mut statement, scope);
    statement
}

async fn remove_of_batch(
    connection: &mut SqliteConnection,
    batch: BatchId,
    most: u32,
    scope: &Scope,
) -> Result<u64> {
    let mut delete = of_batch("DELETE FROM job WHERE id IN (SELECT job.id", batch, scope);
    delete
        .push(" AND job.ended IS NOT NULL LIMIT ")
        .push_bind(most);
    delete.push(")");
    let removed = delete.build().execute(connection).await?;
    Ok(removed.rows_affected())
}

/// Whether there is such a job of a host in the scope.
async fn is_job_within(connection: &mut SqliteConnection, id: i64, scope: &Scope) -> Result<bool> {
    let row: Option<(String,)> = sqlx::query_as("SELECT host FROM job WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *connection)
        .await?;
    match row {
        Some((host,)) => is_within(connection, host_id(&host)?, scope).await,
        None => Ok(false),
    }
}

async fn remove_job(
    connection: &mut SqliteConnection,
    id: i64,
    scope: &Scope,
) -> Result<RemovedJob> {
    if !is_job_within(connection, id, scope).await? {
        return Ok(RemovedJob::Unknown);
    }
    let removed = sqlx::query("DELETE FROM job WHERE id = $1 AND ended IS NOT NULL")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    if removed.rows_affected() == 1 {
        return Ok(RemovedJob::Yes);
    }
    Ok(RemovedJob::Open)
}

async fn forget_host(connection: &mut SqliteConnection, number: i64) -> Result<()> {
    for statement in [
        "DELETE FROM pulse WHERE host = $1",
        "DELETE FROM host WHERE number = $1",
    ] {
        sqlx::query(statement)
            .bind(number)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
