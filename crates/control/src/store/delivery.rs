//! What a ping is answered with.

use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::delivery::TELL_AGAIN;
use std::time::Duration;
use wire::HostId;
use wire::command::Command;
use wire::limits::{MOST_HELD, MOST_TOLD};

/// What there is to say to a host.
pub(crate) enum News {
    /// This; it counts as told.
    Offer(Box<Offer>),
    /// Nothing, until something changes or this time has passed.
    Nothing(Option<Duration>),
    /// Nothing before this job, which would be next, is out of the way: its command
    /// cannot be read.
    Unreadable(i64, Error),
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
    /// Jobs of which it is to say what became of them.
    pub(crate) query: Vec<i64>,
    /// Jobs whose output somebody waits for.
    pub(crate) follow: Vec<i64>,
}

/// How many cancelled jobs one answer names.
const MOST_CANCELS: i64 = 100;

// Those that the host names although they are over are told with them.
const _: () = assert!(MOST_CANCELS as usize + MOST_HELD <= MOST_TOLD);

impl Store {
    /// What there is to say to a host at `now`. One that is busy is offered no
    /// job.
    pub(crate) async fn news(
        &self,
        host: HostId,
        is_busy: bool,
        interval: i64,
        now: u64,
    ) -> Result<News> {
        let next = match is_busy {
            true => None,
            false => self.next_job(host).await?,
        };
        let command = match next {
            Some((job, Err(error))) => return Ok(News::Unreadable(job, error)),
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
            return Ok(News::Nothing(wait));
        }
        let job = command.as_ref().map(|command| command.job_id);
        let is_first = self.note_told(host, job, &cancel, interval, now).await?;
        Ok(News::Offer(Box::new(Offer {
            command,
            is_first,
            cancel,
            ..Offer::default()
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
}

/// How long until cancels have to be told again, if there are any: a job takes
/// time to end, and a ping is not to be answered at once, again and again,
/// until it has.
fn until_due(cancels: &[(i64, Option<i64>)], now: u64) -> Option<Duration> {
    cancels
        .iter()
        .map(|(_, told)| match told {
            Some(told) => Duration::from_secs(unsigned(*told))
                .saturating_add(TELL_AGAIN)
                .saturating_sub(Duration::from_secs(now)),
            None => Duration::ZERO,
        })
        .min()
}
