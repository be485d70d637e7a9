//! What the agent decides, and nothing that it does.
//!
//! The core has no descriptor, no file, no child and no clock. The driver tells it what
//! has happened, and when; it answers with what is to be done. So each decision is tested
//! by what goes in and what comes out.
//!
//! The driver keeps three rules, and the core relies on them:
//! - It carries the actions of a list out in their order. What has to be on the disk before
//!   something else happens stands before it.
//! - An action that may fail has an input for how it went, which the core hears before the
//!   next action is carried out. Only the last action of a list leads to an input that the
//!   link waits for.
//! - [`Input::Due`] and [`Input::Late`] come at the deadline, and not before.

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
pub(super) use streak::LONGEST_SOON;

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

/// The agent's decisions, between two inputs.
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
    /// What was decided since the last input.
    actions: Vec<Action>,
}

/// The settings that are needed all the time.
struct Pace {
    timeout: Duration,
    min_interval: Duration,
    max_backoff: Duration,
}

/// Whether what control says of a bad token may still be tried at once. A second time
/// would be a loop: two hosts of one identity overtake each other's numbers for ever.
enum Correction {
    Untried,
    Tried,
}

impl Core {
    /// Begins with an exchange at once.
    pub(super) fn new(start: Start) -> Self {
        let Start { settings, .. } = start;
        let clock = ControlClock::new(start.floor);
        let mut unacknowledged = Unacknowledged::default();
        // Control may remember another skew from before.
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

    /// Every state and every input.
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
                self.on_begun(&begin, then, begun);
            }
            (Link::Beginning(begin, then), Input::Failed(why)) => {
                self.on_not_begun(&begin, then, &why, now);
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
            (Link::Settling(exchange, pending), input) => {
                self.settle(exchange, pending, input, now);
            }
            // An input before this one has ended what it is about.
            (link, _) => self.link = link,
        }
        mem::take(&mut self.actions)
    }

    /// When [`Input::Due`] is due, since boot. None while a child is under way: its own
    /// deadline counts then, with [`Input::Late`].
    pub(super) fn deadline(&self) -> Option<Duration> {
        match &self.link {
            Link::Waiting(wait) => Some(wait.until),
            Link::Exchanging(_) | Link::Checking(_) => None,
            // Over before the driver waits again.
            Link::Beginning(..) | Link::Settling(..) => Some(Duration::ZERO),
        }
    }

    /// The address of the next exchange, or of the one under way.
    pub(super) fn control(&self) -> &ControlUri {
        self.route.current()
    }

    /// Control's time, in unix seconds.
    pub(super) fn control_time(&self, now: Now) -> u64 {
        self.clock.now(now)
    }

    /// The decisions' part of what the agent says of itself; `number` is the last that
    /// a token had.
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

    /// A result does not wait for the end of a long poll, nor for the next
    /// ping's time; but it does wait while control is not reachable.
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

    /// Tries control at once, by new settings if there are some.
    fn on_reloaded(&mut self, link: &Link, settings: Option<Settings>, has_next_key: bool) {
        if let Some(settings) = settings {
            self.pace = Pace::of(&settings);
            self.long_poll.configure(settings.wait);
            self.route = Route::new(settings.control);
        }
        self.agenda.look_again(has_next_key);
        self.streak.forget_backoff();
        if let Link::Exchanging(_) | Link::Checking(_) = link {
            self.act(Action::End(Peer::Unknown));
        }
        self.link = Link::at_once(Urgency::Pressing);
    }

    /// Offers control of the key that was prepared for it.
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
