//! What follows from a checked answer.

use super::action::{Action, Peer};
use super::clock::may_outlast_token;
use super::input::{Input, Now};
use super::link::{Exchange, Link, Pending, Purpose, Urgency};
use super::{Core, Correction};
use crate::checker::{Answered, Enrolment, Verdict};
use crate::log::Level;
use std::mem;
use std::time::Duration;
use wire::answer::{Reason, Rejection};
use wire::register::{Operation, Registered};
use wire::token::{LEAST_VALIDITY, STEP_SECONDS};

/// How often a host that waits for admission asks control.
const ADMISSION_INTERVAL: Duration = Duration::from_secs(15);

impl Core {
    /// The checker has ended. A verdict on another kind of answer is refused.
    pub(super) fn on_verdict(&mut self, exchange: Box<Exchange>, verdict: Verdict, now: Now) {
        self.act(Action::End(Peer::Unknown));
        match (exchange.purpose, verdict) {
            (Purpose::Ping, Verdict::Ping(answered)) => {
                self.on_answer(exchange, *answered, now);
            }
            (Purpose::Register, Verdict::Registered(registered)) => {
                self.on_registered(&exchange, &registered, now);
            }
            (Purpose::Enrol, Verdict::Enrolment(enrolment)) => {
                self.on_enrolment(exchange, *enrolment, now);
            }
            (Purpose::Ping | Purpose::Register | Purpose::Rotate, Verdict::Rejected(rejection)) => {
                self.on_rejected(exchange, rejection, now);
            }
            (_, Verdict::Refused(why)) => self.on_refused(&exchange, &why, now),
            (_, _) => self.on_refused(&exchange, "its check is of another kind", now),
        }
    }

    /// Continues after the driver has carried out an action for an answer, or failed to.
    pub(super) fn settle(
        &mut self,
        exchange: Box<Exchange>,
        pending: Pending,
        input: Input,
        now: Now,
    ) {
        match (pending, input) {
            (Pending::Envelope(work), input) => self.continue_envelope(exchange, work, input, now),
            (Pending::Admission(interval), Input::Done) => {
                self.agenda.set_interval(interval);
                self.agenda.admitted();
                self.go_on(exchange.then, now);
            }
            (Pending::NewId, Input::Done) => self.link = Link::at_once(exchange.then),
            (Pending::NextKey, Input::Done) => self.on_key_taken(&exchange, now),
            (Pending::Jump(last, why), Input::Jumped(jumped)) => {
                self.on_jumped(&exchange, jumped.then_some(last), &why, now);
            }
            (_, Input::Failed(why)) => self.fail(&exchange, &why, None, now),
            // No other input belongs to this state.
            (pending, _) => self.link = Link::Settling(exchange, pending),
        }
    }

    pub(super) fn on_refused(&mut self, exchange: &Exchange, why: &str, now: Now) {
        let why = format!("an answer was refused: {why}");
        self.log(Level::Warn, why.clone());
        self.fail(exchange, &why, None, now);
    }

    /// Takes the key list first: the host stops trusting a removed key before it does anything
    /// that this key may have signed. The pings report which list is in force, even if this one
    /// is refused.
    fn on_answer(&mut self, exchange: Box<Exchange>, answered: Answered, now: Now) {
        if let Some(keys) = answered.keys {
            self.act(Action::TrustKeys(Box::new(keys)));
        }
        match answered.envelope {
            Ok(envelope) => self.on_envelope(exchange, envelope, answered.unreadable),
            Err(why) => self.on_refused(&exchange, &why, now),
        }
    }

    fn on_registered(&mut self, exchange: &Exchange, registered: &Registered, now: Now) {
        let text = match registered.operation {
            Operation::Inserted => "registered: control did not know this host's facts",
            Operation::Updated => "registered: this host's facts had changed",
            Operation::Unchanged => "registered: this host's facts have not changed",
        };
        self.log(Level::Info, text.to_owned());
        if let Some(interval) = registered.interval {
            self.agenda.set_interval(interval);
        }
        self.agenda.registered(exchange.began);
        self.go_on(exchange.then, now);
    }

    fn on_enrolment(&mut self, exchange: Box<Exchange>, enrolment: Enrolment, now: Now) {
        match enrolment {
            Enrolment::Enrolled { interval, .. } => {
                self.act(Action::Admit);
                self.link = Link::Settling(exchange, Pending::Admission(interval));
            }
            Enrolment::Pending => {
                self.note_success(now);
                self.act(Action::AwaitAdmission);
                self.link = Link::waiting(now.boot + ADMISSION_INTERVAL, exchange.then);
            }
            // This host is a copy of an image, or lost its state.
            Enrolment::Clone if self.agenda.take_another_id() => {
                self.act(Action::TakeNewId);
                self.link = Link::Settling(exchange, Pending::NewId);
            }
            Enrolment::Clone => {
                let why = "another key holds this host's new id too";
                self.fail(&exchange, why, None, now);
            }
            Enrolment::Refused(why) => {
                let why = format!("control refused the enrolment: {why}");
                self.fail(&exchange, &why, None, now);
            }
        }
    }

    /// Control rejected the token for this reason: the agent corrects the cause and tries once
    /// more. (It has learnt the answer's time already.)
    fn on_rejected(&mut self, exchange: Box<Exchange>, rejection: Rejection, now: Now) {
        let why = format!("control did not accept the token: {}", rejection.error);
        match (rejection.reason, rejection.last) {
            (Reason::Clock, _) if may_outlast_token(exchange.took()) => {
                self.on_stale_token(&exchange, now);
            }
            (Reason::Clock, _) => self.try_once_more(&exchange, &why, now),
            (Reason::Sequence, Some(last)) => {
                self.act(Action::JumpAbove(last));
                self.link = Link::Settling(exchange, Pending::Jump(last, why));
            }
            (Reason::Sequence, None) => self.fail(&exchange, &why, None, now),
        }
    }

    /// The sequence number was raised above `jumped`; `None` if it was higher already.
    fn on_jumped(&mut self, exchange: &Exchange, jumped: Option<u64>, why: &str, now: Now) {
        let Some(last) = jumped else {
            return self.fail(exchange, why, None, now);
        };
        let text = format!(
            "control has seen higher numbers from this host: its state was restored or cloned; going on above {last}"
        );
        self.log(Level::Warn, text);
        self.unacknowledged.set_restored();
        self.try_once_more(exchange, why, now);
    }

    fn try_once_more(&mut self, exchange: &Exchange, why: &str, now: Now) {
        match mem::replace(&mut self.correction, Correction::Tried) {
            Correction::Tried => self.fail(exchange, why, None, now),
            Correction::Untried => {
                let text = format!("{why}; trying once more, corrected");
                self.log(Level::Warn, text);
                self.streak.begin();
                self.link = Link::at_once(exchange.then);
            }
        }
    }

    /// The network was slow, and the clock may be right: the next token may arrive in time.
    fn on_stale_token(&mut self, exchange: &Exchange, now: Now) {
        let why = format!(
            "the request took so long that its token, which counts for {LEAST_VALIDITY} to {} s, may have expired on the way: \
             the answer came after {} s; is the name found and the connection made without delay?",
            LEAST_VALIDITY + STEP_SECONDS,
            exchange.took().as_secs()
        );
        self.fail_with_short_pause(exchange, &why, now);
    }

    /// The next ping follows at once: its token is the first with the new key, and makes control
    /// drop the old one.
    fn on_key_taken(&mut self, exchange: &Exchange, now: Now) {
        let fingerprint = exchange.next_key();
        let text = format!("this host has a new key, with the fingerprint {fingerprint}");
        self.log(Level::Info, text);
        self.agenda.rotated();
        self.go_on(Urgency::Pressing, now);
    }
}
