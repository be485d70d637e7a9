//! Jobs in answers: the entry of a list, and the details of one job.

use crate::domain::job::Job;
use crate::domain::live_output::Output;
use crate::service::jobs::Shown;
use serde::Serialize;
use serde_json::Value;
use wire::HostId;
use wire::ping::Phase;
use wire::time::rfc3339;

/// The common fields: those of existing services, and the status.
#[derive(Serialize)]
struct JobEntry {
    host_uuid: HostId,
    hostname: String,
    fx_key: String,
    fx_version: i64,
    status: &'static str,
    created: String,
    started: Option<String>,
    completed: Option<String>,
    log: String,
    error: bool,
    org_group: String,
    org: String,
    area: String,
    location: String,
    tag: Vec<String>,
}

/// A job in a list. Its ids are numbers, as in existing services, and also text, because
/// some clients round large numbers.
#[derive(Serialize)]
pub(super) struct ListedJob {
    id: i64,
    job: String,
    job_batch_id: i64,
    batch: String,
    #[serde(flatten)]
    entry: JobEntry,
}

impl ListedJob {
    pub(super) fn new(job: &Job) -> Self {
        Self {
            id: job.id,
            job: job.id.to_string(),
            job_batch_id: job.batch.id,
            batch: job.batch.id.to_string(),
            entry: JobEntry::new(job),
        }
    }
}

/// One job, with its command and its whole result. Ids are text.
#[derive(Serialize)]
pub(super) struct JobDetail {
    id: String,
    job_batch_id: String,
    #[serde(flatten)]
    entry: JobEntry,
    name: String,
    owner: String,
    command: Value,
    /// Why no host has it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<String>,
    /// Its output so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressEntry>,
    result: Value,
}

/// The recent output of a running job.
#[derive(Serialize)]
struct ProgressEntry {
    phase: Option<Phase>,
    /// How many bytes it printed before `text`.
    at: u64,
    text: String,
    /// When the host last reported progress.
    told: String,
}

impl From<Output> for ProgressEntry {
    fn from(output: Output) -> Self {
        Self {
            phase: output.phase,
            at: output.at,
            text: output.text,
            told: rfc3339(output.reported),
        }
    }
}

impl JobEntry {
    fn new(job: &Job) -> Self {
        let result = job.result.as_ref();
        Self {
            host_uuid: job.host,
            hostname: job.hostname.clone(),
            fx_key: job.batch.fx_key.clone(),
            fx_version: job.batch.fx_version,
            status: job.status(),
            created: rfc3339(job.batch.created),
            started: result
                .and_then(|result| result.start.clone())
                .or(job.received.map(rfc3339)),
            completed: result
                .and_then(|result| result.end.clone())
                .or(job.ended.map(rfc3339)),
            log: result.map(|result| result.log.clone()).unwrap_or_default(),
            error: job.is_error(),
            org_group: job.place.org_group.clone(),
            org: job.place.org.clone(),
            area: job.place.area.clone(),
            location: job.place.location.clone(),
            tag: job.place.label.clone(),
        }
    }
}

impl From<Shown> for JobDetail {
    fn from(shown: Shown) -> Self {
        let Shown { job, command, .. } = shown;
        Self {
            id: job.id.to_string(),
            job_batch_id: job.batch.id.to_string(),
            entry: JobEntry::new(&job),
            waits: shown.waits,
            progress: shown.progress.map(ProgressEntry::from),
            name: job.batch.name,
            owner: job.batch.owner,
            command: with_id(&command, "job_id", job.id),
            result: match &job.result {
                Some(result) => with_id(result, "JobId", job.id),
                None => Value::Null,
            },
        }
    }
}

/// A wire type as JSON, with the job's id as text.
fn with_id(of_wire: &impl Serialize, member: &str, id: i64) -> Value {
    // Serializing these types cannot fail.
    let mut value = serde_json::to_value(of_wire).unwrap_or_default();
    value[member] = id.to_string().into();
    value
}
