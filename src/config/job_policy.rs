//! The settings that hold for every job on this host.

use super::settings::Values;
use crate::failure::Failure;
use std::ops::RangeInclusive;

/// The limits and the user of every job. A command cannot change them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobPolicy {
    /// How many seconds a package may take to be pulled, verified and unpacked.
    pub(crate) pull_limit: u32,
    /// How many seconds a job has between TERM and KILL.
    pub(crate) grace: u32,
    /// How many processes and threads a job may have, where they are counted.
    pub(crate) processes: u32,
    /// Whether no program of a job may gain privileges.
    pub(crate) no_new_privileges: bool,
    /// Who jobs run as, if not as the agent's user.
    pub(crate) user: Option<String>,
}

impl Default for JobPolicy {
    fn default() -> Self {
        Self {
            pull_limit: 3_600,
            grace: 10,
            processes: 4_096,
            no_new_privileges: false,
            user: None,
        }
    }
}

impl JobPolicy {
    /// Reads the policy from the settings.
    ///
    /// # Errors
    /// The key, and why its value is refused.
    pub(super) fn read(values: &Values) -> Result<Self, Failure> {
        let whole = |key: &str, default: u32, allowed: RangeInclusive<u32>| {
            values.number(key, default, allowed, "")
        };
        let default = Self::default();
        Ok(Self {
            pull_limit: whole("PILOT_PULL_LIMIT", default.pull_limit, 1..=86_400)?,
            grace: whole("PILOT_GRACE", default.grace, 1..=600)?,
            processes: whole("PILOT_PROCESS_LIMIT", default.processes, 16..=4_194_304)?,
            no_new_privileges: whole("PILOT_NO_NEW_PRIVS", 0, 0..=1)? == 1,
            user: values.text("PILOT_JOB_USER").map(str::to_owned),
        })
    }
}
