//! Whether there is disk space for another job, and whether jobs may use it.

use super::Spool;
use super::spec::MOST_DISK_SPACE;
use crate::log;
use crate::storage::reserve::{Reserve, is_full};
use crate::sys::{clock, space};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes that the agent keeps for its own records on a full disk.
const RESERVE: u32 = 256 << 10;

/// How long no job is taken after the disk refused one.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// The agent's own reserve, and the last lack of disk space that was logged.
pub(crate) struct DiskSpace {
    home: PathBuf,
    reserve: Reserve,
    /// The disk's last error, and until when no job is taken because of it.
    refusal: Option<(String, Duration)>,
    complaint: Option<String>,
}

impl DiskSpace {
    /// The disk space of a home.
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            reserve: Reserve::new(home.join("reserve"), RESERVE),
            refusal: None,
            complaint: None,
        }
    }

    /// The disk refused a job. Control would offer it again at once.
    pub(crate) fn note_refusal(&mut self, error: &io::Error) {
        let until = clock::boottime() + REFUSED_FOR;
        self.refusal = Some((unwritable(&self.home, error), until));
    }

    /// Takes jobs again in spite of the disk's last error.
    pub(crate) fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// The space for records on a full disk.
    pub(crate) fn reserve(&self) -> &Reserve {
        &self.reserve
    }

    /// Why no job can be taken now; a change is logged. `most` is how many bytes
    /// the jobs may take.
    pub(crate) fn lack(&mut self, most: u64) -> Option<String> {
        let lack = self.find_lack(most);
        if lack != self.complaint {
            match &lack {
                Some(why) => log::warning!("no job is taken: {why}"),
                None => log::info!("there is room for jobs again"),
            }
        }
        self.complaint.clone_from(&lack);
        lack
    }

    fn find_lack(&mut self, most: u64) -> Option<String> {
        if let Err(error) = self.reserve.take() {
            return Some(unwritable(&self.home, &error));
        }
        let is_over = |(_, until): &mut (String, Duration)| clock::boottime() >= *until;
        self.refusal.take_if(is_over);
        let refusal = self.refusal.as_ref().map(|(why, _)| why.clone());
        refusal.or_else(|| lack(&self.home, most))
    }
}

/// Why a home has no room for another job, by looking alone.
pub(crate) fn lack(home: &Path, most: u64) -> Option<String> {
    match space::free(home) {
        Ok(free) if free < MOST_DISK_SPACE => return Some(disk_full(home)),
        // What cannot be asked will be seen when it is written.
        _ => {}
    }
    let full = |bytes: u64| bytes + MOST_DISK_SPACE > most;
    Spool::bytes(home).is_ok_and(full).then(|| {
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
