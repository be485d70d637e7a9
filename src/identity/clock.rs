//! The time before which it cannot be, as a host keeps it over restarts.

use crate::log;
use crate::storage::record::{self, RecordError};
use crate::sys::clock;
use std::path::{Path, PathBuf};

/// What this host last knew of the time.
pub(crate) struct Floor {
    /// It cannot be earlier than this, in unix seconds.
    unix: u64,
    file: PathBuf,
}

const FILE: &str = "clock";

/// The floor is written no more often than this, in seconds: an idle agent
/// writes nothing.
pub(crate) const FLOOR_STEP: u64 = 86_400;

impl Floor {
    /// The floor in this home.
    pub(crate) fn load(home: &Path) -> Self {
        let file = home.join(FILE);
        let floor = record::read_or_set_aside(&file).unwrap_or_else(|error| {
            log::warning!("{}: {error}; going by this host's clock", file.display());
            None
        });
        Self {
            unix: floor.unwrap_or(0),
            file,
        }
    }

    /// What the agent of this home noted; looks without changing anything.
    ///
    /// # Errors
    /// When the record is damaged or cannot be read.
    pub(crate) fn noted(home: &Path) -> Result<Option<u64>, RecordError> {
        record::read(&home.join(FILE))
    }

    /// It cannot be earlier than this, in unix seconds.
    pub(crate) fn unix(&self) -> u64 {
        self.unix
    }

    /// Now, in unix seconds, as far as the host's clock and this floor tell.
    pub(crate) fn now(&self) -> u64 {
        clock::wall().max(self.unix)
    }

    /// Keeps on disk that it cannot be earlier than `unix`, if that is another day.
    pub(crate) fn raise(&mut self, unix: u64) {
        if unix >= self.unix.saturating_add(FLOOR_STEP) {
            self.keep(unix);
        }
    }

    /// Keeps on disk that it cannot be earlier than `unix`.
    pub(crate) fn keep(&mut self, unix: u64) {
        self.unix = unix;
        if let Err(error) = record::write(&self.file, &unix) {
            log::warning!("cannot write {}: {error}", self.file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_wakes_up_in_the_past_remembers_better() {
        let home = tempfile::tempdir().unwrap();
        let later = clock::wall() + 1_000_000;
        Floor::load(home.path()).raise(later);
        assert_eq!(Floor::load(home.path()).now(), later);
        assert_eq!(Floor::noted(home.path()).unwrap(), Some(later));
    }

    #[test]
    fn the_floor_is_raised_by_whole_days_and_kept_as_control_says() {
        let home = tempfile::tempdir().unwrap();
        let mut floor = Floor::load(home.path());
        floor.raise(FLOOR_STEP * 9);
        floor.raise(FLOOR_STEP * 10 - 1);
        assert_eq!(Floor::load(home.path()).unix(), FLOOR_STEP * 9);
        floor.keep(FLOOR_STEP);
        assert_eq!(Floor::load(home.path()).unix(), FLOOR_STEP);
    }
}
