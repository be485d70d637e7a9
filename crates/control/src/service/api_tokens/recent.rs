//! Which API tokens were used recently: a use is written down once a minute.

use crate::domain::api_token::ApiToken;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is written down.
const NOTE: Duration = Duration::from_secs(60);

/// How many tokens are remembered; beyond that, the one that was used the longest ago is
/// forgotten.
const MOST: usize = 4_096;

/// Tokens that were accepted, by their hashes.
#[derive(Default)]
pub(crate) struct RecentTokens(Mutex<HashMap<[u8; 32], Use>>);

struct Use {
    last: Instant,
    noted: Instant,
}

impl RecentTokens {
    /// Remembers that a token was accepted; whether that is to be written down.
    pub(super) fn note(&self, token: &ApiToken) -> bool {
        let (mut uses, now) = (self.locked(), Instant::now());
        if let Some(used) = uses.get_mut(&token.hash()) {
            used.last = now;
            let is_due = now.duration_since(used.noted) >= NOTE;
            if is_due {
                used.noted = now;
            }
            return is_due;
        }
        if uses.len() >= MOST {
            let oldest = uses.iter().min_by_key(|(_, used)| used.last);
            let oldest = oldest.map(|(hash, _)| *hash);
            oldest.map(|hash| uses.remove(&hash));
        }
        let used = Use {
            last: now,
            noted: now,
        };
        uses.insert(token.hash(), used);
        true
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<[u8; 32], Use>> {
        // Every change is a single step, so a panic elsewhere leaves the map consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_written_down_once_in_a_while() {
        let (recent, token) = (RecentTokens::default(), ApiToken::new([1; 32]));
        assert!(recent.note(&token));
        assert!(!recent.note(&token) && !recent.note(&token));
        assert!(recent.note(&ApiToken::new([2; 32])));
    }

    #[test]
    fn abuse_many_tokens_take_no_memory_for_good() {
        let recent = RecentTokens::default();
        for number in 0..MOST + 10 {
            let mut random = [0; 32];
            random[..8].copy_from_slice(&number.to_le_bytes());
            recent.note(&ApiToken::new(random));
        }
        assert_eq!(recent.locked().len(), MOST);
    }
}
