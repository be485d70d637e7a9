//! Consecutive failures, and how long the agent pauses after them.

use super::backoff::Backoff;
use std::time::Duration;

/// The longest pause after a failure that put no load on control, or little: no server was
/// reached, TLS rejected the date of this host's clock, or a token expired on the way. No event
/// shows when such a failure is over.
pub(in crate::agent) const LONGEST_SHORT_PAUSE: Duration = Duration::from_secs(60);

/// The failures since an exchange last succeeded.
#[derive(Default)]
pub(super) struct Streak {
    backoff: Backoff,
    /// `None` after a success.
    failing: Option<PauseHints>,
}

/// What failures mean for the pause, which begins when all addresses have failed.
#[derive(Clone, Copy, Default)]
pub(super) struct PauseHints {
    /// The longest Retry-After.
    pub(super) asked: Option<Duration>,
    /// Whether the pause is at most [`LONGEST_SHORT_PAUSE`].
    pub(super) is_short: bool,
}

impl Streak {
    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }

    /// An exchange failed, and the agent repeats it at once.
    pub(super) fn begin(&mut self) {
        self.go_on(PauseHints::default());
    }

    /// An exchange succeeded.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// An operator has reloaded the configuration: the next pause is short again.
    pub(super) fn forget_backoff(&mut self) {
        self.backoff.reset();
    }

    /// One address failed; the agent tries another one at once.
    pub(super) fn go_on(&mut self, hints: PauseHints) {
        let earlier = self.failing.unwrap_or_default();
        self.failing = Some(PauseHints {
            asked: earlier.asked.max(hints.asked),
            is_short: earlier.is_short || hints.is_short,
        });
    }

    /// All addresses failed. Returns the pause: at most `longest`, unless a server asked for
    /// more.
    pub(super) fn pause(
        &mut self,
        hints: PauseHints,
        longest: Duration,
        random: [u8; 4],
    ) -> Duration {
        self.go_on(hints);
        let PauseHints { asked, is_short } = self
            .failing
            .replace(PauseHints::default())
            .unwrap_or_default();
        let longest = if is_short {
            longest.min(LONGEST_SHORT_PAUSE)
        } else {
            longest
        };
        self.backoff.after_failure(longest, random, asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATEST: [u8; 4] = [255; 4];
    const LONGEST: Duration = Duration::from_secs(300);

    fn asked(seconds: u64) -> PauseHints {
        PauseHints {
            asked: Some(Duration::from_secs(seconds)),
            is_short: false,
        }
    }

    #[test]
    fn the_longest_retry_after_of_all_addresses_counts_once() {
        let mut streak = Streak::default();
        streak.go_on(asked(200));
        streak.go_on(asked(100));
        let pause = streak.pause(PauseHints::default(), LONGEST, [0; 4]);
        assert_eq!(pause, Duration::from_secs(200));
        let pause = streak.pause(PauseHints::default(), LONGEST, [0; 4]);
        assert!(pause < Duration::from_secs(1), "{pause:?}");
        assert!(streak.is_failing());
    }

    #[test]
    fn a_failure_that_put_no_load_on_control_has_a_short_pause() {
        let short = PauseHints {
            is_short: true,
            ..PauseHints::default()
        };
        let mut streak = Streak::default();
        let pauses = [(); 5].map(|()| streak.pause(short, LONGEST, LATEST).as_secs());
        assert_eq!(pauses, [15, 30, 60, 60, 60]);
        let pause = streak.pause(PauseHints::default(), LONGEST, LATEST);
        assert_eq!(pause, LONGEST, "a server answered");
    }

    #[test]
    fn a_success_resets_the_pauses() {
        let mut streak = Streak::default();
        streak.pause(asked(9), LONGEST, LATEST);
        streak.end();
        assert!(!streak.is_failing());
        let pause = streak.pause(PauseHints::default(), LONGEST, LATEST);
        assert_eq!(pause.as_secs(), 15);
    }
}
