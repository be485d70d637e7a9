//! How an exchange ended, and when the next one begins.

use super::Core;
use super::action::{Action, Peer};
use super::failover::Failed;
use super::input::Now;
use super::link::{Exchange, Link, Purpose, Urgency};
use super::long_poll::Change;
use super::streak::PauseHints;
use crate::courier::frame::{Class, LinkFailure};
use crate::log::Level;
use std::time::Duration;

/// Why an exchange failed, and what follows for the pause.
pub(super) struct Failure<'a> {
    why: &'a str,
    hints: PauseHints,
}

impl<'a> Failure<'a> {
    pub(super) fn of(why: &'a str) -> Self {
        Self {
            why,
            hints: PauseHints::default(),
        }
    }
}

impl Core {
    /// An exchange succeeded. The next one begins an interval after this one began, which is at
    /// once after a long poll, or at once if a result waits. A result that this exchange could
    /// not carry waits for the interval too: the next one may not be able to carry it either.
    pub(super) fn succeed(&mut self, exchange: &Exchange, now: Now) {
        self.go_on(exchange.then, now);
        if !now.jobs.has_result || exchange.left_result {
            let until = exchange.began + self.agenda.interval();
            self.link = Link::waiting(until, exchange.then);
        }
    }

    /// An exchange succeeded, and the next one begins at once.
    pub(super) fn go_on(&mut self, urgency: Urgency, now: Now) {
        self.note_success(now);
        self.act(Action::Good(format!(
            "connected to {}",
            self.route.current()
        )));
        self.link = Link::at_once(urgency);
    }

    /// Control can be reached at the current address.
    pub(super) fn note_success(&mut self, now: Now) {
        self.streak.end();
        self.route.succeeded(now.boot);
    }

    /// An exchange failed: the agent tries the next address at once. When all have failed, it
    /// pauses, at least as long as the server `asked` for.
    pub(super) fn fail(
        &mut self,
        exchange: &Exchange,
        why: &str,
        asked: Option<Duration>,
        now: Now,
    ) {
        let hints = PauseHints {
            asked,
            is_short: false,
        };
        self.fail_as(exchange.purpose, exchange.then, Failure { why, hints }, now);
    }

    /// As [`Core::fail`], with a pause of at most [`super::LONGEST_SHORT_PAUSE`].
    pub(super) fn fail_with_short_pause(&mut self, exchange: &Exchange, why: &str, now: Now) {
        let hints = PauseHints {
            asked: None,
            is_short: true,
        };
        self.fail_as(exchange.purpose, exchange.then, Failure { why, hints }, now);
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
        // At the next address it is still the same ping, which does not wait.
        self.link = Link::at_once(Urgency::Pressing);
        match self.route.failed(now.boot) {
            Failed::Trial => {
                let text = format!("{why}; going on at {}", self.route.current());
                self.log(Level::Debug, text);
            }
            Failed::Next => {
                self.streak.go_on(failure.hints);
                self.act(Action::Bad(why));
            }
            Failed::All => {
                let longest = self.pace.max_backoff;
                let pause = self.streak.pause(failure.hints, longest, (now.random)());
                self.act(Action::Bad(why));
                self.log(Level::Debug, format!("trying again in {pause:?}"));
                self.link = Link::waiting(now.boot + pause, then);
            }
        }
    }

    /// The courier ended without an answer.
    pub(super) fn on_link_failed(&mut self, exchange: &Exchange, failure: &LinkFailure, now: Now) {
        self.act(Action::End(Peer::Failed));
        match failure.class {
            Class::Cut if self.was_cut(exchange, now) => {}
            Class::Clock => {
                self.fail_with_short_pause(exchange, &format!("clock: {}", failure.text), now);
            }
            Class::Unreached => self.fail_with_short_pause(exchange, &failure.text, now),
            _ => self.fail(exchange, &failure.text, None, now),
        }
    }

    /// The courier wrote more than an answer may have.
    pub(super) fn on_too_large(&mut self, exchange: &Exchange, now: Now) {
        self.act(Action::End(Peer::Unknown));
        self.fail(exchange, "the answer is too large", None, now);
    }

    /// No answer came until the deadline. The network address that the courier reached may be to
    /// blame, so the next courier prefers another one.
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

    /// A deadline has passed that this state does not have: state and child disagree, which must
    /// not happen. The child ends and the exchange fails, so that the agent waits for a time
    /// again.
    pub(super) fn on_disagreement(&mut self, link: Link, now: Now) {
        self.act(Action::End(Peer::Unknown));
        let (purpose, then) = match link {
            Link::Waiting(_) => {
                self.link = link;
                return;
            }
            Link::Beginning(begin, then) => (begin.purpose, then),
            Link::Exchanging(exchange) | Link::Checking(exchange) | Link::Settling(exchange, _) => {
                (exchange.purpose, exchange.then)
            }
        };
        let why = "the agent lost track of the exchange";
        self.fail_as(purpose, then, Failure::of(why), now);
    }

    /// Whether this may be a long poll that something on the way has cut. That does not count as
    /// a failure yet: a short exchange follows at once, and shows whether control works.
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

    /// Control has answered a ping: adjusts the hold of the next ones, and logs a change.
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

    /// Whether this was a short exchange, and the next ping may be a long poll.
    pub(super) fn may_hold(&self, exchange: &Exchange) -> bool {
        exchange.wait.is_zero() && !self.long_poll.next().is_zero()
    }
}
