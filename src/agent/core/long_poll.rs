//! How long the agent lets control hold a ping, if something between them (a NAT, a proxy)
//! drops idle connections.
//!
//! A long poll that breaks off proves nothing by itself: control may have restarted. Only if a
//! short exchange works right after it does the agent ask for a shorter hold. While polls of
//! that length are answered, it tries a longer one now and then.

use std::time::Duration;

/// A poll that breaks off sooner than this does not count as cut.
const LEAST_CUT: Duration = Duration::from_secs(2);

/// The shortest hold that is worth asking for.
const LEAST: Duration = Duration::from_secs(5);

/// How many polls control has to hold in full before the agent tries a longer hold. The number
/// doubles each time a longer hold is cut.
const FIRST_TRIAL: u32 = 8;
const RAREST_TRIAL: u32 = 512;

/// The hold that the next ping asks for.
#[derive(Debug)]
pub(super) struct LongPoll {
    most: Duration,
    /// The longest hold that is known to work; zero if not even [`LEAST`] does.
    allowed: Duration,
    /// A longer hold that is being tried.
    trial: Option<Duration>,
    /// How the last poll broke off, until the next exchange shows why.
    suspicion: Option<Suspicion>,
    held: u32,
    needed: u32,
}

/// How a poll broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suspicion {
    /// The connection was closed, or a proxy answered, after this time.
    Cut(Duration),
    /// Nothing came until the deadline.
    Silence,
}

/// A change to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The agent asks for at most this hold now; before, it asked for the configured one.
    Shortened(Duration),
    /// The agent asks for the configured hold again.
    Restored,
}

impl LongPoll {
    /// Asks for a hold of `most` until a poll is cut.
    pub(super) fn new(most: Duration) -> Self {
        Self {
            most,
            allowed: most,
            trial: None,
            suspicion: None,
            held: 0,
            needed: FIRST_TRIAL,
        }
    }

    /// Applies the configuration. If the value is the same, what was learnt is kept.
    pub(super) fn configure(&mut self, most: Duration) {
        if most != self.most {
            *self = Self::new(most);
        }
    }

    /// The hold that the next ping asks for. Zero after a poll that may have been cut: a short
    /// exchange shows whether control can be reached.
    pub(super) fn next(&self) -> Duration {
        match self.suspicion {
            Some(_) => Duration::ZERO,
            None => self.trial.unwrap_or(self.allowed),
        }
    }

    /// The connection was closed, or a proxy answered, after this time. Returns whether this
    /// may be a long poll that was cut; the next exchange shows it.
    pub(super) fn cut(&mut self, asked: Duration, after: Duration) -> bool {
        let counts = !asked.is_zero() && after >= LEAST_CUT;
        if counts {
            self.suspicion = Some(Suspicion::Cut(after));
        }
        counts
    }

    /// Nothing came until the deadline. Returns whether this may be a long poll that was cut.
    pub(super) fn silent(&mut self, asked: Duration) -> bool {
        let counts = !asked.is_zero();
        if counts {
            self.suspicion = Some(Suspicion::Silence);
        }
        counts
    }

    /// Control answered a ping that asked for a hold of `asked`, after this time.
    pub(super) fn answered(&mut self, asked: Duration, after: Duration) -> Option<Change> {
        if let Some(suspicion) = self.suspicion.take() {
            return self.shorten(suspicion);
        }
        let was_held = asked == self.next() && after >= asked.mul_f64(0.9);
        if was_held { self.lengthen() } else { None }
    }

    /// The exchange after a poll that broke off failed too: control could not be reached.
    pub(super) fn forget_suspicion(&mut self) {
        self.suspicion = None;
        self.trial = None;
    }

    fn shorten(&mut self, suspicion: Suspicion) -> Option<Change> {
        self.held = 0;
        if self.trial.take().is_some() {
            self.needed = (self.needed * 2).min(RAREST_TRIAL);
            return None;
        }
        let was_all = self.allowed == self.most;
        let shorter = match suspicion {
            Suspicion::Cut(after) => self.allowed.min(after) * 3 / 4,
            Suspicion::Silence => self.allowed / 2,
        };
        // A ping asks in whole seconds.
        let shorter = Duration::from_secs(shorter.as_secs());
        self.allowed = if shorter < LEAST {
            Duration::ZERO
        } else {
            shorter
        };
        was_all.then_some(Change::Shortened(self.allowed))
    }

    fn lengthen(&mut self) -> Option<Change> {
        if let Some(longer) = self.trial.take() {
            self.allowed = longer;
            if longer == self.most {
                *self = Self::new(self.most);
                return Some(Change::Restored);
            }
        }
        self.held += 1;
        if self.allowed < self.most && self.held >= self.needed {
            self.held = 0;
            let longer = Duration::from_secs((self.allowed * 3 / 2).as_secs());
            self.trial = Some(longer.max(LEAST).min(self.most));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(50);

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// Polls over connections that are cut after `limit` of silence, and returns the holds that
    /// were asked for.
    fn polls(poll: &mut LongPoll, limit: Duration, count: usize) -> Vec<u64> {
        let one = |_| {
            let asked = poll.next();
            if asked >= limit {
                poll.cut(asked, limit);
            } else {
                poll.answered(asked, asked);
            }
            asked.as_secs()
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn the_configured_hold_is_kept_while_no_poll_is_cut() {
        let mut poll = LongPoll::new(MOST);
        assert_eq!(polls(&mut poll, seconds(60), 20), [50; 20]);
    }

    #[test]
    fn cut_connections_cost_one_poll_and_are_logged_once() {
        let mut poll = LongPoll::new(MOST);
        assert!(poll.cut(MOST, seconds(30)));
        assert_eq!(poll.next(), Duration::ZERO, "is control there?");
        let change = poll.answered(Duration::ZERO, seconds(0));
        assert_eq!(change, Some(Change::Shortened(seconds(22))));
        assert_eq!(poll.next(), seconds(22));
        assert!(poll.cut(seconds(22), seconds(21)));
        assert_eq!(poll.answered(Duration::ZERO, seconds(0)), None);
        assert_eq!(poll.next(), seconds(15));
    }

    #[test]
    fn longer_holds_are_tried_ever_more_rarely() {
        let mut poll = LongPoll::new(MOST);
        let asked = polls(&mut poll, seconds(30), 200);
        let cut = asked.iter().filter(|&&asked| asked >= 30).count();
        assert!((3..=6).contains(&cut), "{cut} of {asked:?}");
        assert!(asked.iter().filter(|&&asked| asked >= 22).count() > 150);
    }

    #[test]
    fn the_configured_hold_is_restored_when_no_poll_is_cut_any_more() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(10), 4);
        assert_eq!(poll.next(), seconds(7));
        let mut changes = (0..200).filter_map(|_| poll.answered(poll.next(), poll.next()));
        assert_eq!(changes.next(), Some(Change::Restored));
        assert_eq!(changes.next(), None);
        assert_eq!(poll.next(), MOST);
    }

    #[test]
    fn if_the_shortest_hold_is_cut_control_is_asked_to_answer_at_once() {
        let mut poll = LongPoll::new(MOST);
        let asked = polls(&mut poll, seconds(3), 100);
        let long = asked.iter().filter(|&&asked| asked > 0).count();
        assert!(long < 8, "{asked:?}");
    }

    #[test]
    fn each_silent_poll_halves_the_hold() {
        let mut poll = LongPoll::new(MOST);
        for expected in [25, 12, 6, 0] {
            assert!(poll.silent(poll.next()));
            poll.answered(Duration::ZERO, seconds(0));
            assert_eq!(poll.next(), seconds(expected));
        }
    }

    #[test]
    fn an_unreachable_control_does_not_shorten_the_hold() {
        let mut poll = LongPoll::new(MOST);
        assert!(poll.cut(MOST, seconds(7)));
        poll.forget_suspicion();
        assert_eq!(poll.next(), MOST);
        assert!(!poll.cut(MOST, seconds(1)), "too soon to count as cut");
        assert!(!poll.cut(Duration::ZERO, seconds(30)));
    }

    #[test]
    fn an_early_answer_does_not_lengthen_the_hold() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(30), 2);
        for _ in 0..100 {
            poll.answered(poll.next(), seconds(1));
        }
        assert_eq!(poll.next(), seconds(22));
    }

    #[test]
    fn a_new_configuration_resets_the_hold() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(30), 2);
        poll.configure(MOST);
        assert_eq!(poll.next(), seconds(22));
        poll.configure(seconds(40));
        assert_eq!(poll.next(), seconds(40));
    }
}
