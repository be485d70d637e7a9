//! What the driver is to do.

use super::input::Cargo;
use super::link::Purpose;
use super::unacknowledged::Unacknowledged;
use crate::checker::ListedKeys;
use crate::config::address::ControlUri;
use crate::log::Level;
use std::time::Duration;
use wire::command::Command;

/// What is to be done. An input in brackets is how it went.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(in crate::agent) enum Action {
    Log(Level, String),
    /// All is well: said once.
    Good(String),
    /// Something is not: said once.
    Bad(String),
    /// An operator has to admit this host: said once.
    AwaitAdmission,
    /// Says what this host will soon trust no longer.
    WarnOfEndings,

    /// Starts a courier (`Begun` or `Failed`).
    Begin(Begin),
    /// Ends the child if there is one, and notes whether control answered over the
    /// address that the courier had got to.
    End(Peer),
    /// Starts a checker (`Failed`, or what it found).
    Check(Check, Vec<u8>),

    /// Says once how many seconds this host's clock is ahead of control's.
    NoteSkew(i64),
    /// Keeps on disk that it cannot be earlier than this, in unix seconds.
    KeepFloor(u64),
    /// Goes on above a sequence number (`Jumped`).
    JumpAbove(u64),
    /// Trusts another list of keys, if there is nothing wrong with it (`KeysInForce`).
    TrustKeys(Box<Result<ListedKeys, String>>),
    /// Keeps on disk that control has accepted the key (`Done` or `Failed`).
    Admit,
    /// Keeps a new identity on disk, with an id of its own (`Done` or `Failed`).
    TakeNewId,
    /// Puts a key on the disk that may replace the one in force (`NextKeyPrepared`, or
    /// nothing).
    PrepareNextKey,
    /// Puts the prepared key with this fingerprint in force (`Done` or `Failed`).
    TakeNextKey(String),

    /// Control has the output that was sent.
    AcknowledgeOutput,
    /// Control has the result of this job; the time is control's.
    AcknowledgeResult(i64, u64),
    /// A result is sent with less of its output.
    ShrinkResult,
    Cancel(i64),
    /// Sends, once more if need be, what became of a job.
    AccountFor(i64),
    /// The jobs that wait may begin.
    Confirm,
    /// Says how the jobs stand, and what is known of this one (`Surveyed`).
    Survey(Option<i64>),
    /// Keeps a job on disk, to be begun in its turn (`Taken` or `Unfit`).
    Take(Box<Command>),
    /// Keeps on disk that a job is refused, as its result.
    Refuse(Box<Command>, String),
}

/// An exchange that is to begin.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Clone)]
pub(in crate::agent) struct Begin {
    pub(in crate::agent) purpose: Purpose,
    pub(in crate::agent) control: ControlUri,
    /// What a ping tells of the host.
    pub(in crate::agent) unacknowledged: Unacknowledged,
    /// How long it may take, beside what control may hold it.
    pub(in crate::agent) patience: Duration,
    /// How long control may hold it if it carries no result.
    pub(super) hold: Duration,
}

impl Begin {
    /// How long control may hold the answer back. That it has a result is worth knowing
    /// at once.
    pub(in crate::agent) fn wait(&self, cargo: &Cargo) -> Duration {
        match cargo {
            Cargo::Result(_) => Duration::ZERO,
            Cargo::Nothing | Cargo::NextKey(_) => self.hold,
        }
    }
}

/// What an answer's body is checked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Check {
    Enrolment,
    Registration,
    Rejection,
    /// The answer to the ping with this number.
    Envelope(u64),
}

/// What is known of the address that a courier had got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Peer {
    /// Control answered over it.
    Worked,
    /// Nobody did, or somebody else.
    Failed,
    /// Nothing that the next exchange could go by.
    Unknown,
}
