//! Slows down sources that keep failing to authenticate.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many failures in a row are let through.
const BURST: u32 = 20;

/// How long it takes until one failure is forgotten.
const FORGIVE: Duration = Duration::from_secs(3);

/// How many sources are remembered; beyond that, those with the fewest
/// failures are forgotten.
const MOST_SOURCES: usize = 10_000;

/// Failures of different kinds do not count towards each other: a host that was
/// removed does not lock out the operators behind the same address.
#[derive(Default)]
pub(crate) struct Throttles {
    /// Operators' names and passwords.
    pub(crate) passwords: Throttle,
    /// Attempts to enrol.
    pub(crate) enrolments: Throttle,
    /// Agents' tokens; too many are no longer logged.
    pub(crate) tokens: Throttle,
}

/// Failures by source address.
#[derive(Default)]
pub(crate) struct Throttle {
    sources: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    fn at(self, now: Instant) -> u32 {
        let elapsed = now.saturating_duration_since(self.last).as_millis() / FORGIVE.as_millis();
        self.count
            .saturating_sub(u32::try_from(elapsed).unwrap_or(u32::MAX))
    }
}

impl Throttle {
    /// Notes a failure.
    pub(crate) fn failed(&self, source: IpAddr, now: Instant) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= MOST_SOURCES {
            sources.retain(|_, failures| failures.at(now) > 1);
        }
        let before = sources
            .get(&network(source))
            .map_or(0, |failures| failures.at(now));
        let count = (before + 1).min(2 * BURST);
        sources.insert(network(source), Failures { count, last: now });
    }

    /// How long the source has to wait, if it failed too often.
    pub(crate) fn wait(&self, source: IpAddr, now: Instant) -> Option<Duration> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sources.get(&network(source))?.at(now);
        (count >= BURST).then(|| FORGIVE * (count - BURST + 1))
    }
}

/// Whoever has an IPv6 address usually has a /64 of them.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(throttle: &Throttle, source: &str, times: u32, now: Instant) {
        for _ in 0..times {
            throttle.failed(source.parse().unwrap(), now);
        }
    }

    #[test]
    fn a_source_that_keeps_failing_has_to_wait_and_is_forgiven() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let source = "192.0.2.1".parse().unwrap();
        fail(&throttle, "192.0.2.1", BURST - 1, now);
        assert_eq!(throttle.wait(source, now), None);
        fail(&throttle, "192.0.2.1", 1, now);
        assert_eq!(throttle.wait(source, now), Some(FORGIVE));
        assert_eq!(throttle.wait(source, now + FORGIVE), None);
    }

    #[test]
    fn others_are_not_touched() {
        let throttle = Throttle::default();
        let now = Instant::now();
        fail(&throttle, "2001:db8::1", 3 * BURST, now);
        assert!(throttle.wait("2001:db8::2".parse().unwrap(), now).is_some());
        assert_eq!(throttle.wait("2001:db8:0:1::1".parse().unwrap(), now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for number in 0..=u32::try_from(MOST_SOURCES).unwrap() {
            throttle.failed(IpAddr::V4(number.into()), now);
        }
        assert!(throttle.sources.lock().unwrap().len() <= MOST_SOURCES);
    }
}
