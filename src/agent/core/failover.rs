//! Which of control's addresses is used: in the order in which they are
//! configured, and back to the first once another one had to do.

use crate::config::address::ControlUri;
use std::time::Duration;

/// While another address is in use, the first one is tried this often; more
/// and more rarely if it does not answer, or not for long.
const FIRST_TRIAL: Duration = Duration::from_secs(60);
const RAREST_TRIAL: Duration = Duration::from_secs(3_600);

/// The addresses, and how they are doing. Times are since boot.
pub(super) struct Route {
    /// At least one.
    addresses: Vec<ControlUri>,
    current: usize,
    /// Those that have failed since one of them last worked.
    failed: Vec<usize>,
    /// The one that works, while the first is tried.
    fallback: Option<usize>,
    /// When the first is tried next.
    trial_at: Duration,
    spacing: Duration,
    /// Since when the current one works.
    good_since: Option<Duration>,
}

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The first address still does not work, which was known; another does.
    Trial,
    /// The next address is worth a try.
    Next,
    /// None works.
    All,
}

impl Route {
    /// Begins with the first of the addresses, of which there has to be one.
    pub(super) fn new(addresses: Vec<ControlUri>) -> Self {
        Self {
            addresses,
            current: 0,
            failed: Vec::new(),
            fallback: None,
            trial_at: Duration::ZERO,
            spacing: FIRST_TRIAL,
            good_since: None,
        }
    }

    /// The address of the next exchange, or of the one under way.
    pub(super) fn current(&self) -> &ControlUri {
        &self.addresses[self.current]
    }

    /// Whether this exchange is to find out if the first address works again.
    pub(super) fn is_trial(&self) -> bool {
        self.fallback.is_some()
    }

    /// An idle exchange is about to begin: a good time to try the first one.
    pub(super) fn consider_trial(&mut self, now: Duration) {
        if self.current != 0 && self.good_since.is_some() && now >= self.trial_at {
            self.fallback = Some(std::mem::take(&mut self.current));
        }
    }

    /// Something more important has to be sent: by the address that works.
    pub(super) fn abandon_trial(&mut self, now: Duration) {
        if let Some(fallback) = self.fallback.take() {
            self.current = fallback;
            self.trial_at = now + self.spacing;
        }
    }

    /// The current address works.
    pub(super) fn succeeded(&mut self, now: Duration) {
        if self.fallback.take().is_some() {
            self.good_since = None;
        }
        if self.good_since.is_none() {
            self.good_since = Some(now);
            self.trial_at = now + self.spacing;
        }
        self.failed.clear();
    }

    /// The current address does not work: goes on to the first one that has not
    /// failed yet.
    pub(super) fn failed(&mut self, now: Duration) -> Failed {
        if self.is_trial() {
            self.space_out();
            self.abandon_trial(now);
            return Failed::Trial;
        }
        let good_since = self.good_since.take();
        if self.current == 0
            && let Some(since) = good_since
        {
            self.note_how_long(now.saturating_sub(since));
        }
        self.failed.push(self.current);
        let next = (0..self.addresses.len()).find(|index| !self.failed.contains(index));
        self.current = next.unwrap_or(0);
        if next.is_some() {
            return Failed::Next;
        }
        self.failed.clear();
        Failed::All
    }

    /// A first address that comes and goes is tried ever more rarely.
    fn note_how_long(&mut self, it_worked: Duration) {
        if it_worked < self.spacing {
            self.space_out();
        } else {
            self.spacing = FIRST_TRIAL;
        }
    }

    fn space_out(&mut self) {
        self.spacing = (self.spacing * 2).min(RAREST_TRIAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(count: usize) -> Route {
        let uri = |number| format!("https://c{number}.example").parse().unwrap();
        Route::new((0..count).map(uri).collect())
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn name(route: &Route) -> &str {
        &route.current().host()[..2]
    }

    #[test]
    fn all_are_tried_in_order_before_it_is_time_to_wait() {
        let mut route = route(3);
        assert_eq!(name(&route), "c0");
        assert_eq!((route.failed(at(1)), name(&route)), (Failed::Next, "c1"));
        assert_eq!((route.failed(at(2)), name(&route)), (Failed::Next, "c2"));
        assert_eq!((route.failed(at(3)), name(&route)), (Failed::All, "c0"));
        assert_eq!((route.failed(at(4)), name(&route)), (Failed::Next, "c1"));
    }

    #[test]
    fn when_another_one_fails_the_first_comes_first() {
        let mut route = route(3);
        route.failed(at(1));
        route.failed(at(2));
        route.succeeded(at(3));
        assert_eq!(name(&route), "c2");
        assert_eq!((route.failed(at(9)), name(&route)), (Failed::Next, "c0"));
        assert_eq!((route.failed(at(9)), name(&route)), (Failed::Next, "c1"));
        assert_eq!(route.failed(at(9)), Failed::All);
    }

    #[test]
    fn there_is_a_way_back_to_the_first() {
        let mut route = route(2);
        route.failed(at(1));
        route.succeeded(at(2));
        route.consider_trial(at(61));
        assert!(!route.is_trial(), "too early");
        route.consider_trial(at(62));
        assert!(route.is_trial() && name(&route) == "c0");
        assert_eq!((route.failed(at(63)), name(&route)), (Failed::Trial, "c1"));
        route.consider_trial(at(63 + 119));
        assert!(!route.is_trial(), "more rarely now");
        route.consider_trial(at(63 + 120));
        route.succeeded(at(184));
        assert!(!route.is_trial() && name(&route) == "c0");
    }

    #[test]
    fn a_first_address_that_comes_and_goes_is_tried_ever_more_rarely() {
        let mut route = route(2);
        let mut now = at(0);
        let mut trials = 0;
        while now < at(36_000) {
            route.consider_trial(now);
            trials += u32::from(route.is_trial());
            // The first address works for one exchange, and not for the next.
            let works = name(&route) == "c1" || route.is_trial();
            if works {
                route.succeeded(now);
            } else {
                route.failed(now);
            }
            now += at(10);
        }
        assert!((12..=18).contains(&trials), "{trials} in ten hours");
    }

    #[test]
    fn what_is_important_goes_where_it_arrives() {
        let mut route = route(2);
        route.failed(at(1));
        route.succeeded(at(2));
        route.consider_trial(at(400));
        route.abandon_trial(at(401));
        assert_eq!(name(&route), "c1");
        route.consider_trial(at(402));
        assert!(!route.is_trial());
    }

    #[test]
    fn one_address_alone_is_never_a_trial() {
        let mut route = route(1);
        assert_eq!(route.failed(at(1)), Failed::All);
        route.succeeded(at(2));
        route.consider_trial(at(4_000));
        assert!(!route.is_trial());
    }
}
