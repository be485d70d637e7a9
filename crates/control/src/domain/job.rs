//! Jobs and batches.

use super::host::{Place, PlaceFilter};
use api::{BatchId, JobId, JobNumber};
use std::collections::BTreeMap;
use wire::HostId;
use wire::ping::{JobResult, Status};

/// The jobs that one request created.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// Its id.
    pub(crate) id: BatchId,
    /// The name that its creator gave it.
    pub(crate) name: String,
    /// Free text.
    pub(crate) notes: String,
    /// Labels of the batch (not of its hosts).
    pub(crate) label: Vec<String>,
    /// The user who created it.
    pub(crate) owner: String,
    /// The command's key.
    pub(crate) fx_key: String,
    /// The command's version, as the client gave it.
    pub(crate) fx_version: i64,
    /// When it was created, in unix seconds.
    pub(crate) created: u64,
}

/// A job as operators see it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its id.
    pub(crate) id: JobId,
    /// The number under which its host knows it, once it was offered.
    pub(crate) number: Option<JobNumber>,
    /// The batch that it belongs to.
    pub(crate) batch: Batch,
    /// The host.
    pub(crate) host: HostId,
    /// The hostname that the host reported.
    pub(crate) hostname: String,
    /// The place and labels of the host.
    pub(crate) place: Place,
    /// When the host acknowledged the job, in unix seconds.
    pub(crate) received: Option<u64>,
    /// When an operator cancelled it, in unix seconds.
    pub(crate) cancelled: Option<u64>,
    /// When control learnt that it had ended, in unix seconds.
    pub(crate) ended: Option<u64>,
    /// How it ended.
    pub(crate) result: Option<JobResult>,
}

impl Job {
    /// Its status in one word: `queued`, `received`, `cancelling`, or the status of the result.
    pub(crate) fn status(&self) -> &'static str {
        match &self.result {
            Some(result) => status(result),
            None => open_status(self.cancelled.is_some(), self.received.is_some()),
        }
    }

    /// Whether it ended without success.
    pub(crate) fn is_error(&self) -> bool {
        self.result.as_ref().is_some_and(|result| !result.success)
    }
}

/// What [`open_status`] may say.
pub(crate) const OPEN_STATUSES: [&str; 3] = ["queued", "received", "cancelling"];

/// The status, in one word, of a job that has not ended.
pub(crate) fn open_status(is_cancelled: bool, is_received: bool) -> &'static str {
    match (is_cancelled, is_received) {
        (true, _) => "cancelling",
        (false, true) => "received",
        (false, false) => "queued",
    }
}

/// The status of a result in one word. Agents of other implementations report only whether
/// the job succeeded.
pub(crate) fn status(result: &JobResult) -> &'static str {
    match result.status {
        Some(status) => status.name(),
        None if result.success => "succeeded",
        None => "failed",
    }
}

/// The result of a job that control itself ends at `now`.
pub(crate) fn cancelled(job: i64, why: &str, now: u64) -> JobResult {
    JobResult::without_run(job, Status::Cancelled, why.to_owned(), now)
}

/// The result with which a cancelled job ends at once; `None` if it was offered, since then its
/// host has to end it.
pub(crate) fn end_of_cancel(job: JobId, was_offered: bool, now: u64) -> Option<JobResult> {
    let why = "it was cancelled before the host received it";
    (!was_offered).then(|| cancelled(job.number(), why, now))
}

/// How far a batch has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// How many jobs it has.
    pub(crate) jobs: u64,
    /// How many of them have ended.
    pub(crate) ended: u64,
    /// How many there are of each status.
    pub(crate) statuses: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts a job, which has ended if it has a result.
    pub(crate) fn add(
        &mut self,
        is_cancelled: bool,
        is_received: bool,
        result: Option<&JobResult>,
    ) {
        let status = match result {
            Some(result) => status(result),
            None => open_status(is_cancelled, is_received),
        };
        self.jobs += 1;
        self.ended += u64::from(result.is_some());
        *self.statuses.entry(status.to_owned()).or_default() += 1;
    }
}

/// Selects jobs.
#[derive(Debug, Default)]
pub(crate) struct JobFilter {
    /// Only jobs of this batch.
    pub(crate) batch: Option<BatchId>,
    /// Only jobs for hosts of this place.
    pub(crate) place: PlaceFilter,
    /// Whether to read their output.
    pub(crate) with_logs: bool,
    /// Only those older than this one.
    pub(crate) before: Option<JobId>,
}

/// Selects batches; an empty text matches any.
#[derive(Debug, Default)]
pub(crate) struct BatchFilter {
    /// Only batches of this name.
    pub(crate) name: String,
    /// Only batches of this user.
    pub(crate) owner: String,
    /// Only batches created at or after this time, in unix seconds.
    pub(crate) from: u64,
    /// Only batches created before this time, in unix seconds.
    pub(crate) until: u64,
    /// Only those older than this one.
    pub(crate) before: Option<BatchId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jobs_of_a_batch_are_counted_by_status() {
        let mut counts = Counts::default();
        let ended = cancelled(1, "why", 0);
        counts.add(false, false, None);
        counts.add(true, true, None);
        counts.add(true, false, Some(&ended));
        counts.add(true, false, Some(&ended));
        assert_eq!((counts.jobs, counts.ended), (4, 2));
        let statuses: Vec<_> = counts.statuses.into_iter().collect();
        let expected = [("cancelled", 2), ("cancelling", 1), ("queued", 1)];
        assert_eq!(
            statuses,
            expected.map(|(name, jobs)| (name.to_owned(), jobs))
        );
    }

    #[test]
    fn a_cancelled_job_ends_at_once_unless_its_host_may_have_it() {
        assert_eq!(end_of_cancel(JobId::new(7), true, 9), None);
        let end = end_of_cancel(JobId::new(7), false, 0).unwrap();
        assert_eq!((end.job_id, status(&end)), (7, "cancelled"));
        assert_eq!(end.time, "1970-01-01T00:00:00Z");
    }
}
