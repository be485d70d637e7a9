//! How long control is asked to hold a ping's answer back, when something on
//! the way (a NAT, a proxy) does not keep a silent connection for that long.
//!
//! A poll that was cut says nothing by itself: control may have been restarted.
//! Only when a short exchange works right after it, control is asked for less;
//! when polls of that length are answered, now and then for more.

use std::time::Duration;

/// Whatever breaks off sooner than this is no poll that was cut.
const LEAST_CUT: Duration = Duration::from_secs(2);

/// It is not worth asking for less than this.
const LEAST: Duration = Duration::from_secs(5);

/// So many polls in a row have to be held before a longer one is tried; twice
/// as many after each one that was cut.
const FIRST_TRIAL: u32 = 8;
const RAREST_TRIAL: u32 = 512;

/// What the next ping asks for.
#[derive(Debug)]
pub(super) struct LongPoll {
    most: Duration,
    /// What the way is known to allow; zero when not even [`LEAST`].
    allowed: Duration,
    /// A longer one that is being tried.
    trial: Option<Duration>,
    /// A poll was cut, and no exchange has been answered since.
    suspicion: Option<Suspicion>,
    held: u32,
    needed: u32,
}

/// How a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suspicion {
    /// Something closed the connection after this time.
    Cut(Duration),
    /// Nothing came any more, not even that.
    Silence,
}

/// What is worth a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Control is asked for no more than this now, and was asked for all before.
    Shortened(Duration),
    /// Control is asked for all again.
    Restored,
}

impl LongPoll {
    /// Asks for `most` until something cuts it.
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

    /// Goes by a new configuration, and by what was learnt if it is the old one.
    pub(super) fn configure(&mut self, most: Duration) {
        if most != self.most {
            *self = Self::new(most);
        }
    }

    /// How long the next answer may be held back. Zero after a poll that was
    /// cut: a quick answer tells more.
    pub(super) fn next(&self) -> Duration {
        match self.suspicion {
            Some(_) => Duration::ZERO,
            None => self.trial.unwrap_or(self.allowed),
        }
    }

    /// The connection was closed, or somebody other than control answered,
    /// after this time. Returns whether that may be a poll that was cut; the
    /// next exchange tells.
    pub(super) fn cut(&mut self, asked: Duration, after: Duration) -> bool {
        let counts = !asked.is_zero() && after >= LEAST_CUT;
        if counts {
            self.suspicion = Some(Suspicion::Cut(after));
        }
        counts
    }

    /// Nothing came until the deadline. Returns whether that may be a poll that
    /// was cut.
    pub(super) fn silent(&mut self, asked: Duration) -> bool {
        let counts = !asked.is_zero();
        if counts {
            self.suspicion = Some(Suspicion::Silence);
        }
        counts
    }

    /// Control answered what was `asked`, after this time.
    pub(super) fn answered(&mut self, asked: Duration, after: Duration) -> Option<Change> {
        if let Some(suspicion) = self.suspicion.take() {
            return self.shorten(suspicion);
        }
        let was_held = asked == self.next() && after >= asked.mul_f64(0.9);
        if was_held { self.lengthen() } else { None }
    }

    /// The exchange after a poll that was cut failed too: control was away.
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
        // Whole seconds are what can be asked for.
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

    /// Polls on a way that cuts whatever is silent for `limit`, and returns
    /// what was asked for.
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
    fn all_is_asked_for_as_long_as_nothing_cuts_it() {
        let mut poll = LongPoll::new(MOST);
        assert_eq!(polls(&mut poll, seconds(60), 20), [50; 20]);
    }

    #[test]
    fn a_way_that_cuts_costs_one_poll_and_is_told_once() {
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
    fn longer_polls_are_tried_ever_more_rarely() {
        let mut poll = LongPoll::new(MOST);
        let asked = polls(&mut poll, seconds(30), 200);
        let cut = asked.iter().filter(|&&asked| asked >= 30).count();
        assert!((3..=6).contains(&cut), "{cut} of {asked:?}");
        assert!(asked.iter().filter(|&&asked| asked >= 22).count() > 150);
    }

    #[test]
    fn all_is_asked_for_again_when_the_way_has_become_better() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(10), 4);
        assert_eq!(poll.next(), seconds(7));
        let mut changes = (0..200).filter_map(|_| poll.answered(poll.next(), poll.next()));
        assert_eq!(changes.next(), Some(Change::Restored));
        assert_eq!(changes.next(), None);
        assert_eq!(poll.next(), MOST);
    }

    #[test]
    fn where_nothing_may_be_held_nothing_is_asked_for() {
        let mut poll = LongPoll::new(MOST);
        let asked = polls(&mut poll, seconds(3), 100);
        let long = asked.iter().filter(|&&asked| asked > 0).count();
        assert!(long < 8, "{asked:?}");
    }

    #[test]
    fn a_way_that_goes_dead_is_found_by_halves() {
        let mut poll = LongPoll::new(MOST);
        for expected in [25, 12, 6, 0] {
            assert!(poll.silent(poll.next()));
            poll.answered(Duration::ZERO, seconds(0));
            assert_eq!(poll.next(), seconds(expected));
        }
    }

    #[test]
    fn control_that_goes_away_changes_nothing() {
        let mut poll = LongPoll::new(MOST);
        assert!(poll.cut(MOST, seconds(7)));
        poll.forget_suspicion();
        assert_eq!(poll.next(), MOST);
        assert!(!poll.cut(MOST, seconds(1)), "that is no poll that was cut");
        assert!(!poll.cut(Duration::ZERO, seconds(30)));
    }

    #[test]
    fn an_early_answer_tells_nothing_of_the_way() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(30), 2);
        for _ in 0..100 {
            poll.answered(poll.next(), seconds(1));
        }
        assert_eq!(poll.next(), seconds(22));
    }

    #[test]
    fn another_configuration_begins_anew() {
        let mut poll = LongPoll::new(MOST);
        polls(&mut poll, seconds(30), 2);
        poll.configure(MOST);
        assert_eq!(poll.next(), seconds(22));
        poll.configure(seconds(40));
        assert_eq!(poll.next(), seconds(40));
    }
}
