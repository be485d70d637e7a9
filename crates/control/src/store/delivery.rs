//! What the answer to a ping asks of a host.

use super::first_offers::FirstOffer;
use super::next_jobs::NextRow;
use super::row::{integer, unsigned};
use super::{Error, Result, Store};
use crate::domain::pace::REPEAT_AFTER;
use api::JobId;
use sqlx::{FromRow, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use wire::HostId;
use wire::command::Command;
use wire::limits::{MOST_HELD, MOST_TOLD};

/// The work that is due for a host.
pub(crate) enum DueWork {
    /// This; what is new in it has to be [noted](Store::note_sent) before it is sent.
    Offer(Box<Offer>),
    /// None, until something changes or this time is over.
    Nothing(Option<Duration>),
    /// This job is next, but its command cannot be read: end it first.
    Unreadable(JobId, Error),
}

/// What an answer asks of a host.
#[derive(Default)]
pub(crate) struct Offer {
    /// The next job.
    pub(crate) job: Option<NextJob>,
    /// The numbers of jobs that the host has to end.
    pub(crate) cancel: Vec<i64>,
    /// The numbers of jobs whose results the host has to send.
    pub(crate) query: Vec<i64>,
    /// The numbers of jobs whose output the host has to send.
    pub(crate) follow: Vec<i64>,
    /// The ids of jobs whose cancel is new, or to be repeated.
    new_cancel: Vec<i64>,
    /// The interval that the host did not know.
    new_interval: Option<i64>,
}

impl Offer {
    /// Whether all of it was written down before.
    pub(crate) fn is_known(&self) -> bool {
        self.first().is_none() && self.new_cancel.is_empty() && self.new_interval.is_none()
    }

    /// The job that is offered for the first time.
    fn first(&self) -> Option<JobId> {
        let first = self.job.as_ref().filter(|job| job.is_first);
        first.map(|job| job.id)
    }
}

/// A job that is offered.
pub(crate) struct NextJob {
    pub(crate) id: JobId,
    /// The number that the host sees; 0 until the first offer is noted.
    pub(crate) number: i64,
    /// The command of its batch, which the jobs of other hosts share.
    pub(crate) command: Arc<Command>,
    /// Whether it is offered for the first time.
    pub(crate) is_first: bool,
}

/// A job that the host has to end.
#[derive(FromRow)]
struct CancelRow {
    id: i64,
    number: Option<i64>,
    cancel_told: Option<i64>,
}

/// The most cancelled jobs that one answer names.
const MOST_CANCELS: i64 = 100;

// The answer also names the jobs that the host holds although they have ended.
const _: () = assert!(MOST_CANCELS as usize + MOST_HELD <= MOST_TOLD);

impl Store {
    /// The work that is due for a host at `now`. A busy host is offered no job. `interval` is the
    /// one that the host does not know yet.
    pub(crate) async fn due_work(
        &self,
        host: HostId,
        is_busy: bool,
        interval: Option<i64>,
        now: u64,
    ) -> Result<DueWork> {
        let next = self.next_jobs.ask(host).await?;
        let job = match self.next_job(&next, is_busy).await {
            Err((job, error @ Error::Unreadable(_))) => return Ok(DueWork::Unreadable(job, error)),
            Err((_, error)) => return Err(error),
            Ok(job) => job,
        };
        let cancels = match next.has_cancels {
            0 => Vec::new(),
            _ => self.cancels(host).await?,
        };
        let wait = until_due(&cancels, now);
        let due: &[CancelRow] = match wait {
            Some(Duration::ZERO) => &cancels,
            _ => &[],
        };
        if job.is_none() && due.is_empty() && interval.is_none() {
            return Ok(DueWork::Nothing(wait));
        }
        Ok(DueWork::Offer(Box::new(Offer {
            job,
            cancel: due.iter().filter_map(|row| row.number).collect(),
            new_cancel: due.iter().map(|row| row.id).collect(),
            new_interval: interval,
            ..Offer::default()
        })))
    }

    /// The next job with its command, unless the host is busy.
    async fn next_job(
        &self,
        next: &NextRow,
        is_busy: bool,
    ) -> Result<Option<NextJob>, (JobId, Error)> {
        let (Some(id), Some(batch), false) = (next.id, next.batch, is_busy) else {
            return Ok(None);
        };
        let id = id.into();
        let command = self.shared_command(batch).await;
        let command = command.map_err(|error| (id, error))?;
        Ok(command.map(|command| NextJob {
            id,
            number: next.number.unwrap_or_default(),
            command,
            is_first: next.number.is_none(),
        }))
    }

    /// The jobs that a host has to end.
    async fn cancels(&self, host: HostId) -> Result<Vec<CancelRow>> {
        Ok(sqlx::query_as(
            "SELECT id, number, cancel_told FROM job
             WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL
             ORDER BY id LIMIT $2",
        )
        .bind(host.to_string())
        .bind(MOST_CANCELS)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Writes down, before it is sent, what is new in an answer, and gives the job that it offers
    /// first its number. `false` if that was cancelled or offered meanwhile: then nothing may be
    /// sent.
    pub(crate) async fn note_sent(
        &self,
        host: HostId,
        offer: &mut Offer,
        now: u64,
    ) -> Result<bool> {
        if let Some(job) = offer.job.as_mut().filter(|job| job.is_first) {
            let first = FirstOffer {
                host,
                job: job.id,
                now,
            };
            match self.writer.offer(first).await? {
                Some(number) => job.number = number,
                None => return Ok(false),
            }
        }
        let (cancel, interval) = (std::mem::take(&mut offer.new_cancel), offer.new_interval);
        if !cancel.is_empty() || interval.is_some() {
            let sent = Sent {
                host,
                cancel,
                interval,
                now,
            };
            self.write(move |connection| {
                Box::pin(async move { note_sent(connection, &sent).await })
            })
            .await?;
        }
        Ok(true)
    }
}

/// What is written down of an answer before it is sent, beside the job that it offers first.
struct Sent {
    host: HostId,
    /// The ids of jobs that the host has to end.
    cancel: Vec<i64>,
    /// The interval that the host did not know.
    interval: Option<i64>,
    /// The time, in unix seconds.
    now: u64,
}

async fn note_sent(connection: &mut SqliteConnection, sent: &Sent) -> Result<()> {
    if let Some(interval) = sent.interval {
        sqlx::query("UPDATE host SET interval = $2 WHERE id = $1 AND interval <> $2")
            .bind(sent.host.to_string())
            .bind(interval)
            .execute(&mut *connection)
            .await?;
    }
    for job in &sent.cancel {
        sqlx::query("UPDATE job SET cancel_told = $2 WHERE id = $1")
            .bind(job)
            .bind(integer(sent.now))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// How long until cancels are sent again, if there are any. A job takes time to end; until
/// then the host's pings have to be held.
fn until_due(cancels: &[CancelRow], now: u64) -> Option<Duration> {
    let cancels = cancels.iter();
    cancels
        .map(|row| match row.cancel_told {
            Some(sent) => Duration::from_secs(unsigned(sent))
                .saturating_add(REPEAT_AFTER)
                .saturating_sub(Duration::from_secs(now)),
            None => Duration::ZERO,
        })
        .min()
}
