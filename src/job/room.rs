//! Whether there is room for another job: on the disk, and under the cap of
//! what jobs may take of it.

use super::order::MOST_ROOM;
use super::spool::Spool;
use crate::log;
use crate::storage::reserve::{Reserve, is_full};
use crate::sys::space;
use std::io;
use std::path::{Path, PathBuf};

/// What the agent keeps for its own notes on a full disk.
const RESERVE: u32 = 256 << 10;

/// The agent's own reserve, and what it last said of the lack of room.
pub(crate) struct Room {
    home: PathBuf,
    reserve: Reserve,
    complaint: Option<String>,
}

impl Room {
    /// The room in the folder of all state.
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            reserve: Reserve::new(home.join("reserve"), RESERVE),
            complaint: None,
        }
    }

    /// What notes are written from when there is no other room.
    pub(crate) fn reserve(&self) -> &Reserve {
        &self.reserve
    }

    /// Why no job can be taken now; a change is logged. `most` is how many bytes
    /// the jobs may take.
    pub(crate) fn lack(&mut self, spool: &Spool, most: u64) -> Option<String> {
        let lack = self
            .reserve
            .take()
            .err()
            .map(|error| unwritable(&self.home, &error))
            .or_else(|| lack(&self.home, spool, most));
        if lack != self.complaint {
            match &lack {
                Some(why) => log::warning!("no job is taken: {why}"),
                None => log::info!("there is room for jobs again"),
            }
        }
        self.complaint.clone_from(&lack);
        lack
    }
}

/// Why a home has no room for another job, by looking alone.
pub(crate) fn lack(home: &Path, spool: &Spool, most: u64) -> Option<String> {
    match space::free(home) {
        Ok(free) if free < MOST_ROOM => return Some(disk_full(home)),
        // What cannot be asked will be seen when it is written.
        _ => {}
    }
    let full = |bytes: u64| bytes + MOST_ROOM > most;
    spool.bytes().is_ok_and(full).then(|| {
        format!("the spool is full: results that control has not acknowledged take nearly all of the {} MiB of PILOT_SPOOL_LIMIT", most >> 20)
    })
}

fn unwritable(home: &Path, error: &io::Error) -> String {
    if is_full(error) {
        disk_full(home)
    } else {
        format!("cannot write to {}: {error}", home.display())
    }
}

fn disk_full(home: &Path) -> String {
    format!("disk full: {} has no room for another job", home.display())
}
