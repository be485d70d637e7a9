//! When control last heard of a host, and whether it counts as connected.

use super::host::{Host, HostState};

const NANOSECONDS: u64 = 1_000_000_000;

/// Control's contact with a host at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// Whether a ping of it is held: what it has to do reaches it at once.
    pub(crate) has_held_ping: bool,
    /// Whether it is enrolled and pinged within the last two intervals.
    pub(crate) is_connected: bool,
    /// When it was last seen, in unix seconds.
    pub(crate) last_seen: Option<u64>,
    /// How many seconds ago that was; since 1970 if it never was.
    ago: u64,
}

impl Contact {
    /// The contact with a host at `now`. `held` says whether a ping of it is held, `seen` when
    /// the last held ping ended (0 if none did); `interval` is in nanoseconds.
    pub(crate) fn new(host: &Host, (held, seen): (bool, u64), interval: i64, now: u64) -> Self {
        let last_seen = match held {
            true => now,
            false => seen.max(host.last_seen.unwrap_or(0)),
        };
        Self {
            has_held_ping: held,
            is_connected: host.state == HostState::Enrolled
                && (held || is_recent(last_seen, interval, now)),
            last_seen: Some(last_seen).filter(|seen| *seen > 0),
            ago: now.saturating_sub(last_seen),
        }
    }

    /// How long ago it was last seen, as a number and its unit.
    pub(crate) fn ago(&self) -> (u64, &'static str) {
        ago(self.ago)
    }

    /// How long ago it was last seen, in words; `None` if it never was.
    pub(crate) fn ago_in_words(&self) -> Option<String> {
        let (number, unit) = self.ago();
        self.last_seen.map(|_| format!("{number} {unit}"))
    }
}

/// Whether the last ping is younger than two intervals.
fn is_recent(last_seen: u64, interval: i64, now: u64) -> bool {
    let two_intervals = 2 * u64::try_from(interval).unwrap_or_default();
    now.saturating_sub(last_seen).saturating_mul(NANOSECONDS) < two_intervals
}

fn ago(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..60 => (seconds, "second(s)"),
        60..3_600 => (seconds / 60, "minute(s)"),
        3_600..86_400 => (seconds / 3_600, "hour(s)"),
        _ => (seconds / 86_400, "day(s)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_connected_for_less_than_two_intervals() {
        let interval = 15_000_000_000;
        assert!(is_recent(100, interval, 129));
        assert!(!is_recent(100, interval, 130));
        assert!(!is_recent(0, interval, 1_700_000_000));
    }

    #[test]
    fn durations_have_their_largest_unit() {
        assert_eq!(ago(59), (59, "second(s)"));
        assert_eq!(ago(7_300), (2, "hour(s)"));
        assert_eq!(ago(90_000), (1, "day(s)"));
    }
}
