//! The ids of jobs whose folders are gone, so that none of them is ever taken
//! for new.
//!
//! Control hands jobs out in the order of their ids, so it is enough to know the highest one
//! that ended. But an id contains the time at which it was made, by control's clock: one from a
//! time that has not come yet must not make every later job look old, and is remembered by
//! itself.

use crate::log;
use crate::storage;
use crate::storage::record::{self, RecordError, kept_on_disk};
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};
use wire::job_id;
use wire::time::rfc3339;

/// So far may control's clock be ahead, in seconds.
const TOLERANCE: u64 = 86_400;

/// So many ids from the future are remembered one by one.
const MOST_BEYOND: usize = 1024;

/// The remembered ids, and their file.
pub(crate) struct Remembered {
    file: PathBuf,
    ids: Ids,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Ids {
    /// Every job up to this one.
    up_to: i64,
    /// And these.
    beyond: VecDeque<i64>,
}

kept_on_disk!(Ids as Ids);

impl Remembered {
    /// Reads the record of this folder, which holds the jobs `held`. A damaged record is set
    /// aside and made up for.
    ///
    /// # Errors
    /// When the record is there and cannot be read, or only by another version
    /// of this program: without it, a job could run twice.
    pub(crate) fn load(folder: &Path, held: &[i64]) -> io::Result<Self> {
        let file = folder.join("remembered");
        let ids = match record::read(&file) {
            Ok(ids) => ids.unwrap_or_default(),
            Err(RecordError::Corrupt(why)) => make_up(&file, held, &why)?,
            Err(error) => {
                let text = format!("{}: {error}", file.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        };
        Ok(Self { file, ids })
    }

    /// Whether this job ended long ago.
    pub(crate) fn contains(&self, id: i64) -> bool {
        id <= self.ids.up_to || self.ids.beyond.contains(&id)
    }

    /// Remembers a job for good; `now` is in unix seconds of control's clock.
    ///
    /// # Errors
    /// When the disk refuses; the job's folder must then stay.
    pub(crate) fn insert(&mut self, id: i64, now: u64) -> io::Result<()> {
        if self.contains(id) {
            return Ok(());
        }
        let mut ids = self.ids.clone();
        ids.insert(id, now);
        record::write(&self.file, &ids)?;
        self.ids = ids;
        Ok(())
    }
}

/// Replaces a damaged record by one that covers all ids that it may have held. Until that is on
/// disk the damaged one stays: without any, a job could run twice.
fn make_up(file: &Path, held: &[i64], why: &str) -> io::Result<Ids> {
    let ids = Ids::covering(held, fs::metadata(file)?.modified()?);
    let aside = file.with_added_extension("damaged");
    let replaced = storage::remove(&aside)
        .and_then(|()| fs::hard_link(file, &aside))
        .and_then(|()| record::write(file, &ids));
    let fate = replaced.map_or_else(
        |error| format!("it cannot be replaced now ({error})"),
        |()| format!("it is set aside as {}", aside.display()),
    );
    log::warning!(
        "{}: {why}; {fate}; jobs from before {} that this host does not hold are refused",
        file.display(),
        rfc3339(job_id::unix_seconds(ids.up_to))
    );
    Ok(ids)
}

impl Ids {
    /// What may have been remembered when it was written last, at `written`: jobs
    /// come in the order of their ids, so all before one that is held. Where none
    /// is, all that were made by then.
    fn covering(held: &[i64], written: SystemTime) -> Self {
        let soon = clock::wall().saturating_add(TOLERANCE);
        let is_past = |id: &i64| job_id::unix_seconds(*id) <= soon;
        let newest = held.iter().copied().filter(is_past).max();
        let by_then = || {
            // What is older than 1970 did not fit: a 32-bit C library's times of files
            // end in 2038.
            let since = written.duration_since(UNIX_EPOCH);
            let since = since.unwrap_or_else(|_| Duration::from_secs(clock::wall()));
            job_id::at(
                u64::try_from(since.as_millis()).unwrap_or_default(),
                u32::MAX,
            )
        };
        Self {
            up_to: newest.unwrap_or_else(by_then),
            beyond: VecDeque::new(),
        }
    }

    fn insert(&mut self, id: i64, now: u64) {
        if job_id::unix_seconds(id) <= now.saturating_add(TOLERANCE) {
            self.up_to = id;
            self.beyond.retain(|&beyond| beyond > id);
        } else {
            self.beyond.push_back(id);
        }
        if self.beyond.len() > MOST_BEYOND {
            self.beyond.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::record::tests::assert_is_version_1;

    const NOW: u64 = 1_800_000_000;

    fn id_made_at(unix: u64) -> i64 {
        job_id::at(unix * 1_000, 7)
    }

    #[test]
    fn a_record_whose_age_did_not_fit_covers_all_until_now() {
        let before = id_made_at(clock::wall());
        let ids = Ids::covering(&[], UNIX_EPOCH - Duration::from_secs(1));
        assert!(ids.up_to >= before);
    }

    #[test]
    fn a_job_older_than_the_newest_that_ended_is_not_new() {
        let folder = tempfile::tempdir().unwrap();
        let mut remembered = Remembered::load(folder.path(), &[]).unwrap();
        remembered.insert(id_made_at(NOW), NOW).unwrap();
        let remembered = Remembered::load(folder.path(), &[]).unwrap();
        assert!(remembered.contains(id_made_at(NOW)));
        assert!(remembered.contains(id_made_at(NOW - 1)));
        assert!(!remembered.contains(id_made_at(NOW + 1)));
    }

    #[test]
    fn a_job_from_the_future_makes_no_other_job_look_old() {
        let folder = tempfile::tempdir().unwrap();
        let mut remembered = Remembered::load(folder.path(), &[]).unwrap();
        let in_2100 = id_made_at(4_102_444_800);
        remembered.insert(in_2100, NOW).unwrap();
        let remembered = Remembered::load(folder.path(), &[]).unwrap();
        assert!(remembered.contains(in_2100));
        assert!(!remembered.contains(id_made_at(NOW)));
    }

    #[test]
    fn what_another_version_remembers_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("remembered");
        fs::write(&file, "pilot-record 2 x\n").unwrap();
        assert!(Remembered::load(folder.path(), &[]).is_err());
        assert!(file.exists());
    }

    #[test]
    fn abuse_a_job_is_replayed_after_the_memory_of_it_was_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("remembered");
        let now = clock::wall();
        let [long_ago, held, in_2100] = [now - 5_000, now - 100, 4_102_444_800].map(id_made_at);
        fs::write(&file, "torn").unwrap();
        for _ in 0..2 {
            let remembered = Remembered::load(folder.path(), &[held, in_2100]).unwrap();
            assert!(remembered.contains(long_ago) && !remembered.contains(held + 1));
        }
        let aside = file.with_added_extension("damaged");
        assert_eq!(fs::read(&aside).unwrap(), b"torn");
        // Nothing is held: what was made before the damaged record may have run.
        fs::write(&file, "torn again").unwrap();
        let remembered = Remembered::load(folder.path(), &[]).unwrap();
        assert!(remembered.contains(long_ago) && !remembered.contains(id_made_at(now + 5)));
    }

    #[test]
    fn what_cannot_be_replaced_yet_is_made_up_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("remembered");
        fs::write(&file, "torn").unwrap();
        fs::create_dir(file.with_added_extension("new")).unwrap();
        for _ in 0..2 {
            let remembered = Remembered::load(folder.path(), &[]).unwrap();
            assert!(remembered.contains(id_made_at(clock::wall() - 5)));
        }
        assert_eq!(fs::read(&file).unwrap(), b"torn");
    }

    #[test]
    fn what_version_1_remembered_is_known() {
        assert_is_version_1("remembered", |ids: &Ids| {
            let held = [7_301_000_000_000_000_001, 9_100_000_000_000_000_001];
            (ids.up_to, ids.beyond.front()) == (held[0], Some(&held[1]))
        });
    }

    #[test]
    fn those_from_the_future_are_bounded() {
        let mut ids = Ids::default();
        let in_2100 = |later: u64| id_made_at(4_102_444_800 + later);
        for later in 0..=MOST_BEYOND as u64 {
            ids.insert(in_2100(later), NOW);
        }
        assert_eq!(ids.beyond.len(), MOST_BEYOND);
        assert_eq!(ids.beyond.front(), Some(&in_2100(1)));
        ids.insert(in_2100(9_000), 4_200_000_000);
        assert!(ids.beyond.is_empty(), "their time has come");
    }
}
