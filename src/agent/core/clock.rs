//! What time it is for control.
//!
//! The host's own clock may be wrong, and may jump. Authenticated answers tell
//! what time it is; from the first one on, time is counted by a clock that
//! nobody sets. The agent never sets the host's. Until the first answer comes,
//! time is at least what it was when this host last knew.

use super::input::Now;
use crate::identity::clock::FLOOR_STEP;
use std::time::Duration;
use wire::token::LEAST_VALIDITY;

/// Control's clock, as far as this host knows it.
pub(super) struct ControlClock {
    /// What control said, and how long the host had been up then.
    learnt: Option<(u64, Duration)>,
    /// It cannot be earlier than this, in unix seconds.
    floor: u64,
    /// By how much the host's clock was off when that was said last.
    said: Option<i64>,
}

/// What an answer's time has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Learnt {
    /// The skew, when it is another one than before, and the first time.
    pub(super) skew: Option<i64>,
    /// What is to be kept on disk: it cannot be earlier, in unix seconds.
    pub(super) floor: Option<u64>,
}

/// Differences below this are network and rounding, not a wrong clock.
const TOLERANCE: u64 = 5;

impl ControlClock {
    /// The clock of an agent that knows that it is not before `floor`.
    pub(super) fn new(floor: u64) -> Self {
        Self {
            learnt: None,
            floor,
            said: None,
        }
    }

    /// Now, in unix seconds of control's clock.
    pub(super) fn now(&self, now: Now) -> u64 {
        match self.learnt {
            Some(_) => self.running(now),
            None => self.running(now).max(self.floor),
        }
    }

    /// What runs: the time since control's was learnt, or the host's clock.
    fn running(&self, now: Now) -> u64 {
        self.learnt.map_or(now.wall, |(unix, then)| {
            unix.saturating_add(now.boot.saturating_sub(then).as_secs())
        })
    }

    /// How many seconds the host's clock was ahead of control's when
    /// [`ControlClock::learn`] looked; 0 where it was near enough.
    pub(super) fn skew(&self) -> i64 {
        self.said.unwrap_or(0)
    }

    /// Learns from an authenticated answer that control's clock stood at `unix`
    /// at some time during an exchange.
    pub(super) fn learn(&mut self, unix: u64, exchange: Duration, now: Now) -> Learnt {
        let known = self.running(now);
        let is_right = known.abs_diff(unix) <= TOLERANCE || explains(known, unix, exchange);
        if !is_right {
            self.learnt = Some((unix, now.boot));
        } else if self.learnt.is_none() {
            self.learnt = Some((known, now.boot));
        }
        let skew = difference(now.wall, self.now(now));
        let is_other = self.said.is_none_or(|said| said.abs_diff(skew) > TOLERANCE);
        if is_other {
            self.said = Some(skew);
        }
        Learnt {
            skew: is_other.then_some(skew),
            floor: self.move_floor(unix),
        }
    }

    /// Control may itself have been wrong: then the floor follows it down, or
    /// this host would believe in that time after its next start.
    fn move_floor(&mut self, unix: u64) -> Option<u64> {
        let is_wrong = unix < self.floor.saturating_sub(FLOOR_STEP);
        let is_old = unix >= self.floor.saturating_add(FLOOR_STEP);
        (is_wrong || is_old).then(|| {
            self.floor = unix;
            unix
        })
    }
}

/// Whether a token of a right clock may have lost its validity during an exchange
/// that took so long. If so, it is no evidence of a wrong clock that control refused it.
pub(super) fn may_outlast_token(exchange: Duration) -> bool {
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
    use crate::agent::core::input::JobsNow;

    const DAY: u64 = 86_400;
    const TODAY: u64 = 20_000 * DAY;
    const AT_ONCE: Duration = Duration::ZERO;

    /// A host whose clock shows `wall` when it has been up for `boot` seconds.
    fn at(boot: u64, wall: u64) -> Now {
        Now {
            boot: Duration::from_secs(boot),
            wall,
            jobs: JobsNow::default(),
            random: || [0; 4],
        }
    }

    fn right() -> Now {
        at(100, TODAY)
    }

    fn skew(control: &mut ControlClock, unix: u64, exchange: Duration) -> Option<i64> {
        control.learn(unix, exchange, right()).skew
    }

    #[test]
    fn the_time_is_learnt_and_small_differences_are_not() {
        let mut control = ControlClock::new(0);
        assert_eq!(skew(&mut control, TODAY + 2, AT_ONCE), Some(0));
        assert_eq!(skew(&mut control, TODAY - 2, AT_ONCE), None);
        assert_eq!(skew(&mut control, TODAY + DAY, AT_ONCE), Some(-86_400));
        assert_eq!(control.now(right()), TODAY + DAY);
        let said_already = skew(&mut control, TODAY + DAY + 1, AT_ONCE);
        assert_eq!(said_already, None);
        assert_eq!(skew(&mut control, TODAY, AT_ONCE), Some(0));
        assert_eq!(control.skew(), 0);
    }

    #[test]
    fn nobody_who_sets_the_hosts_clock_moves_controls() {
        let mut control = ControlClock::new(0);
        control.learn(TODAY, AT_ONCE, right());
        assert_eq!(control.now(at(107, 0)), TODAY + 7);
        let learnt = control.learn(TODAY + 7, AT_ONCE, at(107, TODAY - DAY));
        assert_eq!(learnt.skew, Some(-86_407));
    }

    #[test]
    fn a_control_that_was_wrong_is_believed_when_it_is_right_again() {
        let mut control = ControlClock::new(TODAY);
        let wrong = TODAY + 365 * DAY;
        assert_eq!(
            control.learn(wrong, AT_ONCE, right()).floor,
            Some(wrong),
            "a restart would begin there"
        );
        let learnt = control.learn(TODAY, AT_ONCE, right());
        assert_eq!((learnt.skew, learnt.floor), (Some(0), Some(TODAY)));
        assert_eq!(control.now(right()), TODAY);
    }

    #[test]
    fn a_host_that_wakes_up_in_the_past_remembers_better() {
        let later = TODAY + 1_000_000;
        let mut control = ControlClock::new(later);
        assert_eq!(control.now(right()), later);
        let skew = skew(&mut control, later + 60, AT_ONCE);
        assert!(skew.is_some(), "the floor is no clock: it does not run");
    }

    #[test]
    fn an_answer_that_was_under_way_for_long_makes_no_clock_wrong() {
        let mut control = ControlClock::new(0);
        let minutes = Duration::from_secs(120);
        for said in [Some(0), None] {
            assert_eq!(skew(&mut control, TODAY - 100, minutes), said);
            assert_eq!(control.now(right()), TODAY);
        }
        assert_eq!(skew(&mut control, TODAY - 150, minutes), Some(150));
    }

    #[test]
    fn only_a_token_that_arrived_early_measures_the_clock() {
        let seconds = Duration::from_secs;
        assert_eq!([0, 24].map(seconds).map(may_outlast_token), [false; 2]);
        assert_eq!([25, 61, 600].map(seconds).map(may_outlast_token), [true; 3]);
    }

    #[test]
    fn no_way_explains_an_answer_from_the_future() {
        let mut control = ControlClock::new(0);
        let minutes = Duration::from_secs(120);
        assert_eq!(skew(&mut control, TODAY + 10, minutes), Some(-10));
    }

    #[test]
    fn the_floor_does_not_hide_in_a_long_poll_that_the_clock_is_behind() {
        let later = TODAY + 30 * DAY;
        let mut control = ControlClock::new(later);
        let hour = Duration::from_secs(3_600);
        assert!(skew(&mut control, later - 60, hour).is_some());
        assert_eq!(control.now(right()), later - 60);
    }

    #[test]
    fn a_correct_clock_causes_no_write() {
        let mut control = ControlClock::new(TODAY);
        let floors = [TODAY - 30, TODAY + 30, TODAY + DAY - 1, TODAY + DAY]
            .map(|unix| control.learn(unix, AT_ONCE, right()).floor);
        assert_eq!(floors, [None, None, None, Some(TODAY + DAY)]);
    }
}
