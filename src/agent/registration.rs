//! When control is told again what this host is like.

use super::{Agent, Purpose};
use crate::host::facts::Changeable;
use crate::sys::clock;
use std::time::Duration;

/// Facts that have not changed are sent this often, for those that are not looked at.
const DAY: Duration = Duration::from_secs(86_400);

/// How long a registration that failed waits for the next one; pings go on meanwhile.
const RETRY: Duration = Duration::from_secs(60);

/// A registration that was sent.
pub(super) struct Sent {
    facts: Changeable,
    /// When the next one is due, since boot.
    due: Duration,
}

impl Sent {
    fn at(now: Duration) -> Self {
        Self {
            facts: Changeable::collect(),
            due: now + DAY,
        }
    }

    fn is_outdated(&self, now: Duration, facts: &Changeable) -> bool {
        now >= self.due || self.facts != *facts
    }
}

impl Agent {
    /// Has the next exchange tell control of this host if that has changed, instead of
    /// an idle ping.
    pub(super) fn consider_registration(&mut self) {
        let (now, facts) = (clock::boottime(), Changeable::collect());
        let sent = self.registration.as_ref();
        if self.purpose == Purpose::Ping && sent.is_none_or(|sent| sent.is_outdated(now, &facts)) {
            self.purpose = Purpose::Register;
        }
    }

    /// Somebody may have changed what is not looked at.
    pub(super) fn register_again(&mut self) {
        if self.purpose == Purpose::Ping {
            self.purpose = Purpose::Register;
        }
    }

    /// The facts are on their way.
    pub(super) fn note_registration(&mut self) {
        self.registration = Some(Sent::at(clock::boottime()));
    }

    /// The exchange failed. A host that control knows by older facts goes on with its
    /// pings.
    pub(super) fn postpone_registration(&mut self) {
        if let (Purpose::Register, true, Some(sent)) =
            (self.purpose, self.is_registered, &mut self.registration)
        {
            sent.due = clock::boottime() + RETRY;
            self.purpose = Purpose::Ping;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_sent_when_they_change_and_once_a_day() {
        let sent = Sent::at(DAY);
        let same = Changeable::collect();
        assert!(!sent.is_outdated(DAY * 2 - RETRY, &same));
        assert!(sent.is_outdated(DAY * 2, &same));
        let other = Changeable::named("another");
        assert!(sent.is_outdated(DAY, &other));
    }
}
