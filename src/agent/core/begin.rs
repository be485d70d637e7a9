//! Begins the next exchange when it is due.

use super::action::{Action, Begin};
use super::input::{Begun, Cargo, Now};
use super::link::{Exchange, Link, Purpose, Urgency, Wait};
use super::{Core, Failure};
use std::time::Duration;

/// The timeout of an exchange that tries the first address again. It is short because another
/// address works, and what control has for this host waits meanwhile.
const TRIAL_PATIENCE: Duration = Duration::from_secs(5);

impl Core {
    /// Begins the next exchange. An idle ping that would follow the last ping too soon waits.
    pub(super) fn on_due(&mut self, wait: Wait, facts_changed: bool, now: Now) {
        let mut purpose = self.agenda.purpose(now.boot);
        if is_idle(purpose, wait.urgency, now) {
            let earliest = self.agenda.earliest_ping(self.pace.min_interval);
            if now.boot < earliest {
                self.link = Link::waiting(earliest, wait.urgency);
                return;
            }
            self.route.consider_trial(now.boot);
            purpose = self.agenda.instead_of_idle_ping(facts_changed, now.boot);
        }
        let begin = self.plan(purpose, now);
        self.act(Action::Begin(begin));
        // An exchange that comes before a pressing ping leaves that ping pressing.
        let then = match purpose {
            Purpose::Ping => Urgency::Idle,
            Purpose::Enrol | Purpose::Register | Purpose::Rotate => wait.urgency,
        };
        self.link = Link::Beginning(begin, then);
        // The warning comes after the exchange has begun, because reading the keys takes a while.
        if self.agenda.is_another_day(self.clock.now(now)) {
            self.act(Action::WarnOfEndings);
        }
    }

    /// Whether the facts of this host decide what the next exchange is. Collecting them is not
    /// free, so only an idle ping that is due gives way to them.
    pub(in crate::agent) fn needs_facts(&self, now: Now) -> bool {
        let Link::Waiting(wait) = &self.link else {
            return false;
        };
        is_idle(self.agenda.purpose(now.boot), wait.urgency, now)
            && now.boot >= self.agenda.earliest_ping(self.pace.min_interval)
    }

    fn plan(&self, purpose: Purpose, now: Now) -> Begin {
        let is_trial = self.route.is_trial();
        // The agent asks for a quick answer if jobs wait for it, after a failure, and when it
        // tries the first address again.
        let is_held = purpose == Purpose::Ping
            && !now.jobs.is_asking
            && !self.streak.is_failing()
            && !is_trial;
        Begin {
            purpose,
            unacknowledged: self.unacknowledged,
            patience: match is_trial {
                true => self.pace.timeout.min(TRIAL_PATIENCE),
                false => self.pace.timeout,
            },
            hold: match is_held {
                true => self.long_poll.next(),
                false => Duration::ZERO,
            },
        }
    }

    pub(super) fn on_begun(&mut self, begin: &Begin, then: Urgency, begun: Begun, now: Now) {
        if begin.purpose == Purpose::Ping {
            self.agenda.note_ping(begun.at);
        }
        self.link = Link::Exchanging(Box::new(Exchange {
            purpose: begin.purpose,
            n: begun.n,
            wait: begin.wait(&begun.cargo),
            left_result: now.jobs.has_result && !matches!(begun.cargo, Cargo::Result(_)),
            cargo: begun.cargo,
            unacknowledged: begin.unacknowledged,
            began: begun.at,
            answered: Duration::ZERO,
            then,
        }));
    }

    pub(super) fn on_not_begun(&mut self, purpose: Purpose, then: Urgency, why: &str, now: Now) {
        let why = format!("cannot begin an exchange: {why}");
        self.fail_as(purpose, then, Failure::of(&why), now);
    }
}

/// Whether the next exchange is a ping without anything urgent.
fn is_idle(purpose: Purpose, urgency: Urgency, now: Now) -> bool {
    purpose == Purpose::Ping
        && urgency == Urgency::Idle
        && !now.jobs.has_result
        && !now.jobs.is_asking
}
