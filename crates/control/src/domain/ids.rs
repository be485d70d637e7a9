//! Ids of jobs and batches.

use crate::random;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many of the 63 bits are random; the rest count milliseconds.
const RANDOM_BITS: u32 = 21;

/// Hands out time-ordered 63-bit numbers, each greater than the last: 42 bits
/// of milliseconds since 1970, then 21 random ones. A store that was restored
/// from a copy cannot hand a number out again.
pub(crate) struct Ids {
    last: AtomicI64,
}

impl Ids {
    /// Continues after the greatest id that was ever handed out.
    pub(crate) fn after(last: i64) -> Self {
        Self {
            last: AtomicI64::new(last),
        }
    }

    /// The next id, at `millis` since 1970.
    pub(crate) fn next(&self, millis: u64) -> i64 {
        let candidate = id(millis, u32::from_be_bytes(random::bytes()));
        let greater = |last: i64| candidate.max(last.saturating_add(1));
        let step = |last| Some(greater(last));
        match self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
        {
            Ok(before) | Err(before) => greater(before),
        }
    }
}

fn id(millis: u64, noise: u32) -> i64 {
    let time = millis & ((1 << 42) - 1);
    let noise = u64::from(noise) & ((1 << RANDOM_BITS) - 1);
    i64::try_from((time << RANDOM_BITS) | noise).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_time_and_noise() {
        assert_eq!(id(1, 0), 1 << 21);
        assert_eq!(id(0, u32::MAX), (1 << 21) - 1);
        assert!(id(u64::MAX, u32::MAX) > 0);
    }

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let ids = Ids::after(0);
        let first = ids.next(1_700_000_000_000);
        let second = ids.next(1_600_000_000_000);
        assert_eq!(second, first + 1);
        assert!(ids.next(1_700_000_000_001) > second);
    }
}
