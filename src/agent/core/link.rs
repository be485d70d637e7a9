//! The state of the link to control. Each state holds what the core needs to go on from it.

use super::action::Begin;
use super::input::Cargo;
use super::offer::EnvelopeWork;
use super::unacknowledged::Unacknowledged;
use std::time::Duration;

/// The states of the link.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Link {
    /// The link waits for a time.
    Waiting(Wait),
    /// The driver starts a courier; the ping after this exchange is this urgent.
    Beginning(Begin, Urgency),
    /// A courier runs.
    Exchanging(Box<Exchange>),
    /// A checker checks the answer.
    Checking(Box<Exchange>),
    /// The driver carries out what the answer requires.
    Settling(Box<Exchange>, Pending),
}

/// Until when the link waits, and how urgent the next ping is.
#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy)]
pub(super) struct Wait {
    /// Since boot; a time in the past means now.
    pub(super) until: Duration,
    pub(super) urgency: Urgency,
}

/// How urgent the next ping is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// It may wait, and another exchange may come first.
    Idle,
    /// It reports something at once, or repeats a ping that failed.
    Pressing,
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Purpose {
    Enrol,
    Register,
    Ping,
    /// Offers control the key that replaces the one in force.
    Rotate,
}

/// An exchange, from its beginning until its answer is carried out.
#[cfg_attr(test, derive(Debug))]
pub(super) struct Exchange {
    pub(super) purpose: Purpose,
    /// The sequence number of its token; 0 at enrolment, which has none.
    pub(super) n: u64,
    pub(super) cargo: Cargo,
    /// What a ping reports of the host.
    pub(super) unacknowledged: Unacknowledged,
    /// How long control may hold its answer.
    pub(super) wait: Duration,
    /// Whether a result waited when it began, and it carries none: the result could not be read,
    /// or control has refused it.
    pub(super) left_result: bool,
    /// When it began, since boot.
    pub(super) began: Duration,
    /// When the answer came, since boot; zero before.
    pub(super) answered: Duration,
    /// How urgent the ping after it is.
    pub(super) then: Urgency,
}

/// What the driver is doing with an answer.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Pending {
    /// Carrying out an envelope.
    Envelope(Box<EnvelopeWork>),
    /// Recording that this host is admitted; the interval between pings is in nanoseconds.
    Admission(i64),
    /// Taking another id.
    NewId,
    /// Raising the sequence number above this one; the text is why control rejected the token.
    Jump(u64, String),
    /// Putting the offered key in force.
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

    /// The fingerprint of the key that it offers; empty if it offers none.
    pub(super) fn next_key(&self) -> &str {
        match &self.cargo {
            Cargo::NextKey(fingerprint) => fingerprint,
            Cargo::Nothing | Cargo::Result(_) => "",
        }
    }
}
