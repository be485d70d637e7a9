//! The agent's decisions, without I/O.
//!
//! The core has no descriptor, file, child or clock. The driver passes each event to it as an
//! [`Input`], with the time; the core returns the [`Action`]s that the driver then carries out.
//! So the test of a decision needs nothing but inputs and the expected actions.
//!
//! The core relies on three rules that the driver keeps:
//! - The driver carries out the actions of a list in order. If something has to be on disk
//!   before something else happens, its action comes first.
//! - Some actions have an outcome ([`Action`] names the inputs). The driver passes it to the core,
//!   and carries out what it leads to, before it carries out the next action of the list. The
//!   link waits for one outcome of a list at most, and only [`Action::WarnOfEndings`] follows
//!   that action. It does not wait for those of [`Action::TrustKeys`] and
//!   [`Action::PrepareNextKey`].
//! - The driver passes [`Input::Due`] and [`Input::Late`] at the deadline, not before.

mod action;
mod agenda;
mod answer;
pub(super) mod backoff;
mod begin;
mod clock;
mod failover;
mod input;
mod link;
mod long_poll;
mod offer;
mod outcome;
mod streak;
mod unacknowledged;
mod verdict;

#[cfg(test)]
mod tests;

pub(super) use action::{Action, Begin, Check, Peer};
pub(super) use input::{Begun, Cargo, Found, Input, JobsNow, Now, Settings, Start};
pub(super) use link::Purpose;
pub(super) use streak::LONGEST_SHORT_PAUSE;

use crate::config::address::ControlUri;
use crate::log::Level;
use agenda::Agenda;
use clock::ControlClock;
use failover::Route;
use link::{Link, Urgency};
use long_poll::LongPoll;
use outcome::Failure;
use std::mem;
use std::time::Duration;
use streak::Streak;
use unacknowledged::Unacknowledged;

/// The state from which the agent decides.
pub(super) struct Core {
    pace: Pace,
    agenda: Agenda,
    route: Route,
    long_poll: LongPoll,
    streak: Streak,
    clock: ControlClock,
    correction: Correction,
    unacknowledged: Unacknowledged,
    link: Link,
    /// The actions that the current input has led to so far.
    actions: Vec<Action>,
}

/// The settings for timeouts and pauses.
struct Pace {
    timeout: Duration,
    min_interval: Duration,
    max_backoff: Duration,
}

/// Whether the agent has retried at once after control rejected a token. It does so once per
/// start: otherwise two hosts with one identity would overtake each other's sequence numbers
/// for ever.
enum Correction {
    Untried,
    Tried,
}

impl Core {
    /// The first exchange is due at once.
    pub(super) fn new(start: Start) -> Self {
        let Start { settings, .. } = start;
        let clock = ControlClock::new(start.floor);
        let mut unacknowledged = Unacknowledged::default();
        // Reported even if it is 0: control may have stored another skew earlier.
        unacknowledged.set_skew(clock.skew());
        unacknowledged.set_keys(start.keys);
        Self {
            pace: Pace::of(&settings),
            agenda: Agenda::new(start.is_enrolled, start.has_next_key),
            long_poll: LongPoll::new(settings.wait),
            route: Route::new(settings.control),
            streak: Streak::default(),
            clock,
            correction: Correction::Untried,
            unacknowledged,
            link: Link::default(),
            actions: Vec::new(),
        }
    }

    /// Handles an input in the current state of the link.
    pub(super) fn on(&mut self, input: Input, now: Now) -> Vec<Action> {
        match (mem::take(&mut self.link), input) {
            (link, Input::JobsChanged { ended }) => self.on_jobs_changed(link, ended, now),
            (link, Input::Reloaded(settings, key)) => self.on_reloaded(&link, settings, key),
            (link, Input::KeysInForce(number)) => {
                self.unacknowledged.set_keys(number);
                self.link = link;
            }
            (link, Input::NextKeyPrepared) => self.on_next_key(link),
            (Link::Waiting(wait), Input::Due { facts_changed }) => {
                self.on_due(wait, facts_changed, now);
            }
            (Link::Beginning(begin, then), Input::Begun(begun)) => {
                self.on_begun(&begin, then, begun, now);
            }
            (Link::Beginning(begin, then), Input::Failed(why)) => {
                self.on_not_begun(begin.purpose, then, &why, now);
            }
            (Link::Exchanging(exchange), Input::Late) => self.on_silence(&exchange, now),
            (Link::Exchanging(exchange), Input::Answered(answer, time)) => {
                self.on_answered(exchange, answer, time, now);
            }
            (Link::Exchanging(exchange), Input::LinkFailed(failure)) => {
                self.on_link_failed(&exchange, &failure, now);
            }
            (Link::Exchanging(exchange), Input::TooLarge) => self.on_too_large(&exchange, now),
            (Link::Checking(exchange), Input::Late) => self.on_check_late(&exchange, now),
            (Link::Checking(exchange), Input::Failed(why)) => {
                self.fail(&exchange, &why, None, now);
            }
            (Link::Checking(exchange), Input::Checked(verdict)) => {
                self.on_verdict(exchange, verdict, now);
            }
            (link, Input::Due { .. } | Input::Late) => self.on_disagreement(link, now),
            (Link::Settling(exchange, pending), input) => {
                self.settle(exchange, pending, input, now);
            }
            // An earlier input has ended the operation that this one belongs to.
            (link, _) => self.link = link,
        }
        mem::take(&mut self.actions)
    }

    /// When the driver has to pass [`Input::Due`], since boot. `None` while a child runs: then
    /// the child's own deadline counts, and the driver passes [`Input::Late`].
    pub(super) fn deadline(&self) -> Option<Duration> {
        match &self.link {
            Link::Waiting(wait) => Some(wait.until),
            Link::Exchanging(_) | Link::Checking(_) => None,
            // The link leaves these states before the driver waits again.
            Link::Beginning(..) | Link::Settling(..) => Some(Duration::ZERO),
        }
    }

    /// The address of the current exchange, or of the next one.
    pub(super) fn control(&self) -> &ControlUri {
        self.route.current()
    }

    /// Control's time, in unix seconds.
    pub(super) fn control_time(&self, now: Now) -> u64 {
        self.clock.now(now)
    }

    /// Describes the link in one line, for the log. `number` is the last sequence number.
    pub(super) fn describe(&self, number: u64) -> String {
        let (purpose, link) = match &self.link {
            Link::Exchanging(exchange) => (exchange.purpose, "in an exchange"),
            Link::Checking(exchange) => (exchange.purpose, "checking an answer"),
            _ => (self.agenda.purpose(Duration::ZERO), "waiting"),
        };
        format!(
            "next is {purpose:?}, {link}, number {number}, control {}, interval {:?}, held for up to {:?}, clock {} s off",
            self.route.current(),
            self.agenda.interval().max(self.pace.min_interval),
            self.long_poll.next(),
            self.clock.skew(),
        )
    }

    /// If a job has ended, its result is sent at once: the agent ends a long poll, or does not
    /// wait for the next ping's time. While control cannot be reached, the result waits until the
    /// pause is over.
    fn on_jobs_changed(&mut self, link: Link, ended: bool, now: Now) {
        let is_shortened = ended
            && match &link {
                Link::Waiting(_) => self.agenda.is_registered() && !self.streak.is_failing(),
                Link::Exchanging(exchange) => {
                    exchange.purpose == Purpose::Ping && exchange.cargo == Cargo::Nothing
                }
                Link::Beginning(..) | Link::Checking(_) | Link::Settling(..) => false,
            };
        if !is_shortened {
            self.link = link;
            return;
        }
        self.route.abandon_trial(now.boot);
        self.link = match link {
            Link::Waiting(wait) => Link::at_once(wait.urgency),
            _ => {
                self.act(Action::End(Peer::Unknown));
                Link::at_once(Urgency::Idle)
            }
        };
    }

    /// Applies new settings, if there are any, and registers at once.
    fn on_reloaded(&mut self, link: &Link, settings: Option<Settings>, has_next_key: bool) {
        if let Some(settings) = settings {
            self.pace = Pace::of(&settings);
            self.long_poll.configure(settings.wait);
            self.route = Route::new(settings.control);
        }
        self.agenda.register_again(has_next_key);
        self.streak.forget_backoff();
        if !matches!(link, Link::Waiting(_)) {
            self.act(Action::End(Peer::Unknown));
        }
        self.link = Link::at_once(Urgency::Pressing);
    }

    /// Offers the prepared key to control with the next exchange.
    fn on_next_key(&mut self, link: Link) {
        self.agenda.offer_next_key();
        self.link = match link {
            Link::Waiting(wait) => Link::at_once(wait.urgency),
            link => link,
        };
    }

    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    fn log(&mut self, level: Level, text: String) {
        self.act(Action::Log(level, text));
    }
}

impl Pace {
    fn of(settings: &Settings) -> Self {
        Self {
            timeout: settings.timeout,
            min_interval: settings.min_interval,
            max_backoff: settings.max_backoff,
        }
    }
}
