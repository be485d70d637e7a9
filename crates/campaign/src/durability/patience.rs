//! When something counts as stuck.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Nothing takes this long between two changes, on a machine with much else to do.
const STILL: Duration = Duration::from_secs(120);

/// Something that changes for ever gets nowhere either.
const MOST: Duration = Duration::from_secs(600);

/// What was seen last, and since when.
pub(super) struct Patience {
    began: Instant,
    seen: String,
    since: Instant,
}

impl Patience {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            seen: String::new(),
            since: now,
        }
    }

    /// Whether what is seen now may still become something else.
    pub(super) fn lasts(&mut self, now: &impl Debug) -> bool {
        let now = format!("{now:?}");
        if now != self.seen {
            (self.seen, self.since) = (now, Instant::now());
        }
        self.since.elapsed() < STILL && self.began.elapsed() < MOST
    }
}
