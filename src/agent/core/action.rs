//! What the core has the driver do.

use super::input::Cargo;
use super::link::Purpose;
use super::unacknowledged::Unacknowledged;
use crate::checker::ListedKeys;
use crate::log::Level;
use std::time::Duration;
use wire::command::Command;

/// An instruction to the driver. The inputs in brackets report its outcome. An action without
/// them needs none: if the disk refuses it, the driver or control repeats it.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(in crate::agent) enum Action {
    Log(Level, String),
    /// Logs once that the link works.
    Good(String),
    /// Logs a failure, once until the link works again.
    Bad(String),
    /// Logs once that an operator has to admit this host.
    AwaitAdmission,
    /// Logs which of the trusted keys and certificates expire soon.
    WarnOfEndings,

    /// Starts a courier (`Begun` or `Failed`).
    Begin(Begin),
    /// Ends the child, if there is one. Records whether control answered at the network address
    /// that a courier reached.
    End(Peer),
    /// Starts a checker (`Failed`, or `Checked` when it ends).
    Check(Check, Vec<u8>),

    /// Records and logs how many seconds this host's clock is ahead of control's.
    NoteSkew(i64),
    /// Writes to disk that the time is not earlier than this, in unix seconds.
    KeepFloor(u64),
    /// Raises the sequence number above this one (`Jumped`).
    JumpAbove(u64),
    /// Trusts another key list, or logs why it is refused (`KeysInForce`).
    TrustKeys(Box<Result<ListedKeys, String>>),
    /// Writes to disk that control has accepted the key (`Done` or `Failed`).
    Admit,
    /// Writes a new identity, with an id of its own, to disk (`Done` or `Failed`).
    TakeNewId,
    /// Writes a key to disk that may replace the one in force (`NextKeyPrepared`, or nothing).
    PrepareNextKey,
    /// Puts the prepared key with this fingerprint in force (`Done` or `Failed`).
    TakeNextKey(String),

    /// Control has the output that the last ping carried.
    AcknowledgeOutput,
    /// Control has the result of this job; the time is control's, in unix seconds.
    AcknowledgeResult(i64, u64),
    /// Sends less of the next result: first without its output, then only in every other ping.
    ShrinkResult,
    Cancel(i64),
    /// Sends the result of a job that control asks for, even if it was sent before.
    AccountFor(i64),
    /// Lets the waiting jobs begin.
    Confirm,
    /// Reports the state of the jobs, and what is known of this offered one (`Surveyed`).
    Survey(Option<i64>),
    /// Stores an offered job on disk, and queues it (`Taken` or `Unfit`).
    Take(Box<Command>),
    /// Stores the refusal of an offered job on disk, as its result.
    Refuse(Box<Command>, String),
}

/// An exchange for the driver to begin, with [`super::Core::control`].
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Clone, Copy)]
pub(in crate::agent) struct Begin {
    pub(in crate::agent) purpose: Purpose,
    /// What a ping reports of the host until control acknowledges it.
    pub(in crate::agent) unacknowledged: Unacknowledged,
    /// How long it may take in addition to the hold.
    pub(in crate::agent) patience: Duration,
    /// How long control may hold its answer if the request carries no result.
    pub(super) hold: Duration,
}

impl Begin {
    /// How long control may hold its answer: not at all if the request carries a result, so that
    /// control acknowledges it at once.
    pub(in crate::agent) fn wait(&self, cargo: &Cargo) -> Duration {
        match cargo {
            Cargo::Result(_) => Duration::ZERO,
            Cargo::Nothing | Cargo::NextKey(_) => self.hold,
        }
    }
}

/// The kind of answer that a checker expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Check {
    Enrolment,
    Registration,
    Rejection,
    /// The answer to the ping with this number.
    Envelope(u64),
}

/// What an exchange showed about the network address that the courier reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Peer {
    /// Control answered.
    Worked,
    /// Control did not answer, though another server may have.
    Failed,
    /// Nothing that matters for the next exchange.
    Unknown,
}
