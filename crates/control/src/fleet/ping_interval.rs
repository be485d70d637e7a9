//! The time between a host's pings, which may change while the service runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a host waits between pings.
pub(crate) struct PingInterval(AtomicI64);

impl PingInterval {
    pub(crate) fn new(interval: Duration) -> Self {
        Self(AtomicI64::new(nanoseconds(interval)))
    }

    /// The interval in nanoseconds, as envelopes have it.
    pub(crate) fn nanoseconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Replaces the interval.
    pub(crate) fn set(&self, interval: Duration) {
        self.0.store(nanoseconds(interval), Ordering::Relaxed);
    }

    /// The silence after which a host counts as gone: two intervals, and at least two seconds.
    pub(crate) fn silence(&self) -> Duration {
        let interval = Duration::from_nanos(self.nanoseconds().unsigned_abs());
        (2 * interval).max(Duration::from_secs(2))
    }
}

fn nanoseconds(interval: Duration) -> i64 {
    i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_gone_after_two_intervals() {
        let interval = PingInterval::new(Duration::from_secs(15));
        assert_eq!(interval.silence(), Duration::from_secs(30));
        interval.set(Duration::from_millis(100));
        assert_eq!(interval.nanoseconds(), 100_000_000);
        assert_eq!(interval.silence(), Duration::from_secs(2));
    }
}
