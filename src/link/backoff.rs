//! How long to wait after a failure: exponentially longer, with full jitter,
//! up to a cap, and never shorter than the server asked for.

use std::time::Duration;

/// The delays after failures in a row.
pub(crate) struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    /// Begins with up to `first` and never waits longer than `cap`.
    pub(crate) fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            cap,
            failures: 0,
        }
    }

    /// How long to wait after one more failure. `random` spreads hosts that
    /// failed together; `asked` is the server's Retry-After.
    pub(crate) fn after_failure(&mut self, random: [u8; 4], asked: Option<Duration>) -> Duration {
        let most = self
            .first
            .saturating_mul(1 << self.failures.min(20))
            .min(self.cap);
        self.failures = self.failures.saturating_add(1);
        let part = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        // Half a second keeps a lucky draw from becoming a busy loop.
        let delay = most.mul_f64(part).max(Duration::from_millis(500));
        let asked = asked.unwrap_or_default().min(self.cap);
        // Those who were all told the same time do not come at the same time.
        delay.max(asked + asked.mul_f64(part / 4.0))
    }

    /// Begins anew after a success. Returns whether there had been failures.
    pub(crate) fn reset(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATEST: [u8; 4] = [255; 4];

    fn backoff() -> Backoff {
        Backoff::new(Duration::from_secs(15), Duration::from_secs(3600))
    }

    #[test]
    fn delays_double_up_to_the_cap() {
        let mut backoff = backoff();
        let delays: Vec<u64> = (0..10)
            .map(|_| backoff.after_failure(LATEST, None).as_secs())
            .collect();
        assert_eq!(delays, [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert!(backoff.reset());
        assert_eq!(backoff.after_failure(LATEST, None).as_secs(), 15);
    }

    #[test]
    fn delays_are_spread_over_the_whole_range() {
        assert_eq!(
            backoff().after_failure([0; 4], None),
            Duration::from_millis(500)
        );
        assert!(backoff().after_failure([0, 0, 0, 128], None).as_secs_f64() < 7.6);
    }

    #[test]
    fn the_servers_wish_is_honoured_within_reason() {
        let asked = |seconds| {
            backoff()
                .after_failure([0; 4], Some(Duration::from_secs(seconds)))
                .as_secs()
        };
        assert_eq!(asked(120), 120);
        assert_eq!(asked(1 << 40), 3600);
        let latest = backoff().after_failure(LATEST, Some(Duration::from_secs(120)));
        assert_eq!(latest.as_secs(), 150);
    }
}
