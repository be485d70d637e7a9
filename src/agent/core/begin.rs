//! What the next exchange is, and whether it is time for it.

use super::action::{Action, Begin};
use super::input::{Begun, Now};
use super::link::{Exchange, Link, Purpose, Urgency, Wait};
use super::{Core, Failure};
use std::time::Duration;

/// How long the first address may take to show that it works again. Another one works
/// meanwhile, and what control has for this host waits.
const TRIAL_PATIENCE: Duration = Duration::from_secs(5);

impl Core {
    /// Begins the next exchange, unless it is an idle ping too soon after the last one.
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
        self.act(Action::Begin(begin.clone()));
        // A registration is followed by the ping that was pressing.
        let then = match purpose {
            Purpose::Ping => Urgency::Idle,
            Purpose::Enrol | Purpose::Register | Purpose::Rotate => wait.urgency,
        };
        self.link = Link::Beginning(begin, then);
        // Reading keys takes a while, which the exchange does not wait for.
        if self.agenda.is_another_day(self.clock.now(now)) {
            self.act(Action::WarnOfEndings);
        }
    }

    fn plan(&self, purpose: Purpose, now: Now) -> Begin {
        let is_trial = self.route.is_trial();
        // After a failure, and at an address that may not work, a quick answer is worth
        // more; so it is to a job that waits for it.
        let is_held = purpose == Purpose::Ping
            && !now.jobs.is_asking
            && !self.streak.is_failing()
            && !is_trial;
        Begin {
            purpose,
            control: self.route.current().clone(),
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

    pub(super) fn on_begun(&mut self, begin: &Begin, then: Urgency, begun: Begun) {
        if begin.purpose == Purpose::Ping {
            self.agenda.note_ping(begun.at);
        }
        self.link = Link::Exchanging(Box::new(Exchange {
            purpose: begin.purpose,
            n: begun.n,
            wait: begin.wait(&begun.cargo),
            cargo: begun.cargo,
            unacknowledged: begin.unacknowledged,
            began: begun.at,
            answered: Duration::ZERO,
            then,
        }));
    }

    pub(super) fn on_not_begun(&mut self, begin: &Begin, then: Urgency, why: &str, now: Now) {
        let why = format!("cannot begin an exchange: {why}");
        self.fail_as(begin.purpose, then, Failure::of(&why), now);
    }
}

/// Whether the next exchange could as well be made later.
fn is_idle(purpose: Purpose, urgency: Urgency, now: Now) -> bool {
    purpose == Purpose::Ping
        && urgency == Urgency::Idle
        && !now.jobs.has_result
        && !now.jobs.is_asking
}
