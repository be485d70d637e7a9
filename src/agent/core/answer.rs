//! What follows from an answer before its body is checked.

use super::Core;
use super::action::{Action, Check, Peer};
use super::agenda::RETRY_ROTATION;
use super::input::Now;
use super::link::{Exchange, Link, Pending, Purpose};
use crate::courier::frame::{BUSY, RawAnswer};
use crate::log::{Level, one_line};

/// How many characters of an error answer are logged.
const MOST_SHOWN: usize = 300;

impl Core {
    /// An answer came. `time` is control's if the answer is authenticated and for this request.
    pub(super) fn on_answered(
        &mut self,
        mut exchange: Box<Exchange>,
        answer: RawAnswer,
        time: Option<u64>,
        now: Now,
    ) {
        exchange.answered = now.boot;
        let is_enrolment = exchange.purpose == Purpose::Enrol;
        self.act(Action::End(match time {
            _ if answer.is_busy() || is_enrolment => Peer::Unknown,
            Some(_) => Peer::Worked,
            None => Peer::Failed,
        }));
        match time {
            _ if answer.is_busy() => self.fail(&exchange, BUSY, answer.retry_after(), now),
            _ if is_enrolment => self.check(exchange, Check::Enrolment, answer),
            Some(unix) => self.accept(exchange, answer, unix, now),
            None => self.on_unauthenticated(&exchange, &answer, now),
        }
    }

    /// Handles an answer that is not authenticated. It acknowledges nothing, because it may be a
    /// proxy's. But if it refuses a result as too large, the agent sends less of that.
    fn on_unauthenticated(&mut self, exchange: &Exchange, answer: &RawAnswer, now: Now) {
        self.note_refused_result(exchange, answer.status);
        let gave_up = answer.status == 408 || (500..600).contains(&answer.status);
        let asked = answer.retry_after();
        if gave_up && asked.is_none() && self.was_cut(exchange, now) {
            return;
        }
        if exchange.purpose == Purpose::Rotate && matches!(answer.status, 404 | 405) {
            return self.on_rotation_unknown(exchange, answer.status, now);
        }
        let why = match answer.status {
            401 => "control does not accept this host's key: it was removed, disabled, or not admitted yet".to_owned(),
            status => format!("the answer (status {status}) is not from control; is a proxy in between?"),
        };
        self.fail(exchange, &why, asked, now);
    }

    fn accept(&mut self, exchange: Box<Exchange>, answer: RawAnswer, unix: u64, now: Now) {
        self.learn_time(&exchange, unix, now);
        if exchange.purpose == Purpose::Ping && (200..300).contains(&answer.status) {
            self.acknowledge(&exchange, now);
            self.note_answered(&exchange, now);
        }
        self.note_refused_result(&exchange, answer.status);
        match (exchange.purpose, answer.status) {
            (Purpose::Ping, 204) => self.on_nothing_to_do(&exchange, now),
            (Purpose::Ping, 200 | 201) => {
                let check = Check::Envelope(exchange.n);
                self.check(exchange, check, answer);
            }
            (Purpose::Rotate, 204) => self.on_key_accepted(exchange),
            (Purpose::Register, 200 | 201) => self.check(exchange, Check::Registration, answer),
            (_, 401) => self.check(exchange, Check::Rejection, answer),
            (_, status) => {
                let text = one_line(&String::from_utf8_lossy(&answer.body));
                let text: String = text.chars().take(MOST_SHOWN).collect();
                let why = format!("control answered with status {status}: {text}");
                self.fail(&exchange, &why, answer.retry_after(), now);
            }
        }
    }

    /// The next ping follows at once after a result, because control may have another job, and
    /// after a short exchange that a long poll may follow.
    fn on_nothing_to_do(&mut self, exchange: &Exchange, now: Now) {
        if now.jobs.is_asking {
            self.act(Action::Confirm);
            self.go_on(exchange.then, now);
        } else if exchange.carries().is_some() || self.may_hold(exchange) {
            self.go_on(exchange.then, now);
        } else {
            self.succeed(exchange, now);
        }
    }

    /// Reports the skew when it changes: in the log, to control, and in `pilot status`. The first
    /// skew counts as a change, because an earlier agent may have reported another one.
    fn learn_time(&mut self, exchange: &Exchange, unix: u64, now: Now) {
        let learnt = self.clock.learn(unix, exchange.took(), now);
        if let Some(floor) = learnt.floor {
            self.act(Action::KeepFloor(floor));
        }
        if let Some(skew) = learnt.skew {
            self.unacknowledged.set_skew(skew);
            self.act(Action::NoteSkew(skew));
        }
    }

    fn acknowledge(&mut self, exchange: &Exchange, now: Now) {
        self.unacknowledged.acknowledge(exchange.unacknowledged);
        self.act(Action::AcknowledgeOutput);
        if let Some(id) = exchange.carries() {
            self.act(Action::AcknowledgeResult(id, self.clock.now(now)));
        }
    }

    fn note_refused_result(&mut self, exchange: &Exchange, status: u16) {
        if let (Some(id), 400 | 413) = (exchange.carries(), status) {
            let text = format!(
                "job {id}: its result was refused with status {status}; sending less of it"
            );
            self.log(Level::Warn, text);
            self.act(Action::ShrinkResult);
        }
    }

    fn check(&mut self, exchange: Box<Exchange>, check: Check, answer: RawAnswer) {
        self.act(Action::Check(check, answer.body));
        self.link = Link::Checking(exchange);
    }

    /// Control has accepted the next key. The key is in force once it is on disk.
    fn on_key_accepted(&mut self, exchange: Box<Exchange>) {
        let fingerprint = exchange.next_key().to_owned();
        self.act(Action::TakeNextKey(fingerprint));
        self.link = Link::Settling(exchange, Pending::NextKey);
    }

    /// The server does not know the request, like a control that is older than key rotation.
    /// This does not count as a failure: the next ping shows whether control works.
    fn on_rotation_unknown(&mut self, exchange: &Exchange, status: u16, now: Now) {
        if self.agenda.rotation_is_unknown() {
            let text = format!(
                "{} cannot replace this host's key (status {status} for POST /key): is it an older one? \
                 The key in force stays; trying again every {} minutes",
                self.route.current(),
                RETRY_ROTATION.as_secs() / 60
            );
            self.log(Level::Warn, text);
        }
        self.agenda.failed(Purpose::Rotate, now.boot);
        self.link = Link::at_once(exchange.then);
    }
}
