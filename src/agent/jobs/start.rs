//! Starts a job.

use crate::agent::jobs::runner::RunningJob;
use crate::spool::folder::{JobFolder, Started, State};
use crate::storage::record::RecordError;
use crate::storage::reserve::Reserve;

/// The outcome of an attempt to start a job.
pub(super) enum Start {
    Begun(RunningJob),
    /// The job counts as begun, and is not tried again.
    Failed(String),
    /// The job has not begun; the agent tries again with the next exchange.
    NotYet(String),
}

/// Starts a job; on a full disk, with the space that `reserve` holds.
pub(super) fn start(id: i64, folder: &JobFolder, reserve: &Reserve) -> Start {
    match folder.spec() {
        Ok(Some(_)) => {}
        Err(RecordError::Io(error)) => return Start::NotYet(error.to_string()),
        Err(damage) => return abandon(folder, reserve, &damage.to_string()),
        Ok(None) => return abandon(folder, reserve, "it is not there"),
    }
    match reserve.lend(|| RunningJob::start(id, folder.clone())) {
        Ok(job) => Start::Begun(job),
        Err(error) if matches!(folder.state(), Ok(State::Received)) => {
            Start::NotYet(error.to_string())
        }
        Err(error) => Start::Failed(format!("the job could not be started: {error}")),
    }
}

/// Gives up a job whose spec is lost.
fn abandon(folder: &JobFolder, reserve: &Reserve, why: &str) -> Start {
    match reserve.lend(|| folder.mark_started(&Started::now())) {
        Ok(()) => Start::Failed(format!(
            "the job never began: its record on the host's disk is damaged: {why}"
        )),
        Err(error) => Start::NotYet(error.to_string()),
    }
}
