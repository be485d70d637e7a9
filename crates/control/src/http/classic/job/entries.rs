//! Jobs in answers: the entry of a list, and the details of one job.

use crate::domain::job::Job;
use crate::service::jobs::{Output, Shown};
use api::Time;
use api::jobs::{JobCommand, JobDetail, JobResult, ListedJob, Progress};

/// The entry of a list.
pub(super) fn listed(job: Job) -> ListedJob {
    ListedJob {
        id: job.id,
        job: job.id,
        job_batch_id: job.batch.id,
        batch: job.batch.id,
        entry: entry(&job),
    }
}

fn entry(job: &Job) -> api::jobs::Job {
    let result = job.result.as_ref();
    let time = |unix| Time::at(unix).to_string();
    api::jobs::Job {
        host_uuid: Some(job.host),
        hostname: job.hostname.clone(),
        fx_key: job.batch.fx_key.clone(),
        fx_version: job.batch.fx_version,
        status: job.status().to_owned(),
        created: Time::at(job.batch.created),
        started: result
            .and_then(|result| result.start.clone())
            .or(job.received.map(time)),
        completed: result
            .and_then(|result| result.end.clone())
            .or(job.ended.map(time)),
        log: result.map(|result| result.log.clone()).unwrap_or_default(),
        error: job.is_error(),
        org_group: job.place.org_group.clone(),
        org: job.place.org.clone(),
        area: job.place.area.clone(),
        location: job.place.location.clone(),
        tag: job.place.label.clone(),
    }
}

impl From<Shown> for JobDetail {
    fn from(shown: Shown) -> Self {
        let Shown { job, command, .. } = shown;
        Self {
            id: job.id,
            number: job.number,
            job_batch_id: job.batch.id,
            entry: entry(&job),
            waits: shown.waits,
            progress: shown.progress.map(Progress::from),
            command: JobCommand::new(job.id, &command),
            result: job
                .result
                .as_ref()
                .map(|result| JobResult::new(job.id, result)),
            name: job.batch.name,
            owner: job.batch.owner,
        }
    }
}

impl From<Output> for Progress {
    fn from(output: Output) -> Self {
        Self {
            phase: output.phase.map(|phase| phase.name().to_owned()),
            at: output.at,
            text: output.text,
            told: Time::at(output.reported),
        }
    }
}
