//! What the agent notes of a job.

use crate::storage::record::kept_on_disk;
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::fs;

/// What was noted when the job came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    /// The job.
    pub(crate) job_id: i64,
    /// Its package.
    pub(crate) package: String,
    /// Its function.
    pub(crate) function: String,
    /// When it came, in unix seconds.
    pub(crate) at: u64,
    /// Whether its working folder stays when it has ended.
    pub(crate) keep: bool,
}

kept_on_disk!(Received as Received);

impl Received {
    /// A job of unknown content: only its id is known.
    pub(crate) fn unknown(job_id: i64) -> Self {
        Self {
            job_id,
            package: String::new(),
            function: String::new(),
            at: clock::wall(),
            keep: false,
        }
    }
}

/// What was noted before the job was begun, or the host restarted for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    /// When, in unix seconds.
    pub(crate) at: u64,
    /// Which boot of the host it was (`/proc/sys/kernel/random/boot_id`).
    pub(crate) boot: String,
}

kept_on_disk!(Started as Started);

impl Started {
    /// A job that is begun now.
    pub(crate) fn now() -> Self {
        Self {
            at: clock::wall(),
            boot: boot_id(),
        }
    }

    /// Whether the host has restarted since.
    pub(crate) fn before_reboot(&self) -> bool {
        self.boot != boot_id()
    }
}

fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}
