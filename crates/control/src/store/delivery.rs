//! What a ping brings, and what it is answered with.

use super::hosts::cancelled;
use super::row::{from_json, integer, to_json, unsigned};
use super::{Result, Store};
use crate::domain::definition::masked_command;
use crate::domain::delivery::CANCEL_AGAIN;
use sqlx::SqliteConnection;
use std::time::Duration;
use wire::HostId;
use wire::command::Command;
use wire::ping::{JobResult, Ping};

/// What there is to say to a host.
pub(crate) enum News {
    /// This; it counts as told.
    Offer(Box<Offer>),
    /// Nothing, until something changes or this time has passed.
    Nothing(Option<Duration>),
}

/// What a host is told.
#[derive(Default)]
pub(crate) struct Offer {
    /// The job that it is to run next, with its id.
    pub(crate) command: Option<Command>,
    /// Whether that job was never offered before.
    pub(crate) is_first: bool,
    /// Jobs that it is to end.
    pub(crate) cancel: Vec<i64>,
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It says how the job ended, from now on.
    Yes,
    /// It changed nothing, for this reason.
    No(&'static str),
}

/// How many cancelled jobs one answer names.
const MOST_CANCELS: i64 = 100;

impl Store {
    /// Takes in what a ping says: a result, recorded once; the jobs that the
    /// host holds; and, from their absence, that a cancelled job never came
    /// to be held. Returns what became of the result, if there is one.
    pub(crate) async fn take_in(
        &self,
        host: HostId,
        ping: &Ping,
        now: u64,
    ) -> Result<Option<Recorded>> {
        let idle = ping.result.is_none() && ping.received.is_empty();
        if idle && !self.is_cancelling(host).await? {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let recorded = match &ping.result {
            Some(result) => Some(end(&mut transaction, host, result, now).await?),
            None => None,
        };
        for job in &ping.received {
            mark_received(&mut transaction, host, *job, now).await?;
        }
        end_cancelled(&mut transaction, host, &ping.received, now).await?;
        transaction.commit().await?;
        Ok(recorded)
    }

    /// What there is to say to a host at `now`. One that is busy is offered no
    /// job.
    pub(crate) async fn news(
        &self,
        host: HostId,
        is_busy: bool,
        interval: i64,
        now: u64,
    ) -> Result<News> {
        let command = if is_busy {
            None
        } else {
            self.next_job(host).await?
        };
        let cancels = self.cancels(host).await?;
        let wait = until_due(&cancels, now);
        let cancel = match wait {
            Some(Duration::ZERO) => cancels.into_iter().map(|(id, _)| id).collect(),
            _ => Vec::new(),
        };
        if command.is_none() && cancel.is_empty() && !self.interval_changed(host, interval).await? {
            return Ok(News::Nothing(wait));
        }
        let job = command.as_ref().map(|command| command.job_id);
        let is_first = self.note_told(host, job, &cancel, interval, now).await?;
        Ok(News::Offer(Box::new(Offer {
            command,
            is_first,
            cancel,
        })))
    }

    /// A host that has never registered is told the interval when it does.
    async fn interval_changed(&self, host: HostId, interval: i64) -> Result<bool> {
        let told: Option<(Option<i64>,)> =
            sqlx::query_as("SELECT interval FROM host WHERE id = $1")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(matches!(told, Some((Some(told),)) if told != interval))
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

    /// The jobs that the host is to end, and when it was last told so.
    async fn cancels(&self, host: HostId) -> Result<Vec<(i64, Option<i64>)>> {
        Ok(sqlx::query_as(
            "SELECT id, cancel_told FROM job
             WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL ORDER BY id LIMIT $2",
        )
        .bind(host.to_string())
        .bind(MOST_CANCELS)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Returns whether the job is offered for the first time.
    async fn note_told(
        &self,
        host: HostId,
        job: Option<i64>,
        cancel: &[i64],
        interval: i64,
        now: u64,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE host SET interval = $2 WHERE id = $1 AND interval <> $2")
            .bind(host.to_string())
            .bind(interval)
            .execute(&mut *transaction)
            .await?;
        let offered = sqlx::query("UPDATE job SET offered = $2 WHERE id = $1 AND offered IS NULL")
            .bind(job.unwrap_or_default())
            .bind(integer(now))
            .execute(&mut *transaction)
            .await?;
        for job in cancel {
            sqlx::query("UPDATE job SET cancel_told = $2 WHERE id = $1")
                .bind(job)
                .bind(integer(now))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(offered.rows_affected() == 1)
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

/// How long until cancels have to be told again, if there are any: a job takes
/// time to end, and a ping is not to be answered at once, again and again,
/// until it has.
fn until_due(cancels: &[(i64, Option<i64>)], now: u64) -> Option<Duration> {
    cancels
        .iter()
        .map(|(_, told)| match told {
            Some(told) => Duration::from_secs(unsigned(*told))
                .saturating_add(CANCEL_AGAIN)
                .saturating_sub(Duration::from_secs(now)),
            None => Duration::ZERO,
        })
        .min()
}

/// Records how a job of this host ended, unless that is known already, and
/// wipes the secrets from its command.
pub(super) async fn end(
    connection: &mut SqliteConnection,
    host: HostId,
    result: &JobResult,
    now: u64,
) -> Result<Recorded> {
    let job: Option<(String, String, Option<i64>)> =
        sqlx::query_as("SELECT command, host, ended FROM job WHERE id = $1")
            .bind(result.job_id)
            .fetch_optional(&mut *connection)
            .await?;
    let command = match job {
        None => return Ok(Recorded::No("there is no such job")),
        Some((_, owner, _)) if owner != host.to_string() => {
            return Ok(Recorded::No("it is a job of another host"));
        }
        Some((_, _, Some(_))) => return Ok(Recorded::No("how it ended is known already")),
        Some((command, _, None)) => command,
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
    Ok(Recorded::Yes)
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
