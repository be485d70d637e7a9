//! What a ping brings.

use super::hosts::{ConditionRow, cancelled};
use super::row::{from_json, integer, to_json, unsigned};
use super::vault::Column;
use super::{Result, Store};
use crate::domain::condition::Condition;
use crate::domain::definition::masked_command;
use crate::domain::delivery::TELL_AGAIN;
use sqlx::{FromRow, SqliteConnection};
use wire::HostId;
use wire::limits::MOST_HELD;
use wire::ping::{JobResult, Ping, Status};

/// What a ping turned out to say.
#[derive(Debug, Default)]
pub(crate) struct TakenIn {
    /// What became of the result, if there is one.
    pub(crate) recorded: Option<Recorded>,
    /// How the host was doing before and is now, if that has changed.
    pub(crate) condition: Option<(Condition, Condition)>,
    /// Jobs that the host holds although their end is known here: its disk is
    /// from a time before that.
    pub(crate) over: Vec<i64>,
    /// Jobs that the host held and no longer names. They count as asked for.
    pub(crate) lost: Vec<i64>,
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It says how the job ended, from now on.
    Yes,
    /// It changed nothing, for this reason.
    No(&'static str),
}

/// So many open jobs of a host one ping is compared with; later ones have their turn
/// when these have ended.
const MOST_OPEN: i64 = 256;

/// A job that its host held, or is to end, and whose end is not known.
#[derive(FromRow)]
struct OpenJob {
    id: i64,
    cancelled: Option<i64>,
    query_told: Option<i64>,
}

impl OpenJob {
    fn is_due(&self, now: u64) -> bool {
        self.query_told
            .is_none_or(|told| unsigned(told) + TELL_AGAIN.as_secs() <= now)
    }
}

impl Store {
    /// Takes in what a ping says: a result, recorded once; how the host is
    /// doing; the jobs that it holds; and what follows for those that it does
    /// not name.
    pub(crate) async fn take_in(&self, host: HostId, ping: &Ping, now: u64) -> Result<TakenIn> {
        let mut connection = self.pool.acquire().await?;
        let old = condition(&mut connection, host).await?;
        let new = old.after(ping, now);
        let says_nothing = ping.result.is_none() && ping.received.is_empty() && old == new;
        if says_nothing && open_jobs(&mut connection, host).await?.is_empty() {
            return Ok(TakenIn::default());
        }
        drop(connection);
        let mut transaction = self.begin().await?;
        let mut taken = TakenIn::default();
        if old != new {
            put_condition(&mut transaction, host, &new).await?;
            taken.condition = Some((old, new));
        }
        if let Some(result) = &ping.result {
            taken.recorded = Some(self.end(&mut transaction, host, result, now).await?);
        }
        for job in &ping.received {
            mark_received(&mut transaction, host, *job, now).await?;
            if has_ended(&mut transaction, host, *job).await? {
                taken.over.push(*job);
            }
        }
        taken.lost = self
            .account_for(&mut transaction, host, &ping.received, now)
            .await?;
        transaction.commit().await?;
        Ok(taken)
    }

    /// Ends a job as refused that its host cannot get.
    pub(crate) async fn refuse(&self, host: HostId, job: i64, why: &str, now: u64) -> Result<()> {
        let result = JobResult {
            status: Some(Status::Refused),
            ..cancelled(job, why, now)
        };
        let mut transaction = self.begin().await?;
        self.end(&mut transaction, host, &result, now).await?;
        Ok(transaction.commit().await?)
    }

    /// Whether a job is one of this host and has not ended.
    pub(crate) async fn is_open(&self, host: HostId, job: i64) -> Result<bool> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT id FROM job WHERE id = $1 AND host = $2 AND ended IS NULL")
                .bind(job)
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// A ping names every job that the host holds. A cancelled job that it does not
    /// name was lost on the way, or with the host's disk: it will not run, and ends
    /// here. What became of any other one is to be asked now and then; those for
    /// which it is time are returned, and noted as asked for.
    async fn account_for(
        &self,
        connection: &mut SqliteConnection,
        host: HostId,
        held: &[i64],
        now: u64,
    ) -> Result<Vec<i64>> {
        let mut lost = Vec::new();
        for job in open_jobs(connection, host).await? {
            let id = job.id;
            if held.contains(&id) {
            } else if job.cancelled.is_some() {
                let result = cancelled(id, "it was cancelled and the host does not hold it", now);
                self.end(connection, host, &result, now).await?;
            } else if job.is_due(now) && lost.len() < MOST_HELD {
                note_asked(connection, id, now).await?;
                lost.push(id);
            }
        }
        Ok(lost)
    }

    /// Records how a job of this host ended, unless that is known already, and
    /// wipes the secrets from its command. That a job was interrupted says that its
    /// end is not known: a host that finds it after all may still tell.
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
        let Some((command, owner, known)) = job else {
            return Ok(Recorded::No("there is no such job"));
        };
        if owner != host.to_string() {
            return Ok(Recorded::No("it is a job of another host"));
        }
        if let Some(known) = known {
            let known: JobResult = from_json("result", &known)?;
            let is_interrupted = |result: &JobResult| result.status == Some(Status::Interrupted);
            if !is_interrupted(&known) || is_interrupted(result) {
                return Ok(Recorded::No("how it ended is known already"));
            }
        }
        let row = result.job_id.to_string();
        // Nobody can read the secrets of one that is damaged: there is nothing to mask.
        let opened = self.vault.open_json(Column::JobCommand, &row, &command);
        let masked = masked_command(opened.unwrap_or_default());
        let sealed = self.vault.seal_json(Column::JobCommand, &row, &masked)?;
        // Logs are large: lists are made without touching them.
        let without_log = JobResult {
            log: String::new(),
            ..result.clone()
        };
        sqlx::query("UPDATE job SET ended = $2, result = $3, command = $4, log = $5 WHERE id = $1")
            .bind(result.job_id)
            .bind(integer(now))
            .bind(to_json(&without_log)?)
            .bind(sealed)
            .bind(&result.log)
            .execute(connection)
            .await?;
        Ok(Recorded::Yes)
    }
}

async fn open_jobs(connection: &mut SqliteConnection, host: HostId) -> Result<Vec<OpenJob>> {
    Ok(sqlx::query_as(
        "SELECT id, cancelled, query_told FROM job
         WHERE host = $1 AND ended IS NULL AND (received IS NOT NULL OR cancelled IS NOT NULL)
         ORDER BY id LIMIT $2",
    )
    .bind(host.to_string())
    .bind(MOST_OPEN)
    .fetch_all(connection)
    .await?)
}

async fn note_asked(connection: &mut SqliteConnection, job: i64, now: u64) -> Result<()> {
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
