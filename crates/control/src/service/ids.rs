//! Ids of jobs and batches.

use crate::random;
use std::sync::atomic::{AtomicI64, Ordering};
use wire::job_id;

/// Generates time-ordered 63-bit ids, each greater than the last. Because of the time, a
/// store that was restored from a backup does not generate an id again.
pub(crate) struct Ids {
    last: AtomicI64,
}

impl Ids {
    /// Continues after the greatest id so far.
    pub(crate) fn after(last: i64) -> Self {
        Self {
            last: AtomicI64::new(last),
        }
    }

    /// The next id, at `millis` since 1970.
    pub(crate) fn next(&self, millis: u64) -> i64 {
        let candidate = job_id::at(millis, u32::from_be_bytes(random::bytes()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let ids = Ids::after(0);
        let first = ids.next(1_700_000_000_000);
        let second = ids.next(1_600_000_000_000);
        assert_eq!(second, first + 1);
        assert!(ids.next(1_700_000_000_001) > second);
    }
}
