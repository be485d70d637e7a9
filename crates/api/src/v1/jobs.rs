//! Jobs: the parts of a batch, one for each of its hosts.

use super::filter::{Filter, PlaceQuery};
use super::hosts::Place;
use crate::{BatchId, JobId, JobNumber, Time};
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::bounded::{Bounded, TooLong, bytes};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The number under which its host knows it, once it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<JobNumber>,
    /// The batch that it belongs to.
    pub batch: BatchId,
    /// The key of its command.
    pub command: String,
    /// Its host.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Uuid"))]
    pub host: HostId,
    /// The name that its host reports.
    pub hostname: String,
    /// Where its host belongs.
    pub place: Place,
    /// The labels of its host.
    pub labels: Vec<String>,
    /// `queued`, `received`, `cancelling`, or how it ended: `succeeded`, `failed`, `timed_out`,
    /// `cancelled`, `interrupted` or `refused`. Newer versions may have more.
    pub status: String,
    /// Whether it has ended without success.
    pub failed: bool,
    /// When it was created.
    pub created: Time,
    /// When it began, as its host says, else when its host received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Time>,
    /// When it ended, as its host says, else when control learnt it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
}

/// A job, with all that is known of it but its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobDetail {
    /// What lists have too.
    #[serde(flatten)]
    pub job: Job,
    /// The name of its batch.
    pub batch_name: String,
    /// The user who created its batch.
    pub owner: String,
    /// What its host is asked to run.
    pub request: Request,
    /// Why no host has it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// How far it has come, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Result>,
}

/// What a host is asked to run; its inputs are those of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Request {
    /// `domain/group/name:tag`.
    pub package: String,
    /// `sha256:…` of the package, fixed when the job was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The function of the package.
    pub function: String,
    /// Time limit, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
}

/// How far a running job has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// What its host is doing: `pull`, `verify`, `unpack` or `run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// How many bytes it has printed.
    pub printed: u64,
    /// When its host last reported.
    pub reported: Time,
}

/// How a job ended, as its host reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Result {
    /// One sentence that says what went wrong; empty on success.
    pub error: String,
    /// Where it failed: `pull`, `verify`, `unpack` or `run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The exit code, if the runner ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended the runner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How long the function ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// How many bytes were cut from the middle of the output.
    pub cut: u64,
    /// Processes that were left behind, as `pid command`.
    pub survivors: Vec<String>,
}

/// A part of a job's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobOutput {
    /// How many bytes the job printed before `text`. It is more than was asked for where control no
    /// longer has what is between.
    pub offset: u64,
    /// The output from there on.
    pub text: String,
    /// The `from` of the next part.
    pub next: u64,
    /// Whether the job has ended: then this is all.
    pub ended: bool,
}

/// Which jobs are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct JobQuery {
    /// Only jobs of the batch with this id.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::IdText"))]
    pub batch: Option<String>,
    /// Only jobs for hosts of a place.
    #[serde(flatten)]
    pub place: PlaceQuery,
}

impl Bounded for JobQuery {
    fn check(&self) -> std::result::Result<(), TooLong> {
        self.place.check()
    }
}

impl Filter for JobQuery {
    const NAMES: &'static [&'static str] = &[
        "limit",
        "cursor",
        "batch",
        "org_group",
        "org",
        "area",
        "location",
    ];
}

/// The largest offset in a job's output.
const MOST_OFFSET: usize = (1 << 53) - 1;

/// Which part of a job's output is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OutputQuery {
    /// Only the output after this many bytes.
    #[cfg_attr(feature = "schema", schemars(range(max = MOST_OFFSET)))]
    pub from: u64,
}

impl Bounded for OutputQuery {
    fn check(&self) -> std::result::Result<(), TooLong> {
        let from = usize::try_from(self.from).unwrap_or(usize::MAX);
        bytes("from", from, MOST_OFFSET)
    }
}

impl Filter for OutputQuery {
    const NAMES: &'static [&'static str] = &["from"];
}
