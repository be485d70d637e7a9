//! What this host's configuration says of every job.

/// The rules under which jobs run, whatever their command says.
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
