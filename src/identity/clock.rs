//! What time it is for control.
//!
//! The host's own clock may be wrong, and may jump. Authenticated answers tell
//! what time it is; from the first one on, time is counted by a clock that
//! nobody sets. The agent never sets the host's. Until the first answer comes,
//! time is at least what it was when this host last knew.

use crate::log;
use crate::storage::record::{self, RecordError};
use crate::sys::clock;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::token::LEAST_VALIDITY;

/// Control's clock, as far as this host knows it.
pub(crate) struct ControlClock {
    /// What control said, and how long the host had been up then.
    learnt: Option<(u64, Duration)>,
    /// It cannot be earlier than this, in unix seconds.
    floor: u64,
    /// By how much the host's clock was off when that was said last.
    said: Option<i64>,
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
            learnt: None,
            floor: floor.unwrap_or(0),
            said: None,
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
        match self.learnt {
            Some(_) => self.running(),
            None => self.running().max(self.floor),
        }
    }

    /// What runs: the time since control's was learnt, or the host's clock.
    fn running(&self) -> u64 {
        self.learnt.map_or_else(clock::wall, |(unix, then)| {
            unix.saturating_add(clock::boottime().saturating_sub(then).as_secs())
        })
    }

    /// How many seconds the host's clock was ahead of control's when
    /// [`ControlClock::learn`] looked; 0 where it was near enough.
    pub(crate) fn skew(&self) -> i64 {
        self.said.unwrap_or(0)
    }

    /// Learns from an authenticated answer that control's clock stood at `unix`
    /// at some time during an exchange. Returns the skew when it is another one
    /// than before, and the first time.
    pub(crate) fn learn(&mut self, unix: u64, exchange: Duration) -> Option<i64> {
        let known = self.running();
        let is_right = known.abs_diff(unix) <= TOLERANCE || explains(known, unix, exchange);
        if !is_right {
            self.learnt = Some((unix, clock::boottime()));
        } else if self.learnt.is_none() {
            self.learnt = Some((known, clock::boottime()));
        }
        self.move_floor(unix);
        let skew = difference(clock::wall(), self.now());
        let is_news = self.said.is_none_or(|said| said.abs_diff(skew) > TOLERANCE);
        if is_news {
            self.said = Some(skew);
        }
        is_news.then_some(skew)
    }

    /// Control may itself have been wrong: then the floor follows it down, or
    /// this host would believe in that time after its next start.
    fn move_floor(&mut self, unix: u64) {
        if unix < self.floor.saturating_sub(FLOOR_STEP) {
            self.keep_floor(unix);
        } else {
            self.raise_floor(unix);
        }
    }

    /// Keeps on disk that it cannot be earlier than `unix`.
    pub(crate) fn raise_floor(&mut self, unix: u64) {
        if unix >= self.floor.saturating_add(FLOOR_STEP) {
            self.keep_floor(unix);
        }
    }

    fn keep_floor(&mut self, unix: u64) {
        self.floor = unix;
        if let Err(error) = record::write(&self.file, &unix) {
            log::warning!("cannot write {}: {error}", self.file.display());
        }
    }
}

/// Whether a token of a right clock may have lost its validity during an exchange
/// that took so long. If so, it is no evidence of a wrong clock that control refused it.
pub(crate) fn may_outlast_token(exchange: Duration) -> bool {
    exchange >= Duration::from_secs(LEAST_VALIDITY - TOLERANCE)
}

/// Whether a clock that shows `known` may be right about an answer of the time
/// `unix`, which was under way for a part of the time that the exchange took: a
/// network that holds an answer back makes no clock wrong. A clock that is behind
/// is, however long that took. (The floor is no such clock: it stands still.)
fn explains(known: u64, unix: u64, exchange: Duration) -> bool {
    let latest = unix.saturating_add(exchange.as_secs() + 1);
    (unix..=latest).contains(&known)
}

/// How much `one` is ahead of `other`, in seconds; 0 within the tolerance.
fn difference(one: u64, other: u64) -> i64 {
    if one.abs_diff(other) <= TOLERANCE {
        return 0;
    }
    let difference = i128::from(one) - i128::from(other);
    i64::try_from(difference).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn the_time_is_learnt_and_small_differences_are_not() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        assert_eq!(control.learn(clock::wall() + 2, AT_ONCE), Some(0));
        assert_eq!(control.learn(clock::wall() - 2, AT_ONCE), None);
        let skew = control.learn(clock::wall() + DAY, AT_ONCE).unwrap();
        assert!(skew.saturating_neg().abs_diff(86_400) <= 1);
        assert!(control.now().abs_diff(clock::wall() + DAY) <= 1);
        assert_eq!(
            control.learn(clock::wall() + DAY + 1, AT_ONCE),
            None,
            "said already"
        );
        assert_eq!(control.learn(clock::wall(), AT_ONCE), Some(0));
        assert_eq!(control.skew(), 0);
    }

    #[test]
    fn a_control_that_was_wrong_is_believed_when_it_is_right_again() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        control.learn(clock::wall() + 365 * DAY, AT_ONCE);
        assert_eq!(control.learn(clock::wall(), AT_ONCE), Some(0));
        assert!(control.now().abs_diff(clock::wall()) <= 1);
        let after_restart = ControlClock::load(home.path()).now();
        assert!(after_restart.abs_diff(clock::wall()) <= 1);
    }

    #[test]
    fn a_host_that_wakes_up_in_the_past_remembers_better() {
        let home = tempfile::tempdir().unwrap();
        let later = clock::wall() + 1_000_000;
        ControlClock::load(home.path()).raise_floor(later);
        let mut control = ControlClock::load(home.path());
        assert_eq!(control.now(), later);
        assert!(
            control.learn(later + 60, AT_ONCE).is_some(),
            "the floor is no clock: it does not run"
        );
    }

    #[test]
    fn an_answer_that_was_under_way_for_long_makes_no_clock_wrong() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        let minutes = Duration::from_secs(120);
        for told in [Some(0), None] {
            assert_eq!(control.learn(clock::wall() - 100, minutes), told);
            assert!(control.now().abs_diff(clock::wall()) <= 1);
        }
        let told = control.learn(clock::wall() - 150, minutes);
        assert!(told.is_some_and(|skew| skew.abs_diff(150) <= 1), "{told:?}");
    }

    #[test]
    fn only_a_token_that_arrived_early_tells_of_the_clock() {
        let seconds = Duration::from_secs;
        assert_eq!([0, 24].map(seconds).map(may_outlast_token), [false; 2]);
        assert_eq!([25, 61, 600].map(seconds).map(may_outlast_token), [true; 3]);
    }

    #[test]
    fn no_way_explains_an_answer_from_the_future() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        let told = control.learn(clock::wall() + 10, Duration::from_secs(120));
        assert!(told.is_some_and(|skew| skew.abs_diff(-10) <= 1), "{told:?}");
    }

    #[test]
    fn the_floor_does_not_hide_in_a_long_poll_that_the_clock_is_behind() {
        let home = tempfile::tempdir().unwrap();
        let later = clock::wall() + 30 * DAY;
        ControlClock::load(home.path()).raise_floor(later);
        let mut control = ControlClock::load(home.path());
        let hour = Duration::from_secs(3_600);
        assert!(control.learn(later - 60, hour).is_some());
        assert!(control.now().abs_diff(later - 60) <= 1);
    }

    #[test]
    fn a_host_that_is_right_writes_nothing_when_control_says_so() {
        let home = tempfile::tempdir().unwrap();
        let mut control = ControlClock::load(home.path());
        control.raise_floor(clock::wall());
        std::fs::remove_file(home.path().join("clock")).unwrap();
        control.learn(clock::wall() - 30, AT_ONCE);
        control.learn(clock::wall() + 30, AT_ONCE);
        assert!(!home.path().join("clock").exists());
    }
}
