//! What the link to control is doing. Each state has what it needs to go on.

use super::action::Begin;
use super::input::Cargo;
use super::offer::Obeying;
use super::unacknowledged::Unacknowledged;
use std::time::Duration;

/// The states of the link.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Link {
    /// Nothing until its time.
    Waiting(Wait),
    /// The driver starts a courier. After the exchange the next ping is this urgent.
    Beginning(Begin, Urgency),
    /// A courier is under way.
    Exchanging(Box<Exchange>),
    /// A checker looks at what the courier brought.
    Checking(Box<Exchange>),
    /// The driver carries out what control's answer leads to.
    Settling(Box<Exchange>, Pending),
}

/// Until when, and what for.
#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy)]
pub(super) struct Wait {
    /// Since boot; a time that is past means now.
    pub(super) until: Duration,
    pub(super) urgency: Urgency,
}

/// How much control has to hear of this host with the next ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It could as well be made later, and something else first.
    Idle,
    /// Control is to hear at once of what was just decided.
    Pressing,
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Purpose {
    Enrol,
    Register,
    Ping,
    /// Telling control of the key that replaces the one in force.
    Rotate,
}

/// An exchange, from its beginning until what came of it is done.
#[cfg_attr(test, derive(Debug))]
pub(super) struct Exchange {
    pub(super) purpose: Purpose,
    /// The sequence number of its token; 0 at enrolment, which has none.
    pub(super) n: u64,
    pub(super) cargo: Cargo,
    /// What else it tells.
    pub(super) unacknowledged: Unacknowledged,
    /// How long control may hold the answer back.
    pub(super) wait: Duration,
    /// When it began, since boot.
    pub(super) began: Duration,
    /// When the answer came, since boot; zero before.
    pub(super) answered: Duration,
    /// How urgent the next ping is after it.
    pub(super) then: Urgency,
}

/// What the driver is doing with an answer.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Pending {
    /// What an envelope says.
    Envelope(Box<Obeying>),
    /// Noting that this host is admitted, with the nanoseconds between pings.
    Admission(i64),
    /// Taking another id.
    NewId,
    /// Going on above a sequence number; control said this of the one it refused.
    Jump(u64, String),
    /// Putting the key that was offered in the place of the one in force.
    NextKey,
}

impl Default for Link {
    fn default() -> Self {
        Self::at_once(Urgency::Idle)
    }
}

impl Link {
    /// The next exchange begins at once.
    pub(super) fn at_once(urgency: Urgency) -> Self {
        Self::waiting(Duration::ZERO, urgency)
    }

    pub(super) fn waiting(until: Duration, urgency: Urgency) -> Self {
        Self::Waiting(Wait { until, urgency })
    }
}

impl Exchange {
    /// How long it has taken so far.
    pub(super) fn lasted(&self, now: Duration) -> Duration {
        now.saturating_sub(self.began)
    }

    /// How long it took until the answer came.
    pub(super) fn took(&self) -> Duration {
        self.lasted(self.answered)
    }

    /// The job whose result it carries.
    pub(super) fn carries(&self) -> Option<i64> {
        match self.cargo {
            Cargo::Result(id) => Some(id),
            Cargo::Nothing | Cargo::NextKey(_) => None,
        }
    }

    /// The fingerprint of the key that control is offered of; empty if it is offered of
    /// none.
    pub(super) fn next_key(&self) -> &str {
        match &self.cargo {
            Cargo::NextKey(fingerprint) => fingerprint,
            Cargo::Nothing | Cargo::Result(_) => "",
        }
    }
}
