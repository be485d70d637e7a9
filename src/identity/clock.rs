//! What time it is for control.
//!
//! The host's own clock may be wrong. Authenticated answers tell how far it is
//! off; the agent never sets it. Until the first answer comes, time is at least
//! what it was when this host last knew.

use crate::log;
use crate::storage::record::{self, RecordError};
use crate::sys::clock;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The host's clock, corrected by what control last said.
pub(crate) struct ControlClock {
    /// Seconds to add to the host's clock.
    offset: i64,
    /// It cannot be earlier than this, in unix seconds.
    floor: u64,
    file: PathBuf,
}

const FILE: &str = "clock";

/// Differences below this are network and rounding, not a wrong clock.
const TOLERANCE: u64 = 5;

/// The floor is written no more often than this, in seconds: an idle agent
/// writes nothing.
const FLOOR_STEP: u64 = 86_400;

impl ControlClock {
    /// The clock of the agent with this home.
    pub(crate) fn load(home: &Path) -> Self {
        let file = home.join(FILE);
        let floor = record::read_or_set_aside(&file).unwrap_or_else(|error| {
            log::warning!("{}: {error}; going by this host's clock", file.display());
            None
        });
        Self {
            offset: 0,
            floor: floor.unwrap_or(0),
            file,
        }
    }

    /// What it cannot be earlier than, as the agent of this home noted it;
    /// looks without changing anything.
    ///
    /// # Errors
    /// When the record is damaged or cannot be read.
    pub(crate) fn noted_floor(home: &Path) -> Result<Option<u64>, RecordError> {
        record::read(&home.join(FILE))
    }

    /// Now, in unix seconds of control's clock.
    pub(crate) fn now(&self) -> u64 {
        self.corrected().max(self.floor)
    }

    /// How many seconds the host's clock is ahead of control's; 0 where it is
    /// near enough.
    pub(crate) fn skew(&self) -> i64 {
        if self.offset.unsigned_abs() <= TOLERANCE {
            0
        } else {
            self.offset.saturating_neg()
        }
    }

    fn corrected(&self) -> u64 {
        clock::wall().saturating_add_signed(self.offset)
    }

    /// Learns from an authenticated answer that control's clock stood at
    /// `unix`. Returns the new offset in seconds when it is another one.
    pub(crate) fn learn(&mut self, unix: u64) -> Option<i64> {
        self.raise_floor(unix);
        if self.corrected().abs_diff(unix) <= TOLERANCE {
            return None;
        }
        // Control may itself have been wrong: what it says now counts.
        self.floor = self.floor.min(unix);
        let difference = i128::from(unix) - i128::from(clock::wall());
        self.offset = i64::try_from(difference).unwrap_or_default();
        Some(self.offset)
    }

    /// Whether an answer's time is what it is because the answer was under way
    /// for a part of the time that the exchange took: a network that holds it
    /// back makes no clock wrong. The floor explains nothing: it stands still.
    pub(crate) fn explains(&self, unix: u64, exchange: Duration) -> bool {
        let latest = unix.saturating_add(exchange.as_secs() + 1);
        (unix..=latest).contains(&self.corrected())
    }

    /// Keeps on disk that it cannot be earlier than `unix`.
    pub(crate) fn raise_floor(&mut self, unix: u64) {
        if unix < self.floor.saturating_add(FLOOR_STEP) {
            return;
        }
        self.floor = unix;
        if let Err(error) = record::write(&self.file, &unix) {
            log::warning!("cannot write {}: {error}", self.file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_learnt_and_small_differences_are_not() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        assert_eq!(control.learn(clock::wall() + 2), None);
        let offset = control.learn(clock::wall() + 86_400).unwrap();
        assert!(offset.abs_diff(86_400) <= 1);
        assert!(control.now().abs_diff(clock::wall() + 86_400) <= 1);
        assert_eq!(control.skew(), -offset);
        control.learn(clock::wall() + 1);
        assert_eq!(control.skew(), 0);
    }

    #[test]
    fn an_answer_that_was_held_back_is_no_wrong_clock() {
        let home = tempfile::tempdir().unwrap();
        let control = ControlClock::load(home.path());
        let long = Duration::from_secs(12);
        assert!(control.explains(clock::wall() - 10, long));
        assert!(!control.explains(clock::wall() - 20, long));
        assert!(
            !control.explains(clock::wall() + 10, long),
            "from the future"
        );
    }

    #[test]
    fn a_control_that_was_wrong_is_believed_when_it_is_right_again() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        control.learn(clock::wall() + 1_000_000);
        assert!(control.learn(clock::wall()).is_some());
        assert!(control.now().abs_diff(clock::wall()) <= 1);
    }

    #[test]
    fn a_host_that_wakes_up_in_the_past_remembers_better() {
        let home = tempfile::tempdir().unwrap();
        let later = clock::wall() + 1_000_000;
        ControlClock::load(home.path()).raise_floor(later);
        let mut control = ControlClock::load(home.path());
        assert_eq!(control.now(), later);
        assert!(
            control.learn(later + 60).is_some(),
            "the floor is no clock: it does not run"
        );
    }
}
