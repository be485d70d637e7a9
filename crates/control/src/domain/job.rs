//! Jobs: a command for one host, and what became of it.

use super::host::Place;
use wire::HostId;
use wire::ping::JobResult;

/// Several jobs that were asked for at once.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// Its id.
    pub(crate) id: i64,
    /// What it was called.
    pub(crate) name: String,
    /// Anything.
    pub(crate) notes: String,
    /// Labels of the batch (not of its hosts).
    pub(crate) label: Vec<String>,
    /// Who asked for it.
    pub(crate) owner: String,
    /// The command's key.
    pub(crate) fx_key: String,
    /// The command's version, as the client stated it.
    pub(crate) fx_version: i64,
    /// When, in unix seconds.
    pub(crate) created: u64,
}

/// A job as operators see it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its id.
    pub(crate) id: i64,
    /// The batch that it belongs to.
    pub(crate) batch: Batch,
    /// The host.
    pub(crate) host: HostId,
    /// The host's name for people.
    pub(crate) hostname: String,
    /// Where the host belongs.
    pub(crate) place: Place,
    /// When the host said that it holds the job, in unix seconds.
    pub(crate) received: Option<u64>,
    /// When an operator cancelled it, in unix seconds.
    pub(crate) cancelled: Option<u64>,
    /// When its end became known, in unix seconds.
    pub(crate) ended: Option<u64>,
    /// How it ended.
    pub(crate) result: Option<JobResult>,
}

impl Job {
    /// One word for people and programs: `queued`, `received`, `cancelling`,
    /// or the status of the result.
    pub(crate) fn status(&self) -> &'static str {
        match (&self.result, self.cancelled, self.received) {
            (Some(result), ..) => status(result),
            (None, Some(_), _) => "cancelling",
            (None, None, Some(_)) => "received",
            (None, None, None) => "queued",
        }
    }

    /// Whether it ended otherwise than by succeeding.
    pub(crate) fn is_error(&self) -> bool {
        self.result.as_ref().is_some_and(|result| !result.success)
    }
}

/// How a job ended, in one word; existing agents say no more than whether it
/// succeeded.
pub(crate) fn status(result: &JobResult) -> &'static str {
    match result.status {
        Some(status) => status.name(),
        None if result.success => "succeeded",
        None => "failed",
    }
}
