//! Writes for jobs that the disk has refused, or may refuse. The agent repeats them with
//! every exchange until they succeed.

use super::log_once::LogOnce;
use crate::spool::Spool;
use crate::spool::folder::JobFolder;
use crate::storage::reserve::Reserve;
use std::collections::BTreeSet;
use std::io;

/// A write that is repeated until it succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Retry {
    /// Records that the job is cancelled; its shim then ends it.
    Cancel,
    /// Records that control has the job's result. Until then the agent sends the result
    /// again after a restart; control ignores it.
    NoteReport,
    /// Removes the secrets, the reserve and the working folder, which are no longer needed.
    Tidy,
}

impl Retry {
    fn failure(self) -> &'static str {
        match self {
            Self::Cancel => "cannot be cancelled yet",
            Self::NoteReport => "cannot note yet that it is reported",
            Self::Tidy => "cannot clear up after it yet",
        }
    }

    fn attempt(self, folder: &JobFolder, reserve: &Reserve) -> io::Result<()> {
        match self {
            // The job was removed, so there is nothing to write.
            _ if !folder.exists()? => Ok(()),
            Self::Cancel => reserve.lend(|| folder.mark_cancelled()),
            Self::NoteReport => reserve.lend(|| folder.mark_reported()),
            Self::Tidy => folder.tidy(),
        }
    }
}

/// The writes that have not succeeded yet.
#[derive(Default)]
pub(super) struct Retries(BTreeSet<(i64, Retry)>);

impl Retries {
    /// Adds a write.
    pub(super) fn add(&mut self, id: i64, retry: Retry) {
        self.0.insert((id, retry));
    }

    /// Removes a write that has become unnecessary.
    pub(super) fn drop(&mut self, id: i64, retry: Retry) {
        self.0.remove(&(id, retry));
    }

    /// Tries all of them; on a full disk, with the space that `reserve` holds.
    pub(super) fn run(&mut self, spool: &Spool, reserve: &Reserve, log_once: &mut LogOnce) {
        self.0.retain(|&(id, retry)| {
            let done = retry.attempt(&spool.job(id), reserve);
            match &done {
                Ok(()) => log_once.resolved(id, retry.failure()),
                Err(error) => log_once.failed(id, retry.failure(), error),
            }
            done.is_err()
        });
    }
}
