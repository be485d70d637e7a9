//! Jobs in answers.

use crate::domain::job::Job;
use crate::http::v1::hosts::place;
use crate::service::jobs::Shown;
use api::Time;
use api::jobs::output_after;
use api::v1::{self, JobDetail, JobOutput, Progress, Request};
use wire::ping::JobResult;

/// The entry of a list.
pub(super) fn listed(job: Job) -> v1::Job {
    let result = job.result.as_ref();
    let said = |time: Option<&String>| time.and_then(|time| Time::parse(time));
    let started = said(result.and_then(|result| result.start.as_ref()));
    let ended = said(result.and_then(|result| result.end.as_ref()));
    let (status, failed) = (job.status().to_owned(), job.is_error());
    let (place, labels) = place(job.place);
    v1::Job {
        id: job.id,
        number: job.number,
        batch: job.batch.id,
        command: job.batch.fx_key,
        host: job.host,
        hostname: job.hostname,
        place,
        labels,
        status,
        failed,
        created: Time::at(job.batch.created),
        started: started.or(job.received.map(Time::at)),
        ended: ended.or(job.ended.map(Time::at)),
    }
}

/// One job.
pub(super) fn detail(shown: Shown) -> JobDetail {
    let Shown { job, command, .. } = shown;
    JobDetail {
        batch_name: job.batch.name.clone(),
        owner: job.batch.owner.clone(),
        result: job.result.as_ref().map(result),
        job: listed(job),
        request: Request {
            package: command.package,
            digest: command.digest,
            function: command.function,
            timeout: command.timeout,
        },
        waits: shown.waits,
        progress: shown.progress.map(|output| Progress {
            phase: output.phase.map(|phase| phase.name().to_owned()),
            printed: output.at.saturating_add(output.text.len() as u64),
            reported: Time::at(output.reported),
        }),
    }
}

fn result(result: &JobResult) -> v1::Result {
    v1::Result {
        error: result.err.clone(),
        phase: result.phase.map(|phase| phase.name().to_owned()),
        exit_code: result.exit_code,
        signal: result.signal,
        milliseconds: result.milliseconds,
        cut: result.cut,
        survivors: result.survivors.clone(),
    }
}

/// The output of a job after `from` bytes.
pub(super) fn output(shown: Shown, from: u64) -> JobOutput {
    let (offset, text) = match (&shown.job.result, shown.progress) {
        (Some(result), _) => output_after(&result.log, result.cut, from),
        (None, Some(output)) => (output.at, output.text),
        (None, None) => (from, String::new()),
    };
    JobOutput {
        offset,
        next: offset.saturating_add(text.len() as u64),
        text,
        ended: shown.job.ended.is_some(),
    }
}
