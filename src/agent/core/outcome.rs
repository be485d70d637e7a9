//! How an exchange ended, and when the next one begins.

use super::Core;
use super::action::{Action, Peer};
use super::failover::Failed;
use super::input::Now;
use super::link::{Exchange, Link, Purpose, Urgency};
use super::long_poll::Change;
use super::streak::Wishes;
use crate::courier::frame::{Class, LinkFailure};
use crate::log::Level;
use std::time::Duration;

/// Why an exchange failed, and what that says of the next one.
pub(super) struct Failure<'a> {
    why: &'a str,
    wishes: Wishes,
}

impl<'a> Failure<'a> {
    pub(super) fn of(why: &'a str) -> Self {
        Self {
            why,
            wishes: Wishes::default(),
        }
    }
}

impl Core {
    /// An exchange did what it should; the next one follows an interval after
    /// this one began. A long poll takes longer than that, so that the next
    /// begins at once.
    pub(super) fn succeed(&mut self, exchange: &Exchange, now: Now) {
        self.go_on(exchange.then, now);
        if !now.jobs.has_result {
            let until = exchange.began + self.agenda.interval();
            self.link = Link::waiting(until, exchange.then);
        }
    }

    /// An exchange did what it should, and the next one follows at once.
    pub(super) fn go_on(&mut self, urgency: Urgency, now: Now) {
        self.note_success(now);
        self.act(Action::Good(format!(
            "connected to {}",
            self.route.current()
        )));
        self.link = Link::at_once(urgency);
    }

    /// The way to control is good.
    pub(super) fn note_success(&mut self, now: Now) {
        self.streak.end();
        self.route.succeeded(now.boot);
    }

    /// An exchange failed: the next address at once, or all again after a while, and no
    /// sooner than the server `asked` for.
    pub(super) fn fail(
        &mut self,
        exchange: &Exchange,
        why: &str,
        asked: Option<Duration>,
        now: Now,
    ) {
        let wishes = Wishes { asked, soon: false };
        self.fail_as(
            exchange.purpose,
            exchange.then,
            Failure { why, wishes },
            now,
        );
    }

    /// As [`Core::fail`], where the next attempt spares nobody by waiting for long.
    pub(super) fn fail_soon(&mut self, exchange: &Exchange, why: &str, now: Now) {
        let wishes = Wishes {
            asked: None,
            soon: true,
        };
        self.fail_as(
            exchange.purpose,
            exchange.then,
            Failure { why, wishes },
            now,
        );
    }

    pub(super) fn fail_as(
        &mut self,
        purpose: Purpose,
        then: Urgency,
        failure: Failure<'_>,
        now: Now,
    ) {
        self.agenda.failed(purpose, now.boot);
        self.long_poll.forget_suspicion();
        let why = format!("{}: {}", self.route.current(), failure.why);
        // Where another address is tried, it is still the same ping.
        self.link = Link::at_once(Urgency::Pressing);
        match self.route.failed(now.boot) {
            Failed::Trial => {
                let text = format!("{why}; going on at {}", self.route.current());
                self.log(Level::Debug, text);
            }
            Failed::Next => {
                self.streak.go_on(failure.wishes);
                self.act(Action::Bad(why));
            }
            Failed::All => {
                let longest = self.pace.max_backoff;
                let pause = self.streak.pause(failure.wishes, longest, (now.random)());
                self.act(Action::Bad(why));
                self.log(Level::Debug, format!("trying again in {pause:?}"));
                self.link = Link::waiting(now.boot + pause, then);
            }
        }
    }

    /// The courier came back without an answer.
    pub(super) fn on_link_failed(&mut self, exchange: &Exchange, failure: &LinkFailure, now: Now) {
        self.act(Action::End(Peer::Failed));
        match failure.class {
            Class::Cut if self.was_cut(exchange, now) => {}
            Class::Clock => self.fail_soon(exchange, &format!("clock: {}", failure.text), now),
            Class::Unreached => self.fail_soon(exchange, &failure.text, now),
            _ => self.fail(exchange, &failure.text, None, now),
        }
    }

    /// The answer is longer than one may be.
    pub(super) fn on_too_large(&mut self, exchange: &Exchange, now: Now) {
        self.act(Action::End(Peer::Unknown));
        self.fail(exchange, "the answer is too large", None, now);
    }

    /// No answer came until the deadline. Whether the address that the courier had got to
    /// is to blame, another one will tell.
    pub(super) fn on_silence(&mut self, exchange: &Exchange, now: Now) {
        self.act(Action::End(Peer::Failed));
        if self.long_poll.silent(exchange.wait) {
            self.log(Level::Debug, "a long poll was not answered".to_owned());
            self.link = Link::at_once(exchange.then);
        } else {
            self.fail(exchange, "control did not answer in time", None, now);
        }
    }

    pub(super) fn on_check_late(&mut self, exchange: &Exchange, now: Now) {
        self.act(Action::End(Peer::Unknown));
        self.fail(exchange, "checking the answer took too long", None, now);
    }

    /// Whether this was a long poll that something on the way may have cut. Then
    /// it is no failure yet: a short exchange, at once, will tell.
    pub(super) fn was_cut(&mut self, exchange: &Exchange, now: Now) -> bool {
        let lasted = exchange.lasted(now.boot);
        let was_cut = self.long_poll.cut(exchange.wait, lasted);
        if was_cut {
            self.log(
                Level::Debug,
                format!("a long poll was cut after {lasted:?}"),
            );
            self.link = Link::at_once(exchange.then);
        }
        was_cut
    }

    /// Control has answered a ping: what that says about long polls.
    pub(super) fn note_answered(&mut self, exchange: &Exchange, now: Now) {
        let lasted = exchange.lasted(now.boot);
        let text = match self.long_poll.answered(exchange.wait, lasted) {
            Some(Change::Shortened(Duration::ZERO)) => {
                "something on the way cuts exchanges that last: control is asked to answer at once"
                    .to_owned()
            }
            Some(Change::Shortened(most)) => format!(
                "something on the way cuts exchanges that last: control is asked to hold its answers for {} s at most",
                most.as_secs()
            ),
            Some(Change::Restored) => format!(
                "exchanges may last again: control is asked to hold its answers for {} s",
                self.long_poll.next().as_secs()
            ),
            None => return,
        };
        self.log(Level::Info, text);
    }

    /// Whether control may hold the next answer, after one that it was not to
    /// hold.
    pub(super) fn may_hold(&self, exchange: &Exchange) -> bool {
        exchange.wait.is_zero() && !self.long_poll.next().is_zero()
    }
}
