//! What remains to be done for jobs, most of them over. A disk that refuses it
//! is asked again with every exchange.

use super::trouble::Trouble;
use crate::spool::Spool;
use crate::spool::folder::JobFolder;
use crate::storage::reserve::Reserve;
use std::collections::BTreeSet;
use std::io;

/// Something to be done for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chore {
    /// Having its shim end it.
    Cancel,
    /// Noting that control has its result. Until then, the result is sent again
    /// after a restart, which changes nothing.
    NoteReport,
    /// Removing what nobody needs any more: secrets, room, the working folder.
    Tidy,
}

impl Chore {
    fn failure(self) -> &'static str {
        match self {
            Self::Cancel => "cannot be cancelled yet",
            Self::NoteReport => "cannot note yet that it is reported",
            Self::Tidy => "cannot clear up after it yet",
        }
    }

    fn attempt(self, folder: &JobFolder, reserve: &Reserve) -> io::Result<()> {
        match self {
            // What was cleared away needs nothing.
            _ if !folder.exists()? => Ok(()),
            Self::Cancel => reserve.lend(|| folder.mark_cancelled()),
            Self::NoteReport => reserve.lend(|| folder.mark_reported()),
            Self::Tidy => folder.tidy(),
        }
    }
}

/// What is left to do.
#[derive(Default)]
pub(super) struct Chores(BTreeSet<(i64, Chore)>);

impl Chores {
    /// There is something to do.
    pub(super) fn add(&mut self, id: i64, chore: Chore) {
        self.0.insert((id, chore));
    }

    /// It is not to be done any more.
    pub(super) fn drop(&mut self, id: i64, chore: Chore) {
        self.0.remove(&(id, chore));
    }

    /// Does what the disk allows, on a full one in the room of `reserve`.
    pub(super) fn work_off(&mut self, spool: &Spool, reserve: &Reserve, trouble: &mut Trouble) {
        self.0.retain(|&(id, chore)| {
            let done = chore.attempt(&spool.job(id), reserve);
            match &done {
                Ok(()) => trouble.over(id, chore.failure()),
                Err(error) => trouble.met(id, chore.failure(), error),
            }
            done.is_err()
        });
    }
}
