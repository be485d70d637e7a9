//! What the answer to a ping asks of a host.

use super::row::{integer, unsigned};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::delivery::REPEAT_AFTER;
use sqlx::{FromRow, SqliteConnection};
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

/// The next job, with its command; or a job that the host has to end.
#[derive(FromRow)]
struct DueRow {
    id: i64,
    command: Option<String>,
    /// When it was first offered, or the cancel was last sent.
    noted: Option<i64>,
}

impl DueRow {
    fn is_unoffered(&self) -> bool {
        self.command.is_some() && self.noted.is_none()
    }
}

/// The most cancelled jobs that one answer names.
const MOST_CANCELS: i64 = 100;

// The answer also names the jobs that the host holds although they have ended.
const _: () = assert!(MOST_CANCELS as usize + MOST_HELD <= MOST_TOLD);

impl Store {
    /// The work that is due for a host at `now`: one question, and a write if the answer has
    /// something new. A busy host is offered no job. `interval` is the one that the host does
    /// not know yet.
    pub(crate) async fn due_work(
        &self,
        host: HostId,
        is_busy: bool,
        interval: Option<i64>,
        now: u64,
    ) -> Result<DueWork> {
        loop {
            let rows = self.due_rows(host, is_busy).await?;
            if let Some(due) = self.due_of(host, rows, interval, now).await? {
                return Ok(due);
            }
        }
    }

    /// What is due by these rows; `None` if a job was cancelled or offered since they were read.
    async fn due_of(
        &self,
        host: HostId,
        rows: Vec<DueRow>,
        interval: Option<i64>,
        now: u64,
    ) -> Result<Option<DueWork>> {
        let next = rows.iter().find_map(|row| self.open_command(row));
        let command = match next {
            Some((job, Err(error))) => return Ok(Some(DueWork::Unreadable(job, error))),
            Some((_, Ok(command))) => Some(command),
            None => None,
        };
        let cancels = || rows.iter().filter(|row| row.command.is_none());
        let wait = until_due(cancels(), now);
        let cancel: Vec<i64> = match wait {
            Some(Duration::ZERO) => cancels().map(|row| row.id).collect(),
            _ => Vec::new(),
        };
        if command.is_none() && cancel.is_empty() && interval.is_none() {
            return Ok(Some(DueWork::Nothing(wait)));
        }
        let unoffered = rows.iter().find(|row| row.is_unoffered());
        let job = unoffered.map(|row| row.id);
        let is_first = match job.is_none() && cancel.is_empty() && interval.is_none() {
            true => false,
            false => self.note_sent(host, job, &cancel, interval, now).await?,
        };
        if job.is_some() && !is_first {
            return Ok(None);
        }
        Ok(Some(DueWork::Offer(Box::new(Offer {
            command,
            is_first,
            cancel,
            ..Offer::default()
        }))))
    }

    /// The next job, unless the host is busy, and the jobs that the host has to end.
    async fn due_rows(&self, host: HostId, is_busy: bool) -> Result<Vec<DueRow>> {
        Ok(sqlx::query_as(
            "SELECT * FROM (
                SELECT id, command, offered AS noted FROM job
                WHERE host = $1 AND ended IS NULL AND received IS NULL AND cancelled IS NULL
                ORDER BY id LIMIT $2) AS next
             UNION ALL SELECT * FROM (
                SELECT id, NULL AS command, cancel_told AS noted FROM job
                WHERE host = $1 AND ended IS NULL AND cancelled IS NOT NULL
                ORDER BY id LIMIT $3) AS cancelled",
        )
        .bind(host.to_string())
        .bind(i64::from(!is_busy))
        .bind(MOST_CANCELS)
        .fetch_all(&self.pool)
        .await?)
    }

    fn open_command(&self, row: &DueRow) -> Option<(i64, Result<Command>)> {
        let sealed = row.command.as_ref()?;
        let place = row.id.to_string();
        let command = self.vault.open_json(Column::JobCommand, &place, sealed);
        let command = command.map(|command: Command| Command {
            job_id: row.id,
            ..command
        });
        Some((row.id, command))
    }

    /// Notes what the answer has; returns whether the job is offered for the first time.
    async fn note_sent(
        &self,
        host: HostId,
        job: Option<i64>,
        cancel: &[i64],
        interval: Option<i64>,
        now: u64,
    ) -> Result<bool> {
        let cancel = cancel.to_vec();
        self.write(move |connection| {
            Box::pin(async move { note_sent(connection, host, job, &cancel, interval, now).await })
        })
        .await
    }
}

async fn note_sent(
    connection: &mut SqliteConnection,
    host: HostId,
    job: Option<i64>,
    cancel: &[i64],
    interval: Option<i64>,
    now: u64,
) -> Result<bool> {
    if let Some(interval) = interval {
        sqlx::query("UPDATE host SET interval = $2 WHERE id = $1 AND interval <> $2")
            .bind(host.to_string())
            .bind(interval)
            .execute(&mut *connection)
            .await?;
    }
    let mut is_first = false;
    if let Some(job) = job {
        // It waited for its turn: the job may have been cancelled, and so ended, meanwhile.
        let offered = sqlx::query(
            "UPDATE job SET offered = $2
             WHERE id = $1 AND offered IS NULL AND ended IS NULL AND cancelled IS NULL",
        )
        .bind(job)
        .bind(integer(now))
        .execute(&mut *connection)
        .await?;
        is_first = offered.rows_affected() == 1;
    }
    for job in cancel {
        sqlx::query("UPDATE job SET cancel_told = $2 WHERE id = $1")
            .bind(job)
            .bind(integer(now))
            .execute(&mut *connection)
            .await?;
    }
    Ok(is_first)
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
