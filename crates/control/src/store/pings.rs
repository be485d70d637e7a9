//! Recording what a ping reports.

use super::hosts::ConditionRow;
use super::row::{from_json, integer, to_json, unsigned};
use super::vault::Column;
use super::{Result, Store};
use crate::domain::condition::Condition;
use crate::domain::definition::masked_command;
use crate::domain::delivery::REPEAT_AFTER;
use crate::domain::job::cancelled;
use sqlx::{FromRow, SqliteConnection};
use std::sync::Arc;
use wire::HostId;
use wire::limits::MOST_HELD;
use wire::ping::{JobResult, Ping, Status};

/// The effects of a ping.
#[derive(Debug, Default)]
pub(crate) struct PingEffects {
    /// Whether its result was recorded, if it has one.
    pub(crate) recorded: Option<Recorded>,
    /// The condition of the host before and now, if it has changed.
    pub(crate) condition: Option<(Condition, Condition)>,
    /// Jobs that the host holds although control has their results: its disk was restored.
    pub(crate) ended: Vec<i64>,
    /// Jobs that the host held and no longer names, if it is time to query them; noted as
    /// queried.
    pub(crate) unnamed: Vec<i64>,
}

/// Whether a result was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It is the result of the job from now on.
    Yes,
    /// It was ignored, for this reason.
    No(&'static str),
}

/// The most open jobs of a host that one ping is compared with; later ones follow when these
/// have ended.
const MOST_OPEN: i64 = 256;

/// A job that has not ended, and that its host held or has to end.
#[derive(FromRow)]
struct OpenJob {
    id: i64,
    received: Option<i64>,
    cancelled: Option<i64>,
    query_told: Option<i64>,
}

impl OpenJob {
    fn is_due(&self, now: u64) -> bool {
        self.query_told
            .is_none_or(|queried| unsigned(queried) + REPEAT_AFTER.as_secs() <= now)
    }
}

impl Store {
    /// Records a ping: its result, once; the condition of the host; the jobs that it holds; and
    /// what follows for the jobs that it does not name.
    pub(crate) async fn record_ping(
        &self,
        host: HostId,
        ping: &Arc<Ping>,
        now: u64,
    ) -> Result<PingEffects> {
        let mut connection = self.pool.acquire().await?;
        let old = condition(&mut connection, host).await?;
        let new = old.after(ping, now);
        if ping.result.is_none() && old == new {
            let open = open_jobs(&mut connection, host).await?;
            if is_settled(&open, &ping.received, now) {
                return Ok(PingEffects::default());
            }
        }
        drop(connection);
        let (store, ping) = (self.clone(), Arc::clone(ping));
        self.write(move |connection| {
            Box::pin(async move { store.take_effects(connection, host, &ping, now).await })
        })
        .await
    }

    async fn take_effects(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        ping: &Ping,
        now: u64,
    ) -> Result<PingEffects> {
        let mut effects = PingEffects::default();
        let old = condition(connection, host).await?;
        let new = old.after(ping, now);
        if old != new {
            put_condition(connection, host, &new).await?;
            effects.condition = Some((old, new));
        }
        if let Some(result) = &ping.result {
            effects.recorded = Some(self.end(connection, host, result, now).await?);
        }
        for job in &ping.received {
            mark_received(connection, host, *job, now).await?;
            if has_ended(connection, host, *job).await? {
                effects.ended.push(*job);
            }
        }
        effects.unnamed = self
            .settle_unnamed(connection, host, &ping.received, now)
            .await?;
        Ok(effects)
    }

    /// Ends, as refused, a job that cannot be delivered to its host.
    pub(crate) async fn refuse(&self, host: HostId, job: i64, why: &str, now: u64) -> Result<()> {
        let result = JobResult {
            status: Some(Status::Refused),
            ..cancelled(job, why, now)
        };
        let store = self.clone();
        self.write(move |connection| {
            Box::pin(async move { store.end(connection, host, &result, now).await })
        })
        .await?;
        Ok(())
    }

    /// Whether a job belongs to this host and has not ended.
    pub(crate) async fn is_open(&self, host: HostId, job: i64) -> Result<bool> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT id FROM job WHERE id = $1 AND host = $2 AND ended IS NULL")
                .bind(job)
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// Deals with the open jobs that a ping does not name, although a ping names every job that
    /// the host holds. A cancelled one was lost on the way or with the host's disk: it will not
    /// run, and ends here. The results of the others are queried from time to time: those that
    /// are due are returned, and noted as queried.
    async fn settle_unnamed(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        held: &[i64],
        now: u64,
    ) -> Result<Vec<i64>> {
        let mut due = Vec::new();
        let open = open_jobs(connection, host).await?;
        for job in open.into_iter().filter(|job| !held.contains(&job.id)) {
            let id = job.id;
            if job.cancelled.is_some() {
                let result = cancelled(id, "it was cancelled and the host does not hold it", now);
                self.end(connection, host, &result, now).await?;
            } else if job.is_due(now) && due.len() < MOST_HELD {
                note_queried(connection, id, now).await?;
                due.push(id);
            }
        }
        Ok(due)
    }

    /// Records the result of a job of this host, unless it has one, and masks the secrets in its
    /// command. The result `interrupted` means that the host does not know how the job ended: if
    /// it finds out later, its new result replaces this one.
    pub(super) async fn end(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        result: &JobResult,
        now: u64,
    ) -> Result<Recorded> {
        let job: Option<(String, String, Option<String>)> =
            sqlx::query_as("SELECT command, host, result FROM job WHERE id = $1")
                .bind(result.job_id)
                .fetch_optional(&mut *connection)
                .await?;
        let Some((command, owner, stored)) = job else {
            return Ok(Recorded::No("there is no such job"));
        };
        if owner != host.to_string() {
            return Ok(Recorded::No("it is a job of another host"));
        }
        if let Some(stored) = stored
            && !replaces(result, &from_json("result", &stored)?)
        {
            return Ok(Recorded::No("the job has a result already"));
        }
        let row = result.job_id.to_string();
        // The secrets of a damaged command cannot be read: there is nothing to mask.
        let opened = self.vault.open_json(Column::JobCommand, &row, &command);
        let masked = masked_command(opened.unwrap_or_default());
        let sealed = self.vault.seal_json(Column::JobCommand, &row, &masked)?;
        sqlx::query("UPDATE job SET ended = $2, result = $3, command = $4, log = $5 WHERE id = $1")
            .bind(result.job_id)
            .bind(integer(now))
            .bind(to_json(&without_log(result))?)
            .bind(sealed)
            .bind(&result.log)
            .execute(connection)
            .await?;
        Ok(Recorded::Yes)
    }
}

/// Whether a host holds what it held, and nothing follows for what it does not name.
fn is_settled(open: &[OpenJob], held: &[i64], now: u64) -> bool {
    let is_known = |id: &i64| {
        open.iter()
            .any(|job| job.id == *id && job.received.is_some())
    };
    let follows_nothing =
        |job: &OpenJob| held.contains(&job.id) || job.cancelled.is_none() && !job.is_due(now);
    held.iter().all(is_known) && open.iter().all(follows_nothing)
}

/// A result for its column. Outputs are large, so they have a column that lists do not read.
fn without_log(result: &JobResult) -> JobResult {
    JobResult {
        log: String::new(),
        ..result.clone()
    }
}

/// Whether a result replaces the stored one: only if the stored one is `interrupted`.
fn replaces(result: &JobResult, stored: &JobResult) -> bool {
    let is_interrupted = |result: &JobResult| result.status == Some(Status::Interrupted);
    is_interrupted(stored) && !is_interrupted(result)
}

async fn open_jobs(connection: &mut SqliteConnection, host: HostId) -> Result<Vec<OpenJob>> {
    Ok(sqlx::query_as(
        "SELECT id, received, cancelled, query_told FROM job
         WHERE host = $1 AND ended IS NULL AND (received IS NOT NULL OR cancelled IS NOT NULL)
         ORDER BY id LIMIT $2",
    )
    .bind(host.to_string())
    .bind(MOST_OPEN)
    .fetch_all(connection)
    .await?)
}

async fn note_queried(connection: &mut SqliteConnection, job: i64, now: u64) -> Result<()> {
    sqlx::query("UPDATE job SET query_told = $2 WHERE id = $1")
        .bind(job)
        .bind(integer(now))
        .execute(connection)
        .await?;
    Ok(())
}

async fn has_ended(connection: &mut SqliteConnection, host: HostId, job: i64) -> Result<bool> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT id FROM job WHERE id = $1 AND host = $2 AND ended IS NOT NULL")
            .bind(job)
            .bind(host.to_string())
            .fetch_optional(connection)
            .await?;
    Ok(row.is_some())
}

async fn condition(connection: &mut SqliteConnection, host: HostId) -> Result<Condition> {
    let row: Option<ConditionRow> = sqlx::query_as(
        "SELECT declines, declines_since, skew, restored_seen, restored_times FROM host WHERE id = $1",
    )
    .bind(host.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(row.map(ConditionRow::condition).unwrap_or_default())
}

async fn put_condition(
    connection: &mut SqliteConnection,
    host: HostId,
    condition: &Condition,
) -> Result<()> {
    sqlx::query(
        "UPDATE host SET declines = $2, declines_since = $3, skew = $4, restored_seen = $5, restored_times = $6
         WHERE id = $1",
    )
    .bind(host.to_string())
    .bind(&condition.declines)
    .bind(condition.declines_since.map(integer))
    .bind(condition.skew)
    .bind(condition.restored_seen.map(integer))
    .bind(integer(condition.restored_times))
    .execute(connection)
    .await?;
    Ok(())
}

async fn mark_received(
    connection: &mut SqliteConnection,
    host: HostId,
    job: i64,
    now: u64,
) -> Result<()> {
    sqlx::query("UPDATE job SET received = $3 WHERE id = $1 AND host = $2 AND received IS NULL")
        .bind(job)
        .bind(host.to_string())
        .bind(integer(now))
        .execute(connection)
        .await?;
    Ok(())
}
