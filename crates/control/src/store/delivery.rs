//! What the answer to a ping asks of a host.

use super::row::{integer, unsigned};
use super::{Error, Result, Store};
use crate::domain::pace::REPEAT_AFTER;
use api::JobId;
use sqlx::{FromRow, SqliteConnection};
use std::time::Duration;
use wire::HostId;
use wire::command::Command;
use wire::labelled::sha256;
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
    /// Its command, with the number that the host sees.
    pub(crate) command: Command,
    /// Whether it is offered for the first time.
    pub(crate) is_first: bool,
}

/// The next job, with its command; or a job that the host has to end.
#[derive(FromRow)]
struct DueRow {
    id: i64,
    /// `None` until it was offered.
    number: Option<i64>,
    batch: i64,
    command: Option<String>,
    /// When it was first offered, or the cancel was last sent.
    noted: Option<i64>,
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
        let rows = self.due_rows(host, is_busy).await?;
        let job = match rows.iter().find_map(|row| self.open_next(row)) {
            Some((job, Err(error))) => return Ok(DueWork::Unreadable(job, error)),
            Some((_, Ok(next))) => Some(next),
            None => None,
        };
        let cancels = || rows.iter().filter(|row| row.command.is_none());
        let wait = until_due(cancels(), now);
        let due: Vec<&DueRow> = match wait {
            Some(Duration::ZERO) => cancels().collect(),
            _ => Vec::new(),
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

    /// Writes down, before it is sent, what is new in an answer, and gives the job that it offers
    /// first its number. `false` if that was cancelled or offered meanwhile.
    pub(crate) async fn note_sent(
        &self,
        host: HostId,
        offer: &mut Offer,
        now: u64,
    ) -> Result<bool> {
        if offer.is_known() {
            return Ok(true);
        }
        let sent = Sent {
            host,
            first: offer.first(),
            cancel: std::mem::take(&mut offer.new_cancel),
            interval: offer.new_interval,
            now,
        };
        let noted = self
            .write(move |connection| Box::pin(async move { note_sent(connection, &sent).await }));
        let number = noted.await?;
        Ok(match (&mut offer.job, number) {
            (Some(job), Some(number)) => {
                job.command.job_id = number;
                true
            }
            (Some(job), None) => !job.is_first,
            (None, _) => true,
        })
    }

    /// The next job, unless the host is busy, and the jobs that the host has to end.
    async fn due_rows(&self, host: HostId, is_busy: bool) -> Result<Vec<DueRow>> {
        Ok(sqlx::query_as(
            "SELECT * FROM (
                SELECT job.id, job.number, job.batch, batch.command, job.offered AS noted
                FROM job JOIN batch ON batch.id = job.batch
                WHERE host = $1 AND ended IS NULL AND received IS NULL AND cancelled IS NULL
                ORDER BY CASE WHEN job.number IS NULL THEN 1 ELSE 0 END, job.number, job.id
                LIMIT $2) AS next
             UNION ALL SELECT * FROM (
                SELECT id, number, batch, NULL AS command, cancel_told AS noted FROM job
                WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL
                ORDER BY id LIMIT $3) AS cancelled",
        )
        .bind(host.to_string())
        .bind(i64::from(!is_busy))
        .bind(MOST_CANCELS)
        .fetch_all(&self.pool)
        .await?)
    }

    fn open_next(&self, row: &DueRow) -> Option<(JobId, Result<NextJob>)> {
        let id = row.id.into();
        let sealed = row.command.as_ref()?;
        let command = self.vault.open_batch_command(row.batch, sealed);
        let next = command.map(|command| NextJob {
            id,
            command: Command {
                job_id: row.number.unwrap_or_default(),
                ..command
            },
            is_first: row.number.is_none(),
        });
        Some((id, next))
    }
}

/// What is written down of an answer before it is sent.
struct Sent {
    host: HostId,
    /// The job that is offered for the first time.
    first: Option<JobId>,
    /// The ids of jobs that the host has to end.
    cancel: Vec<i64>,
    /// The interval that the host did not know.
    interval: Option<i64>,
    /// The time, in unix seconds.
    now: u64,
}

/// Returns the number of the job that is offered first, unless that was cancelled or offered
/// meanwhile.
async fn note_sent(connection: &mut SqliteConnection, sent: &Sent) -> Result<Option<i64>> {
    let mut number = None;
    if let Some(job) = sent.first {
        number = note_first_offer(connection, sent.host, job, sent.now).await?;
        if number.is_none() {
            // Nothing is sent: neither may the rest be noted.
            return Ok(None);
        }
    }
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
    Ok(number)
}

/// Gives a job its number: its id, unless the host was offered a higher number before. Then it
/// is a little above that, and not the id of another job, for which users would take it.
async fn note_first_offer(
    connection: &mut SqliteConnection,
    host: HostId,
    job: JobId,
    now: u64,
) -> Result<Option<i64>> {
    // It comes first, so that offers to one host take turns in every database. If the job is not
    // offered, the number is left out.
    let mut number = next_number(connection, host, job).await?;
    while is_id_of_another(connection, number, job).await? {
        number = next_number(connection, host, job).await?;
    }
    let offered = sqlx::query(
        "UPDATE job SET offered = $2, number = $3
         WHERE id = $1 AND number IS NULL AND ended IS NULL AND cancelled IS NULL",
    )
    .bind(job.number())
    .bind(integer(now))
    .bind(number)
    .execute(connection)
    .await?;
    Ok((offered.rows_affected() == 1).then_some(number))
}

/// The job's id, or a number above all that the host was offered; the highest from now on. The ids
/// of a batch are close together: the step over them is wide. It is always the same for a job, so
/// that control from a backup gives the number again by which the host knows the job.
async fn next_number(connection: &mut SqliteConnection, host: HostId, job: JobId) -> Result<i64> {
    let (number,): (i64,) = sqlx::query_as(
        "UPDATE host SET last_number = CASE WHEN last_number < $2 THEN $2 ELSE last_number + $3 END
         WHERE id = $1 RETURNING last_number",
    )
    .bind(host.to_string())
    .bind(job.number())
    .bind(step(job))
    .fetch_one(connection)
    .await?;
    Ok(number)
}

/// By how much the number of a job is above the last one: 1 to 65,536.
fn step(job: JobId) -> i64 {
    let [first, second, ..] = sha256(&job.number().to_be_bytes());
    1 + i64::from(u16::from_be_bytes([first, second]))
}

async fn is_id_of_another(
    connection: &mut SqliteConnection,
    number: i64,
    job: JobId,
) -> Result<bool> {
    let other: Option<(i64,)> = sqlx::query_as("SELECT id FROM job WHERE id = $1 AND id <> $2")
        .bind(number)
        .bind(job.number())
        .fetch_optional(connection)
        .await?;
    Ok(other.is_some())
}

/// How long until cancels are sent again, if there are any. A job takes time to end; until
/// then the host's pings have to be held.
fn until_due<'a>(cancels: impl Iterator<Item = &'a DueRow>, now: u64) -> Option<Duration> {
    cancels
        .map(|row| match row.noted {
            Some(sent) => Duration::from_secs(unsigned(sent))
                .saturating_add(REPEAT_AFTER)
                .saturating_sub(Duration::from_secs(now)),
            None => Duration::ZERO,
        })
        .min()
}
