//! What the answer to a ping asks of a host.

use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::delivery::REPEAT_AFTER;
use std::time::Duration;
use wire::HostId;
use wire::command::Command;
use wire::limits::{MOST_HELD, MOST_TOLD};

/// The work that is due for a host.
pub(crate) enum DueWork {
    /// This; it is noted as sent.
    Offer(Box<Offer>),
    /// None, until something changes or this time is over.
    Nothing(Option<Duration>),
    /// This job is next, but its command cannot be read: end it first.
    Unreadable(i64, Error),
}

/// What an answer asks of a host.
#[derive(Default)]
pub(crate) struct Offer {
    /// The command of the next job, with the job's id.
    pub(crate) command: Option<Command>,
    /// Whether that job is offered for the first time.
    pub(crate) is_first: bool,
    /// Jobs that the host has to end.
    pub(crate) cancel: Vec<i64>,
    /// Jobs whose results the host has to send.
    pub(crate) query: Vec<i64>,
    /// Jobs whose output the host has to send.
    pub(crate) follow: Vec<i64>,
}

/// The most cancelled jobs that one answer names.
const MOST_CANCELS: i64 = 100;

// The answer also names the jobs that the host holds although they have ended.
const _: () = assert!(MOST_CANCELS as usize + MOST_HELD <= MOST_TOLD);

impl Store {
    /// The work that is due for a host at `now`. A busy host is offered no job.
    pub(crate) async fn due_work(
        &self,
        host: HostId,
        is_busy: bool,
        interval: i64,
        now: u64,
    ) -> Result<DueWork> {
        let next = match is_busy {
            true => None,
            false => self.next_job(host).await?,
        };
        let command = match next {
            Some((job, Err(error))) => return Ok(DueWork::Unreadable(job, error)),
            Some((_, Ok(command))) => Some(command),
            None => None,
        };
        let cancels = self.cancels(host).await?;
        let wait = until_due(&cancels, now);
        let cancel = match wait {
            Some(Duration::ZERO) => cancels.into_iter().map(|(id, _)| id).collect(),
            _ => Vec::new(),
        };
        if command.is_none() && cancel.is_empty() && !self.interval_changed(host, interval).await? {
            return Ok(DueWork::Nothing(wait));
        }
        let job = command.as_ref().map(|command| command.job_id);
        let is_first = self.note_sent(host, job, &cancel, interval, now).await?;
        Ok(DueWork::Offer(Box::new(Offer {
            command,
            is_first,
            cancel,
            ..Offer::default()
        })))
    }

    /// Whether the host was sent another interval. A host that has never registered gets the
    /// interval when it does.
    async fn interval_changed(&self, host: HostId, interval: i64) -> Result<bool> {
        let sent: Option<(Option<i64>,)> =
            sqlx::query_as("SELECT interval FROM host WHERE id = $1")
                .bind(host.to_string())
                .fetch_optional(&self.pool)
                .await?;
        Ok(matches!(sent, Some((Some(sent),)) if sent != interval))
    }

    async fn next_job(&self, host: HostId) -> Result<Option<(i64, Result<Command>)>> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "SELECT id, command FROM job
             WHERE host = $1 AND ended IS NULL AND received IS NULL AND cancelled IS NULL
             ORDER BY id LIMIT 1",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(id, sealed)| {
            let command = self
                .vault
                .open_json(Column::JobCommand, &id.to_string(), &sealed);
            let command = command.map(|command: Command| Command {
                job_id: id,
                ..command
            });
            (id, command)
        }))
    }

    /// The jobs that the host has to end, and when it was last sent the cancel.
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

    /// Notes what the answer has; returns whether the job is offered for the first time.
    async fn note_sent(
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
}

/// How long until cancels are sent again, if there are any. A job takes time to end; until
/// then the host's pings have to be held.
fn until_due(cancels: &[(i64, Option<i64>)], now: u64) -> Option<Duration> {
    cancels
        .iter()
        .map(|(_, sent)| match sent {
            Some(sent) => Duration::from_secs(unsigned(*sent))
                .saturating_add(REPEAT_AFTER)
                .saturating_sub(Duration::from_secs(now)),
            None => Duration::ZERO,
        })
        .min()
}
