//! `pilotctl job rm`.

use super::super::client::{self, Connection};
use super::super::failure::Failure;
use super::super::output;
use api::jobs::Removed;
use api::{BatchId, JobId};
use serde_json::json;

/// Removes jobs, or a batch with its jobs, all of which have to have ended.
pub(super) fn remove(
    connection: &Connection,
    jobs: &[JobId],
    batch: Option<BatchId>,
) -> Result<(), Failure> {
    let client = connection.client()?;
    let mut removed = 0;
    let paths = jobs.iter().map(|job| format!("/job/{job}/remove"));
    let of_batch = batch.map(|batch| format!("/job/batch/{batch}/remove"));
    for path in paths.chain(of_batch) {
        let answer = client.post(&path, &json!({})).inspect_err(|_| {
            if removed > 0 {
                output::note(format_args!(
                    "{removed} of the jobs were removed before this"
                ));
            }
        })?;
        let answer: Removed = client::read(client::json(&answer)?)?;
        removed += answer.jobs;
    }
    let text = match removed {
        1 => "removed 1 job".to_owned(),
        jobs => format!("removed {jobs} jobs"),
    };
    output::done(connection.json, &json!({ "removed": removed }), text)
}
