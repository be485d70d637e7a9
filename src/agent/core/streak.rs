//! Failures in a row, and how long the agent leaves control alone for them.

use super::backoff::Backoff;
use std::time::Duration;

/// How long the agent waits at most where waiting longer spares nobody: no server was
/// reached, or TLS refuses the date of this host's clock. Nothing tells when that is over.
pub(in crate::agent) const LONGEST_SOON: Duration = Duration::from_secs(60);

/// How the exchanges went since one last succeeded.
#[derive(Default)]
pub(super) struct Streak {
    backoff: Backoff,
    /// None while all is well.
    failing: Option<Wishes>,
}

/// What those that failed say of the pause. It begins when all addresses have.
#[derive(Clone, Copy, Default)]
pub(super) struct Wishes {
    /// The longest time for which one asked to be left alone.
    pub(super) asked: Option<Duration>,
    /// Whether one is worth another attempt within [`LONGEST_SOON`].
    pub(super) soon: bool,
}

impl Streak {
    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }

    /// An exchange failed that is repeated at once.
    pub(super) fn begin(&mut self) {
        self.go_on(Wishes::default());
    }

    /// The way to control is good.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// Somebody wants to know whether control is there now.
    pub(super) fn forget_backoff(&mut self) {
        self.backoff.reset();
    }

    /// One address failed; another one is tried at once.
    pub(super) fn go_on(&mut self, wishes: Wishes) {
        let known = self.failing.unwrap_or_default();
        self.failing = Some(Wishes {
            asked: known.asked.max(wishes.asked),
            soon: known.soon || wishes.soon,
        });
    }

    /// All addresses failed: how long to wait, at most `longest`.
    pub(super) fn pause(&mut self, wishes: Wishes, longest: Duration, random: [u8; 4]) -> Duration {
        self.go_on(wishes);
        let Wishes { asked, soon } = self.failing.replace(Wishes::default()).unwrap_or_default();
        let longest = if soon {
            longest.min(LONGEST_SOON)
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

    fn asked(seconds: u64) -> Wishes {
        Wishes {
            asked: Some(Duration::from_secs(seconds)),
            soon: false,
        }
    }

    #[test]
    fn the_longest_wish_of_all_addresses_counts_once() {
        let mut streak = Streak::default();
        streak.go_on(asked(200));
        streak.go_on(asked(100));
        let pause = streak.pause(Wishes::default(), LONGEST, [0; 4]);
        assert_eq!(pause, Duration::from_secs(200));
        let pause = streak.pause(Wishes::default(), LONGEST, [0; 4]);
        assert!(pause < Duration::from_secs(1), "{pause:?}");
        assert!(streak.is_failing());
    }

    #[test]
    fn where_waiting_spares_nobody_the_pause_is_short() {
        let soon = Wishes {
            soon: true,
            ..Wishes::default()
        };
        let mut streak = Streak::default();
        let pauses = [(); 5].map(|()| streak.pause(soon, LONGEST, LATEST).as_secs());
        assert_eq!(pauses, [15, 30, 60, 60, 60]);
        let pause = streak.pause(Wishes::default(), LONGEST, LATEST);
        assert_eq!(pause, LONGEST, "one that a server answered");
    }

    #[test]
    fn a_success_ends_it() {
        let mut streak = Streak::default();
        streak.pause(asked(9), LONGEST, LATEST);
        streak.end();
        assert!(!streak.is_failing());
        let pause = streak.pause(Wishes::default(), LONGEST, LATEST);
        assert_eq!(pause.as_secs(), 15);
    }
}
