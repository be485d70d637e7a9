//! `pilotctl job rm`.

use super::super::client::{self, Connection};
use super::super::confirm::Confirmation;
use super::super::failure::Failure;
use super::super::output;
use api::jobs::Removed;
use api::{BatchId, JobId};
use serde_json::json;

/// Removes jobs, or a batch with its jobs, all of which have to have ended.
pub(super) fn remove(
    connection: &Connection,
    confirmation: &Confirmation,
    jobs: &[JobId],
    batch: Option<BatchId>,
) -> Result<(), Failure> {
    let client = connection.client()?;
    confirmation.ask(&what(jobs, batch))?;
    let paths = jobs.iter().map(|job| format!("/job/{job}/remove"));
    let of_batch = batch.map(|batch| format!("/job/batch/{batch}/remove"));
    let post = |path: &str| {
        let answer = client.post(path, &json!({}))?;
        client::read(client::json(&answer)?)
    };
    let removed = remove_all(paths.chain(of_batch), post)?;
    let text = match removed {
        1 => "removed 1 job".to_owned(),
        jobs => format!("removed {jobs} jobs"),
    };
    output::done(connection.json, &json!({ "removed": removed }), text)
}

/// What is removed, in words.
fn what(jobs: &[JobId], batch: Option<BatchId>) -> String {
    let jobs = match jobs {
        [] => None,
        [job] => Some(format!("the job {job} and its output")),
        jobs => Some(format!("{} jobs and their output", jobs.len())),
    };
    let batch = batch.map(|batch| format!("the batch {batch} with all its jobs"));
    let both: Vec<String> = jobs.into_iter().chain(batch).collect();
    both.join(", and ")
}

/// Posts to each path until there is no more to remove; returns how many jobs were removed.
fn remove_all(
    paths: impl Iterator<Item = String>,
    mut post: impl FnMut(&str) -> Result<Removed, Failure>,
) -> Result<u64, Failure> {
    let mut removed = 0;
    for path in paths {
        loop {
            let answer = post(&path).inspect_err(|_| {
                if removed > 0 {
                    output::note(format_args!(
                        "{removed} of the jobs were removed before this"
                    ));
                }
            })?;
            removed += answer.jobs;
            if !answer.more {
                break;
            }
            output::note(format_args!("{removed} jobs are removed so far"));
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_batch_is_removed_in_several_requests() {
        let mut asked = Vec::new();
        let post = |path: &str| {
            asked.push(path.to_owned());
            Ok(Removed {
                jobs: 10,
                more: asked.len() < 3,
            })
        };
        let paths = ["a", "b"].map(str::to_owned).into_iter();
        assert_eq!(remove_all(paths, post).unwrap(), 40);
        assert_eq!(asked, ["a", "a", "a", "b"]);
    }
}
