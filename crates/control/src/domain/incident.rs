//! Something that goes wrong again and again. The log has it when it begins, once a minute while it
//! lasts, and when it is over: each request may fail, and the log may be on the disk that is full.

use std::time::{Duration, Instant};

/// How often an incident that lasts is logged.
const LOG_PAUSE: Duration = Duration::from_secs(60);

/// An incident that lasts, or has been over for a short time.
#[derive(Debug)]
pub(crate) struct Incident {
    logged: Instant,
    last: Instant,
    /// How often it has happened.
    pub(crate) times: u64,
}

impl Incident {
    /// It happens for the first time, which is to be logged.
    pub(crate) fn begin(now: Instant) -> Self {
        Self {
            logged: now,
            last: now,
            times: 1,
        }
    }

    /// It happens again; returns whether that is to be logged.
    pub(crate) fn again(&mut self, now: Instant) -> bool {
        self.last = now;
        self.times += 1;
        let is_due = now.saturating_duration_since(self.logged) >= LOG_PAUSE;
        if is_due {
            self.logged = now;
        }
        is_due
    }

    /// When it is over, unless it happens again: it has not for so long.
    pub(crate) fn end(&self, quiet: Duration) -> Instant {
        self.last + quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_logged_once_a_minute_and_over_when_it_has_not_happened_for_a_while() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut incident = Incident::begin(began);
        let logged = [1, 59, 60, 61, 119, 120].map(|seconds| incident.again(at(seconds)));
        assert_eq!(logged, [false, false, true, false, false, true]);
        assert_eq!(incident.times, 7);
        assert_eq!(incident.end(Duration::from_secs(10)), at(130));
    }
}
