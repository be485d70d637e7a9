//! What the driver reports to the core.

use crate::checker::Verdict;
use crate::config::address::ControlUri;
use crate::courier::frame::{LinkFailure, RawAnswer};
use crate::spool::Lookup;
use std::time::Duration;

/// An event, or the outcome of an action.
#[cfg_attr(test, derive(Debug))]
pub(in crate::agent) enum Input {
    /// The link's wait is over. `facts_changed`: the facts of this host differ from those that
    /// it sent last.
    Due { facts_changed: bool },
    /// The child's deadline has passed.
    Late,
    /// The driver has checked the jobs. `ended`: one of them has ended.
    JobsChanged { ended: bool },
    /// The driver has read the configuration again: the new settings, or `None` if the old ones
    /// stay; and whether a key is prepared to replace the one in force.
    Reloaded(Option<Settings>, bool),

    /// A courier was started.
    Begun(Begun),
    /// The courier received this answer; control's time if the answer's MAC is valid.
    Answered(RawAnswer, Option<u64>),
    /// The courier received no answer.
    LinkFailed(LinkFailure),
    /// The courier wrote more than it may.
    TooLarge,
    /// The checker's verdict.
    Checked(Verdict),

    /// The number of the key list that this host now trusts.
    KeysInForce(Option<u64>),
    /// A key that may replace the one in force is on disk.
    NextKeyPrepared,
    /// The earlier actions about jobs are carried out. If the survey was for an offered job:
    /// what the driver found about it.
    Surveyed(Option<Found>),
    /// Whether the offered job is on disk.
    Taken(bool),
    /// This host cannot run the offered job, and why.
    Unfit(Box<wire::command::Command>, String),
    /// Whether the sequence number was raised.
    Jumped(bool),
    /// The action succeeded; what it wrote is on disk.
    Done,
    /// The action failed, and why.
    Failed(String),
}

/// The time, and the state of the jobs, at an input.
#[derive(Clone, Copy)]
pub(in crate::agent) struct Now {
    /// The time since boot, which setting the host's clock does not change.
    pub(in crate::agent) boot: Duration,
    /// The host's clock, in unix seconds.
    pub(in crate::agent) wall: u64,
    pub(in crate::agent) jobs: JobsNow,
    /// Returns the random bytes that spread a pause. The core calls it only after a failure:
    /// soon after boot, the kernel may have no random bytes yet.
    pub(in crate::agent) random: fn() -> [u8; 4],
}

/// The state of the jobs.
#[derive(Clone, Copy, Default)]
pub(in crate::agent) struct JobsNow {
    /// Whether a result waits to be sent.
    pub(in crate::agent) has_result: bool,
    /// Whether jobs wait that control has to confirm with its answer to the next ping.
    pub(in crate::agent) is_asking: bool,
    pub(in crate::agent) running: Option<i64>,
}

/// The state with which the core starts.
pub(in crate::agent) struct Start {
    pub(in crate::agent) settings: Settings,
    pub(in crate::agent) is_enrolled: bool,
    /// Whether a key is prepared to replace the one in force.
    pub(in crate::agent) has_next_key: bool,
    /// The number of the key list that this host trusts.
    pub(in crate::agent) keys: Option<u64>,
    /// The time is not earlier than this, in unix seconds.
    pub(in crate::agent) floor: u64,
}

/// The link's settings.
#[cfg_attr(test, derive(Clone, Debug))]
pub(in crate::agent) struct Settings {
    /// At least one address.
    pub(in crate::agent) control: Vec<ControlUri>,
    /// How long control may hold a ping.
    pub(in crate::agent) wait: Duration,
    /// How long an exchange may take in addition to the hold.
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

/// What only some requests of a kind carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Cargo {
    Nothing,
    /// The result of this job.
    Result(i64),
    /// The next key, which has this fingerprint.
    NextKey(String),
}

/// What the driver found about an offered job.
#[cfg_attr(test, derive(Debug))]
pub(in crate::agent) struct Found {
    pub(in crate::agent) lookup: Lookup,
    /// Whether this host could start another job now.
    pub(in crate::agent) is_idle: bool,
    /// Why a new job cannot be stored.
    pub(in crate::agent) lack: Option<String>,
}
