//! Recording what a ping reports.

use super::hosts::ConditionRow;
use super::row::{from_json, integer, to_json, unsigned};
use super::{Result, Store};
use crate::domain::condition::Condition;
use crate::domain::job::cancelled;
use crate::domain::pace::REPEAT_AFTER;
use api::JobId;
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
    /// The numbers of jobs that the host holds although control has their results: its disk was
    /// restored.
    pub(crate) ended: Vec<i64>,
    /// How many cancelled jobs ended because the host does not hold them.
    pub(crate) cancelled: u64,
    /// The numbers of jobs that the host held and no longer names, if it is time to query them;
    /// noted as queried.
    pub(crate) unnamed: Vec<i64>,
}

/// Whether a result was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It is the result of this job from now on.
    Yes(JobId),
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
    number: Option<i64>,
    received: Option<i64>,
    cancelled: Option<i64>,
    query_told: Option<i64>,
}

/// A job that a host names.
#[derive(FromRow)]
struct KnownJob {
    id: i64,
    ended: Option<i64>,
}

impl OpenJob {
    fn is_among(&self, numbers: &[i64]) -> bool {
        self.number.is_some_and(|number| numbers.contains(&number))
    }

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
            let recorded = self.record_result(connection, host, result, now).await?;
            effects.recorded = Some(recorded);
        }
        for number in &ping.received {
            if let Some(job) = job_known_as(connection, host, *number, now).await? {
                mark_received(connection, job.id, now).await?;
                effects.ended.extend(job.ended.map(|_| *number));
            }
        }
        self.settle_unnamed(connection, host, &ping.received, now, &mut effects)
            .await?;
        Ok(effects)
    }

    /// Ends, as refused, a job that cannot be delivered to its host.
    pub(crate) async fn refuse(&self, job: JobId, why: &str, now: u64) -> Result<Recorded> {
        let result = JobResult {
            status: Some(Status::Refused),
            ..cancelled(job.number(), why, now)
        };
        let store = self.clone();
        self.write(move |connection| {
            Box::pin(async move { store.end(connection, job, &result, now).await })
        })
        .await
    }

    /// Whether the job with this number of a host has not ended.
    pub(crate) async fn is_open(&self, host: HostId, number: i64) -> Result<bool> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT id FROM job WHERE number = $1 AND host = $2 AND ended IS NULL")
                .bind(number)
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// Deals with the open jobs that a ping does not name, although a ping names every job that
    /// the host holds. A cancelled one was lost on the way or with the host's disk: it will not
    /// run, and ends here. The results of the others are queried from time to time: those that
    /// are due are noted as queried.
    async fn settle_unnamed(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        held: &[i64],
        now: u64,
        effects: &mut PingEffects,
    ) -> Result<()> {
        let open = open_jobs(connection, host).await?;
        for job in open.into_iter().filter(|job| !job.is_among(held)) {
            let id = job.id;
            if job.cancelled.is_some() {
                let result = cancelled(id, "it was cancelled and the host does not hold it", now);
                let recorded = self.end(connection, id.into(), &result, now).await?;
                effects.cancelled += u64::from(matches!(recorded, Recorded::Yes(_)));
            } else if job.is_due(now) && effects.unnamed.len() < MOST_HELD {
                note_queried(connection, id, now).await?;
                effects.unnamed.extend(job.number);
            }
        }
        Ok(())
    }

    /// Records the result that a host reports of one of its jobs.
    async fn record_result(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        result: &JobResult,
        now: u64,
    ) -> Result<Recorded> {
        match job_known_as(connection, host, result.job_id, now).await? {
            Some(job) => self.end(connection, job.id.into(), result, now).await,
            None => Ok(Recorded::No("the host was offered no job with this number")),
        }
    }

    /// Records the result of a job, unless it has one, and masks the secrets in the command if
    /// it was the last job of its batch. The result `interrupted` means that the host does not
    /// know how the job ended: if it finds out later, its new result replaces this one.
    pub(super) async fn end(
        &self,
        connection: &mut SqliteConnection,
        id: JobId,
        result: &JobResult,
        now: u64,
    ) -> Result<Recorded> {
        let job: Option<(i64, Option<String>)> =
            sqlx::query_as("SELECT batch, result FROM job WHERE id = $1")
                .bind(id.number())
                .fetch_optional(&mut *connection)
                .await?;
        let Some((batch, stored)) = job else {
            return Ok(Recorded::No("there is no such job"));
        };
        if let Some(stored) = &stored
            && !replaces(result, &from_json("result", stored)?)
        {
            return Ok(Recorded::No("the job has a result already"));
        }
        sqlx::query("UPDATE job SET ended = $2, result = $3, log = $4 WHERE id = $1")
            .bind(id.number())
            .bind(integer(now))
            .bind(to_json(&without_log(result))?)
            .bind(&result.log)
            .execute(&mut *connection)
            .await?;
        if stored.is_none() {
            self.mask_ended(connection, batch).await?;
        }
        Ok(Recorded::Yes(id))
    }
}

/// Whether a host holds what it held, and nothing follows for what it does not name.
fn is_settled(open: &[OpenJob], held: &[i64], now: u64) -> bool {
    let is_known = |number: &i64| {
        open.iter()
            .any(|job| job.number == Some(*number) && job.received.is_some())
    };
    let follows_nothing =
        |job: &OpenJob| job.is_among(held) || job.cancelled.is_none() && !job.is_due(now);
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
        "SELECT id, number, received, cancelled, query_told FROM job
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

/// The job that a host knows by a number. A database that was restored from a backup may not know
/// of the offer: then the number is the job's id, and is noted.
async fn job_known_as(
    connection: &mut SqliteConnection,
    host: HostId,
    number: i64,
    now: u64,
) -> Result<Option<KnownJob>> {
    let find = "SELECT id, ended FROM job WHERE number = $1 AND host = $2";
    let job: Option<KnownJob> = sqlx::query_as(find)
        .bind(number)
        .bind(host.to_string())
        .fetch_optional(&mut *connection)
        .await?;
    if job.is_some() || !note_forgotten_offer(connection, host, number, now).await? {
        return Ok(job);
    }
    Ok(Some(KnownJob {
        id: number,
        ended: None,
    }))
}

/// Notes that a host was offered a job under the job's id; returns whether there is such a job
/// that was not offered.
async fn note_forgotten_offer(
    connection: &mut SqliteConnection,
    host: HostId,
    id: i64,
    now: u64,
) -> Result<bool> {
    let noted = sqlx::query(
        "UPDATE job SET offered = $3, number = id
         WHERE id = $1 AND host = $2 AND number IS NULL AND ended IS NULL",
    )
    .bind(id)
    .bind(host.to_string())
    .bind(integer(now))
    .execute(&mut *connection)
    .await?;
    if noted.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE host SET last_number = $2 WHERE id = $1 AND last_number < $2")
        .bind(host.to_string())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(true)
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

async fn mark_received(connection: &mut SqliteConnection, job: i64, now: u64) -> Result<()> {
    sqlx::query("UPDATE job SET received = $2 WHERE id = $1 AND received IS NULL")
        .bind(job)
        .bind(integer(now))
        .execute(connection)
        .await?;
    Ok(())
}
