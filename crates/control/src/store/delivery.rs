//! What a ping brings, and what it is answered with.

use super::hosts::cancelled;
use super::row::{from_json, integer, to_json};
use super::{Result, Store};
use crate::domain::definition::masked_command;
use sqlx::SqliteConnection;
use wire::HostId;
use wire::command::Command;
use wire::ping::{JobResult, Ping};

/// What there is to say to a host.
pub(crate) struct Offer {
    /// The job that it is to run next, with its id.
    pub(crate) command: Option<Command>,
    /// Jobs that it is to end.
    pub(crate) cancel: Vec<i64>,
}

/// How many cancelled jobs one answer names.
const MOST_CANCELS: i64 = 100;

impl Store {
    /// Takes in what a ping says: a result, recorded once; the jobs that the
    /// host holds; and, from their absence, that a cancelled job never came
    /// to be held.
    pub(crate) async fn take_in(&self, host: HostId, ping: &Ping, now: u64) -> Result<()> {
        let idle = ping.result.is_none() && ping.received.is_empty();
        if idle && !self.is_cancelling(host).await? {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        if let Some(result) = &ping.result
            && !end(&mut transaction, host, result, now).await?
        {
            tracing::info!(%host, job = result.job_id, "ignored a result for a job that is not open on this host");
        }
        for job in &ping.received {
            mark_received(&mut transaction, host, *job, now).await?;
        }
        end_cancelled(&mut transaction, host, &ping.received, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What there is to say to a host at `now`; it counts as told.
    pub(crate) async fn offer(
        &self,
        host: HostId,
        interval: i64,
        now: u64,
    ) -> Result<Option<Offer>> {
        let job = self.next_job(host).await?;
        let told: Option<(Option<i64>,)> =
            sqlx::query_as("SELECT interval FROM host WHERE id = $1")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        // A host that has never registered is told when it does.
        let interval_changed = matches!(told, Some((Some(told),)) if told != interval);
        let cancel = self.due_cancels(host, interval, now).await?;
        if job.is_none() && cancel.is_empty() && !interval_changed {
            return Ok(None);
        }
        self.note_told(host, job.as_ref().map(|job| job.job_id), interval, now)
            .await?;
        Ok(Some(Offer {
            command: job,
            cancel,
        }))
    }

    async fn next_job(&self, host: HostId) -> Result<Option<Command>> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "SELECT id, command FROM job
             WHERE host = $1 AND ended IS NULL AND received IS NULL AND cancelled IS NULL
             ORDER BY id LIMIT 1",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        let Some((id, command)) = row else {
            return Ok(None);
        };
        let command: Command = from_json("command of a job", &command)?;
        Ok(Some(Command {
            job_id: id,
            ..command
        }))
    }

    /// All jobs to cancel, once one of them was not mentioned for an interval:
    /// a job takes time to end, and a ping is not to be answered at once, again
    /// and again, until it has.
    async fn due_cancels(&self, host: HostId, interval: i64, now: u64) -> Result<Vec<i64>> {
        let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(
            "SELECT id, cancel_told FROM job
             WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL ORDER BY id LIMIT $2",
        )
        .bind(host.to_string())
        .bind(MOST_CANCELS)
        .fetch_all(&self.pool)
        .await?;
        let long_ago = integer(now) - interval / 1_000_000_000;
        let is_due = rows
            .iter()
            .any(|(_, told)| told.is_none_or(|told| told <= long_ago));
        Ok(if is_due {
            rows.into_iter().map(|(id, _)| id).collect()
        } else {
            Vec::new()
        })
    }

    async fn note_told(
        &self,
        host: HostId,
        job: Option<i64>,
        interval: i64,
        now: u64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE host SET interval = $2 WHERE id = $1 AND interval <> $2")
            .bind(host.to_string())
            .bind(interval)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE job SET offered = $2 WHERE id = $1 AND offered IS NULL")
            .bind(job.unwrap_or_default())
            .bind(integer(now))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE job SET cancel_told = $2
             WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL",
        )
        .bind(host.to_string())
        .bind(integer(now))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn is_cancelling(&self, host: HostId) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT id FROM job WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL LIMIT 1",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}

/// Records how a job of this host ended, unless that is known already, and
/// wipes the secrets from its command; `false` when there was nothing to record.
pub(super) async fn end(
    connection: &mut SqliteConnection,
    host: HostId,
    result: &JobResult,
    now: u64,
) -> Result<bool> {
    let open: Option<(String,)> =
        sqlx::query_as("SELECT command FROM job WHERE id = $1 AND host = $2 AND ended IS NULL")
            .bind(result.job_id)
            .bind(host.to_string())
            .fetch_optional(&mut *connection)
            .await?;
    let Some((command,)) = open else {
        return Ok(false);
    };
    let masked = masked_command(from_json("command of a job", &command)?);
    // Logs are large: lists are made without touching them.
    let without_log = JobResult {
        log: String::new(),
        ..result.clone()
    };
    sqlx::query("UPDATE job SET ended = $2, result = $3, command = $4, log = $5 WHERE id = $1")
        .bind(result.job_id)
        .bind(integer(now))
        .bind(to_json(&without_log)?)
        .bind(to_json(&masked)?)
        .bind(&result.log)
        .execute(connection)
        .await?;
    Ok(true)
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

/// A ping names every job that the host holds. A cancelled job that it does
/// not name was lost on the way, or with the host's disk: it will not run.
async fn end_cancelled(
    connection: &mut SqliteConnection,
    host: HostId,
    held: &[i64],
    now: u64,
) -> Result<()> {
    let cancelling: Vec<(i64,)> = sqlx::query_as(
        "SELECT id FROM job WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL",
    )
    .bind(host.to_string())
    .fetch_all(&mut *connection)
    .await?;
    for (job,) in cancelling.into_iter().filter(|(job,)| !held.contains(job)) {
        let result = cancelled(job, "it was cancelled and the host does not hold it", now);
        end(connection, host, &result, now).await?;
    }
    Ok(())
}
