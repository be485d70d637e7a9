//! Beginning a job.

use crate::agent::jobs::runner::RunningJob;
use crate::spool::folder::{JobFolder, Started, State};
use crate::storage::record::RecordError;
use crate::storage::reserve::Reserve;

/// What came of beginning a job.
pub(super) enum Start {
    Begun(RunningJob),
    /// It counts as begun and will not be tried again.
    Failed(String),
    /// Nothing has happened yet: the next exchange tries again.
    NotYet(String),
}

/// Begins a job, on a full disk in the room of `reserve`.
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

/// Gives a job up whose order is lost.
fn abandon(folder: &JobFolder, reserve: &Reserve, why: &str) -> Start {
    match reserve.lend(|| folder.mark_started(&Started::now())) {
        Ok(()) => Start::Failed(format!(
            "the job never began: its record on the host's disk is damaged: {why}"
        )),
        Err(error) => Start::NotYet(error.to_string()),
    }
}
