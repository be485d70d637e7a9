//! Control's time, as far as this host knows it.
//!
//! The host's own clock may be wrong and may jump; the agent never sets it. Authenticated
//! answers carry control's time. From the first one on, the agent counts control's time by the
//! time since boot, which setting the clock does not change. Before the first answer, the time
//! is no earlier than the floor, the last time that this host has recorded.

use super::input::Now;
use crate::identity::clock::FLOOR_STEP;
use std::time::Duration;
use wire::token::LEAST_VALIDITY;

/// Control's clock, and what is known of it.
pub(super) struct ControlClock {
    /// A time of control's clock in unix seconds, and the time since boot at that moment.
    learnt: Option<(u64, Duration)>,
    /// The time is not earlier than this, in unix seconds.
    floor: u64,
    /// The skew that was last reported.
    last_reported: Option<i64>,
}

/// What the time in an answer has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Learnt {
    /// The skew to report: the first one, and each one that differs from the last.
    pub(super) skew: Option<i64>,
    /// The new floor to write to disk, in unix seconds.
    pub(super) floor: Option<u64>,
}

/// Differences below this are network and rounding, not a wrong clock.
const TOLERANCE: u64 = 5;

impl ControlClock {
    /// A clock that has learnt nothing yet. The time is not earlier than `floor`.
    pub(super) fn new(floor: u64) -> Self {
        Self {
            learnt: None,
            floor,
            last_reported: None,
        }
    }

    /// The present time of control's clock, in unix seconds.
    pub(super) fn now(&self, now: Now) -> u64 {
        match self.learnt {
            Some(_) => self.running(now),
            None => self.running(now).max(self.floor),
        }
    }

    /// The learnt time and the time since then; the host's clock if none was learnt.
    fn running(&self, now: Now) -> u64 {
        self.learnt.map_or(now.wall, |(unix, then)| {
            unix.saturating_add(now.boot.saturating_sub(then).as_secs())
        })
    }

    /// The skew that was last reported: how many seconds the host's clock is ahead of
    /// control's; 0 within the tolerance.
    pub(super) fn skew(&self) -> i64 {
        self.last_reported.unwrap_or(0)
    }

    /// Learns from an authenticated answer that control's clock showed `unix` at some time
    /// during an exchange of this length.
    pub(super) fn learn(&mut self, unix: u64, exchange: Duration, now: Now) -> Learnt {
        let ours = self.running(now);
        let is_right = ours.abs_diff(unix) <= TOLERANCE || explains(ours, unix, exchange);
        if !is_right {
            self.learnt = Some((unix, now.boot));
        } else if self.learnt.is_none() {
            self.learnt = Some((ours, now.boot));
        }
        let skew = difference(now.wall, self.now(now));
        let is_other = self
            .last_reported
            .is_none_or(|reported| reported.abs_diff(skew) > TOLERANCE);
        if is_other {
            self.last_reported = Some(skew);
        }
        Learnt {
            skew: is_other.then_some(skew),
            floor: self.move_floor(unix),
        }
    }

    /// If control's own clock was ahead, the floor follows it down: otherwise the agent would
    /// return to the wrong time at its next start.
    fn move_floor(&mut self, unix: u64) -> Option<u64> {
        let is_wrong = unix < self.floor.saturating_sub(FLOOR_STEP);
        let is_old = unix >= self.floor.saturating_add(FLOOR_STEP);
        (is_wrong || is_old).then(|| {
            self.floor = unix;
            unix
        })
    }
}

/// Whether a token with the right time may have expired during an exchange of this length.
/// Then a rejection by control does not prove that the host's clock is wrong.
pub(super) fn may_outlast_token(exchange: Duration) -> bool {
    exchange >= Duration::from_secs(LEAST_VALIDITY - TOLERANCE)
}

/// Whether a clock that shows `ours` may be right although the answer carries the time `unix`:
/// the answer may have been under way for part of the exchange. A clock that is behind `unix`
/// is wrong, however long the exchange took. (The caller must not pass the floor: it stands
/// still.)
fn explains(ours: u64, unix: u64, exchange: Duration) -> bool {
    let latest = unix.saturating_add(exchange.as_secs() + 1);
    (unix..=latest).contains(&ours)
}

/// How many seconds `one` is ahead of `other`; 0 within the tolerance.
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
        let reported_already = skew(&mut control, TODAY + DAY + 1, AT_ONCE);
        assert_eq!(reported_already, None);
        assert_eq!(skew(&mut control, TODAY, AT_ONCE), Some(0));
        assert_eq!(control.skew(), 0);
    }

    #[test]
    fn setting_the_hosts_clock_does_not_change_controls_time() {
        let mut control = ControlClock::new(0);
        control.learn(TODAY, AT_ONCE, right());
        assert_eq!(control.now(at(107, 0)), TODAY + 7);
        let learnt = control.learn(TODAY + 7, AT_ONCE, at(107, TODAY - DAY));
        assert_eq!(learnt.skew, Some(-86_407));
    }

    #[test]
    fn after_control_corrects_its_clock_the_host_follows() {
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
    fn a_host_whose_clock_is_behind_the_floor_uses_the_floor() {
        let later = TODAY + 1_000_000;
        let mut control = ControlClock::new(later);
        assert_eq!(control.now(right()), later);
        let skew = skew(&mut control, later + 60, AT_ONCE);
        assert!(skew.is_some(), "the floor does not run on");
    }

    #[test]
    fn a_delayed_answer_does_not_make_the_clock_wrong() {
        let mut control = ControlClock::new(0);
        let minutes = Duration::from_secs(120);
        for reported in [Some(0), None] {
            assert_eq!(skew(&mut control, TODAY - 100, minutes), reported);
            assert_eq!(control.now(right()), TODAY);
        }
        assert_eq!(skew(&mut control, TODAY - 150, minutes), Some(150));
    }

    #[test]
    fn a_rejected_token_measures_the_clock_only_in_a_short_exchange() {
        let seconds = Duration::from_secs;
        assert_eq!([0, 24].map(seconds).map(may_outlast_token), [false; 2]);
        assert_eq!([25, 61, 600].map(seconds).map(may_outlast_token), [true; 3]);
    }

    #[test]
    fn no_delay_explains_an_answer_from_the_future() {
        let mut control = ControlClock::new(0);
        let minutes = Duration::from_secs(120);
        assert_eq!(skew(&mut control, TODAY + 10, minutes), Some(-10));
    }

    #[test]
    fn the_floor_does_not_hide_a_slow_clock_in_a_long_poll() {
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
