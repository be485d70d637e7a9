//! Detects cases that are stuck.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// The longest time without a change, on a loaded machine.
const STILL: Duration = Duration::from_secs(120);

/// The longest time of a case, even if it keeps changing.
const MOST: Duration = Duration::from_secs(600);

/// What was observed last, and since when.
pub(super) struct StallCheck {
    began: Instant,
    seen: String,
    since: Instant,
}

impl StallCheck {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            seen: String::new(),
            since: now,
        }
    }

    /// Whether the case may go on, given what is observed now.
    pub(super) fn is_moving(&mut self, now: &impl Debug) -> bool {
        let now = format!("{now:?}");
        if now != self.seen {
            (self.seen, self.since) = (now, Instant::now());
        }
        self.since.elapsed() < STILL && self.began.elapsed() < MOST
    }
}
