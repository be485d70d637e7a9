//! Runs many cases on all processors, in an order that can be repeated.
#![allow(
    clippy::unwrap_used,
    reason = "a lock is poisoned only where a thread has panicked already"
)]

use std::sync::Mutex;
use std::thread;
use std::time::SystemTime;

/// Maps every item, on as many threads as there are processors. Each thread has a state of
/// its own, from `make`. The results are in the order of the items.
pub(super) fn map<T: Send, W, R: Send>(
    items: Vec<T>,
    make: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    let left = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(count));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                let mut own = make();
                loop {
                    let Some((index, item)) = next(&left) else {
                        break;
                    };
                    let result = work(&mut own, item);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn next<T>(items: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    items.lock().unwrap().next()
}

/// The seed of the order: `CAMPAIGN_SEED`, or the time.
pub(super) fn seed() -> u64 {
    let given = std::env::var("CAMPAIGN_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let now = || {
        SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(1, |now| now.as_secs())
    };
    given.unwrap_or_else(now)
}

/// Shuffles items (xorshift, Fisher and Yates).
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for last in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bound = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        items.swap(last, usize::try_from(state % bound).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_in_its_place() {
        let squares = map((0..100).collect(), || (), |(), n: u32| n * n);
        assert_eq!(squares, (0..100).map(|n| n * n).collect::<Vec<_>>());
    }

    #[test]
    fn an_order_can_be_repeated() {
        let order = |seed| {
            let mut items: Vec<u32> = (0..50).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(order(7), order(7));
        assert_ne!(order(7), order(8));
        let mut sorted = order(7);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }
}
