//! Failover between control's addresses: in the order in which they are configured, and back
//! to the first one when it works again.

use crate::config::address::ControlUri;
use std::time::Duration;

/// How soon the agent tries the first address again while another one is in use. The time
/// doubles each time the first address does not answer, or works only for a short while.
const FIRST_TRIAL: Duration = Duration::from_secs(60);
const RAREST_TRIAL: Duration = Duration::from_secs(3_600);

/// Control's addresses, and which of them work. Times are since boot.
pub(super) struct Route {
    /// At least one.
    addresses: Vec<ControlUri>,
    current: usize,
    /// Those that have failed since an address last worked.
    failed: Vec<usize>,
    /// The address that works, while the agent tries the first one.
    fallback: Option<usize>,
    /// When the agent tries the first address next.
    trial_at: Duration,
    spacing: Duration,
    /// Since when the current address has worked.
    good_since: Option<Duration>,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The first address still fails; the agent goes back to the one that works.
    Trial,
    /// The agent tries the next address.
    Next,
    /// All addresses have failed.
    All,
}

impl Route {
    /// Begins with the first address. There has to be at least one.
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

    /// The address of the current exchange, or of the next one.
    pub(super) fn current(&self) -> &ControlUri {
        &self.addresses[self.current]
    }

    /// Whether the exchange only tries whether the first address works again.
    pub(super) fn is_trial(&self) -> bool {
        self.fallback.is_some()
    }

    /// An idle exchange is about to begin: tries the first address if that is due.
    pub(super) fn consider_trial(&mut self, now: Duration) {
        if self.current != 0 && self.good_since.is_some() && now >= self.trial_at {
            self.fallback = Some(std::mem::take(&mut self.current));
        }
    }

    /// Goes back to the address that works, for instance because a result has to be sent.
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

    /// The current address failed: goes on to the first one that has not failed yet.
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

    /// Tries the first address more rarely if it worked only for a short while.
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
    fn all_addresses_are_tried_in_order_before_a_pause() {
        let mut route = route(3);
        assert_eq!(name(&route), "c0");
        assert_eq!((route.failed(at(1)), name(&route)), (Failed::Next, "c1"));
        assert_eq!((route.failed(at(2)), name(&route)), (Failed::Next, "c2"));
        assert_eq!((route.failed(at(3)), name(&route)), (Failed::All, "c0"));
        assert_eq!((route.failed(at(4)), name(&route)), (Failed::Next, "c1"));
    }

    #[test]
    fn when_another_address_fails_the_first_is_tried_next() {
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
    fn the_first_address_is_used_again_once_it_works() {
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
    fn an_unstable_first_address_is_tried_ever_more_rarely() {
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
    fn urgent_exchanges_use_the_address_that_works() {
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
    fn with_one_address_there_is_no_trial() {
        let mut route = route(1);
        assert_eq!(route.failed(at(1)), Failed::All);
        route.succeeded(at(2));
        route.consider_trial(at(4_000));
        assert!(!route.is_trial());
    }
}
