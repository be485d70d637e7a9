//! How an exchange ended, and when the next one begins.

use super::exchange::Exchanging;
use super::{Agent, Link};
use crate::agent::failover::Failed;
use crate::agent::long_poll::Change;
use crate::log;
use crate::sys::clock;
use crate::sys::random::random;
use std::time::Duration;

/// How long the agent waits at most where waiting longer spares nobody: no server was
/// reached, or TLS refuses the date of this host's clock. Nothing tells when that is over.
pub(super) const LONGEST_SOON: Duration = Duration::from_secs(60);

impl Agent {
    /// An exchange did what it should; the next one follows an interval after
    /// this one began. A long poll takes longer than that, so that the next
    /// begins at once.
    pub(super) fn succeed(&mut self, began: Duration) {
        self.go_on();
        if !self.jobs.has_result() {
            self.link = Link::Waiting(began + self.interval);
        }
    }

    /// An exchange did what it should, and the next one follows at once.
    pub(super) fn go_on(&mut self) {
        self.note_success();
        self.health
            .good(&format!("connected to {}", self.route.current()));
        self.link = Link::now();
    }

    /// The way to control is good.
    pub(super) fn note_success(&mut self) {
        self.backoff.reset();
        self.route.succeeded(clock::boottime());
        self.is_failing = false;
        self.asked = None;
        self.soon = false;
    }

    /// An exchange failed: the next address at once, or all again after a
    /// while.
    pub(super) fn fail(&mut self, why: &str, asked: Option<Duration>) {
        self.postpone_rotation();
        self.postpone_registration();
        let why = format!("{}: {why}", self.route.current());
        self.long_poll.forget_suspicion();
        let delay = match self.route.failed(clock::boottime()) {
            Failed::Trial => {
                log::debug!("{why}; going on at {}", self.route.current());
                return self.try_another();
            }
            Failed::Next => {
                self.asked = self.asked.max(asked);
                self.health.bad(&why);
                self.is_failing = true;
                return self.try_another();
            }
            Failed::All => {
                let asked = self.asked.take().max(asked);
                let random = random().unwrap_or_default();
                let mut longest = self.config.max_backoff;
                if std::mem::take(&mut self.soon) {
                    longest = longest.min(LONGEST_SOON);
                }
                self.backoff.after_failure(longest, random, asked)
            }
        };
        self.health.bad(&why);
        self.is_failing = true;
        self.link = Link::Waiting(clock::boottime() + delay);
        log::debug!("trying again in {delay:?}");
    }

    /// As [`Agent::fail`], where the next attempt spares nobody by waiting for long.
    pub(super) fn fail_soon(&mut self, why: &str) {
        self.soon |= !self.route.is_trial();
        self.fail(why, None);
    }

    /// It is still the same ping.
    fn try_another(&mut self) {
        self.pressing = true;
        self.link = Link::now();
    }

    /// The connection was closed before there was an answer.
    pub(super) fn on_cut(&mut self, why: &str) {
        let waiting = Link::Waiting(clock::boottime());
        if let Link::Exchanging(exchanging) = std::mem::replace(&mut self.link, waiting)
            && !self.was_cut(&exchanging)
        {
            self.fail(why, None);
        }
    }

    /// No answer came until the deadline.
    pub(super) fn on_silence(&mut self) {
        let waiting = Link::Waiting(clock::boottime());
        if let Link::Exchanging(exchanging) = std::mem::replace(&mut self.link, waiting) {
            self.note_silence(&exchanging);
            if self.long_poll.silent(exchanging.wait) {
                log::debug!("a long poll was not answered");
            } else {
                self.fail("control did not answer in time", None);
            }
        }
    }

    /// Whether this was a long poll that something on the way may have cut. Then
    /// it is no failure yet: a short exchange, at once, will tell.
    pub(super) fn was_cut(&mut self, exchanging: &Exchanging) -> bool {
        let lasted = exchanging.lasted();
        let was_cut = self.long_poll.cut(exchanging.wait, lasted);
        if was_cut {
            log::debug!("a long poll was cut after {lasted:?}");
        }
        was_cut
    }

    /// Control has answered a ping: what that says about long polls.
    pub(super) fn note_answered(&mut self, exchanging: &Exchanging) {
        match self
            .long_poll
            .answered(exchanging.wait, exchanging.lasted())
        {
            Some(Change::Shortened(Duration::ZERO)) => log::info!(
                "something on the way cuts exchanges that last: control is asked to answer at once"
            ),
            Some(Change::Shortened(most)) => log::info!(
                "something on the way cuts exchanges that last: control is asked to hold its answers for {} s at most",
                most.as_secs()
            ),
            Some(Change::Restored) => log::info!(
                "exchanges may last again: control is asked to hold its answers for {} s",
                self.long_poll.next().as_secs()
            ),
            None => {}
        }
    }

    /// Whether control may hold the next answer, after one that it was not to
    /// hold.
    pub(super) fn may_hold(&self, exchanging: &Exchanging) -> bool {
        exchanging.wait.is_zero() && !self.long_poll.next().is_zero()
    }
}
