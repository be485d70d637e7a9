//! Results that are made without a runner's end to tell of.

use wire::ping::{JobResult, Status};
use wire::time::rfc3339;

/// A result of a job whose function did not come to an end, or never began;
/// `now` is in unix seconds.
pub(crate) fn without_run(job_id: i64, status: Status, err: String, now: u64) -> JobResult {
    JobResult {
        job_id,
        success: false,
        log: String::new(),
        err,
        time: rfc3339(now),
        status: Some(status),
        phase: None,
        exit_code: None,
        signal: None,
        start: None,
        end: None,
        milliseconds: None,
        preparation: None,
        cut: 0,
        containment: None,
        survivors: vec![],
    }
}
