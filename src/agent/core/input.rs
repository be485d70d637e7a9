//! What the core is told.

use crate::checker::Verdict;
use crate::config::address::ControlUri;
use crate::courier::frame::{LinkFailure, RawAnswer};
use crate::spool::Lookup;
use std::time::Duration;

/// What has happened.
#[cfg_attr(test, derive(Debug))]
pub(in crate::agent) enum Input {
    /// The time for which the link waited has come; whether the facts of this host are
    /// other ones than those that were sent last.
    Due { facts_changed: bool },
    /// The child's deadline has passed.
    Late,
    /// The jobs were looked at; whether one has ended.
    JobsChanged { ended: bool },
    /// The configuration was read again. Without new settings the old ones stay. Whether a
    /// key is prepared to replace the one in force.
    Reloaded(Option<Settings>, bool),

    /// A courier is under way.
    Begun(Begun),
    /// The courier brought this answer, and control's time if its MAC is good.
    Answered(RawAnswer, Option<u64>),
    /// The courier brought none.
    LinkFailed(LinkFailure),
    /// The courier brought more than it may.
    TooLarge,
    /// What the checker found.
    Checked(Verdict),

    /// The number of the key list that this host goes by now.
    KeysInForce(Option<u64>),
    /// A key is on the disk that may replace the one in force.
    NextKeyPrepared,
    /// What is known of the job that was asked about, if one was. All that was to be done
    /// with jobs before is done.
    Surveyed(Option<Found>),
    /// Whether the job is on the disk.
    Taken(bool),
    /// This host cannot run the job, and why.
    Unfit(Box<wire::command::Command>, String),
    /// Whether the sequence number was moved.
    Jumped(bool),
    /// What was to be written is on the disk.
    Done,
    /// What was to be done could not be, and why.
    Failed(String),
}

/// What is true at the moment of an input.
#[derive(Clone, Copy)]
pub(in crate::agent) struct Now {
    /// Since boot, by a clock that nobody sets.
    pub(in crate::agent) boot: Duration,
    /// The host's clock, in unix seconds.
    pub(in crate::agent) wall: u64,
    pub(in crate::agent) jobs: JobsNow,
    /// Draws what a pause is spread by. Only a failure does: early after a start the kernel
    /// may have nothing random yet.
    pub(in crate::agent) random: fn() -> [u8; 4],
}

/// How the jobs stand.
#[derive(Clone, Copy, Default)]
pub(in crate::agent) struct JobsNow {
    /// Whether a result waits to be sent.
    pub(in crate::agent) has_result: bool,
    /// Whether the next ping asks what is to become of the jobs that wait.
    pub(in crate::agent) is_asking: bool,
    pub(in crate::agent) running: Option<i64>,
}

/// What an agent begins with.
pub(in crate::agent) struct Start {
    pub(in crate::agent) settings: Settings,
    pub(in crate::agent) is_enrolled: bool,
    /// Whether a key is prepared to replace the one in force.
    pub(in crate::agent) has_next_key: bool,
    /// The number of the key list that this host goes by.
    pub(in crate::agent) keys: Option<u64>,
    /// It cannot be earlier than this, in unix seconds.
    pub(in crate::agent) floor: u64,
}

/// What an operator has set.
#[cfg_attr(test, derive(Clone, Debug))]
pub(in crate::agent) struct Settings {
    /// At least one address.
    pub(in crate::agent) control: Vec<ControlUri>,
    /// How long control may hold a ping.
    pub(in crate::agent) wait: Duration,
    /// How long an exchange may take beside that.
    pub(in crate::agent) timeout: Duration,
    pub(in crate::agent) min_interval: Duration,
    pub(in crate::agent) max_backoff: Duration,
}

/// A courier that was started.
#[cfg_attr(test, derive(Debug))]
pub(in crate::agent) struct Begun {
    /// When the request was ready, since boot.
    pub(in crate::agent) at: Duration,
    /// The sequence number of its token; 0 at enrolment, which has none.
    pub(in crate::agent) n: u64,
    pub(in crate::agent) cargo: Cargo,
}

/// What a request carries beside what every one of its kind does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Cargo {
    Nothing,
    /// The result of this job.
    Result(i64),
    /// The next key, which has this fingerprint.
    NextKey(String),
}

/// What is known of a job that control offers.
#[cfg_attr(test, derive(Debug))]
pub(in crate::agent) struct Found {
    pub(in crate::agent) lookup: Lookup,
    /// Whether another job could be begun now.
    pub(in crate::agent) is_idle: bool,
    /// Why a new job cannot be kept.
    pub(in crate::agent) lack: Option<String>,
}
