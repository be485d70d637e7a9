//! Which API tokens were used recently: a use is written down once a minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is written down.
const NOTE: Duration = Duration::from_secs(60);

/// How many tokens are remembered; beyond that, the one whose use was written down the longest ago
/// is forgotten.
const MOST: usize = 4_096;

/// When the use of tokens was last written down, by their ids.
#[derive(Default)]
pub(crate) struct RecentTokens(Mutex<HashMap<String, Instant>>);

impl RecentTokens {
    /// A token was accepted; whether that is to be written down.
    pub(super) fn note(&self, id: &str) -> bool {
        let (mut noted, now) = (self.locked(), Instant::now());
        let last = noted.get(id);
        if last.is_some_and(|last| now.duration_since(*last) < NOTE) {
            return false;
        }
        if last.is_none() && noted.len() >= MOST {
            let oldest = noted.iter().min_by_key(|(_, last)| **last);
            let oldest = oldest.map(|(id, _)| id.clone());
            oldest.map(|id| noted.remove(&id));
        }
        noted.insert(id.to_owned(), now);
        true
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        // Every change is a single step, so a panic elsewhere leaves the map consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_written_down_once_in_a_while() {
        let recent = RecentTokens::default();
        assert!(recent.note("a"));
        assert!(!recent.note("a") && !recent.note("a"));
        assert!(recent.note("b"));
    }

    #[test]
    fn abuse_many_tokens_take_no_memory_for_good() {
        let recent = RecentTokens::default();
        for number in 0..MOST + 10 {
            recent.note(&number.to_string());
        }
        assert_eq!(recent.locked().len(), MOST);
    }
}
