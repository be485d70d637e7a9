//! How long to wait after a failure: exponential backoff with full jitter, up to a cap, and
//! no shorter than the server asked for.

use std::time::Duration;

/// The longest pause after the first failure.
const FIRST: Duration = Duration::from_secs(15);

/// The shortest pause: a random number close to zero must not cause a busy loop.
const SHORTEST: Duration = Duration::from_millis(500);

/// The longest Retry-After that is honoured. The cap does not limit it.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);

/// The pauses after consecutive failures.
#[derive(Default)]
pub(in crate::agent) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure: at most `cap`, unless the server asked for more.
    /// `random` spreads hosts that failed together evenly over the whole time; `asked` is the
    /// server's Retry-After.
    pub(in crate::agent) fn after_failure(
        &mut self,
        cap: Duration,
        random: [u8; 4],
        asked: Option<Duration>,
    ) -> Duration {
        let most = FIRST.saturating_mul(1 << self.failures.min(20)).min(cap);
        self.failures = self.failures.saturating_add(1);
        let part = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        let delay = SHORTEST + most.saturating_sub(SHORTEST).mul_f64(part);
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        // Spreads hosts that got the same Retry-After.
        delay.max(asked + asked.mul_f64(part / 4.0))
    }

    /// Starts over after a success. Returns whether there had been failures.
    pub(in crate::agent) fn reset(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATEST: [u8; 4] = [255; 4];
    const CAP: Duration = Duration::from_secs(300);

    fn first_delay(random: [u8; 4], asked: Option<u64>) -> Duration {
        Backoff::default().after_failure(CAP, random, asked.map(Duration::from_secs))
    }

    #[test]
    fn delays_double_up_to_the_cap() {
        let mut backoff = Backoff::default();
        let mut delay = |cap| backoff.after_failure(cap, LATEST, None).as_secs();
        let delays = [(); 7].map(|()| delay(CAP));
        assert_eq!(delays, [15, 30, 60, 120, 240, 300, 300]);
        assert_eq!(delay(Duration::from_secs(5)), 5, "the setting was changed");
        assert!(backoff.reset());
        assert_eq!(backoff.after_failure(CAP, LATEST, None).as_secs(), 15);
    }

    #[test]
    fn delays_are_spread_evenly_over_the_whole_time() {
        let delays = [0, 64, 128, 192].map(|high| first_delay([0, 0, 0, high], None));
        assert_eq!(delays[0], SHORTEST);
        for pair in delays.windows(2) {
            let between = (pair[1] - pair[0]).as_secs_f64();
            assert!((between - 14.5 / 4.0).abs() < 0.001, "{delays:?}");
        }
    }

    #[test]
    fn a_retry_after_is_honoured_up_to_an_hour() {
        let asked = |seconds| first_delay([0; 4], Some(seconds)).as_secs();
        assert_eq!(asked(120), 120);
        assert_eq!(asked(1 << 40), 3600);
        assert_eq!(first_delay(LATEST, Some(120)).as_secs(), 150);
    }
}
