//! How much of everything.

use std::time::Duration;

/// How much of everything; options change what they name.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    /// Hosts that ping.
    pub(super) hosts: u32,
    /// So many of them at once.
    pub(super) at_once: usize,
    /// Pings a second of all together; as many as control answers without it.
    pub(super) rate: Option<u32>,
    /// For how long it is measured.
    pub(super) time: Duration,
    /// Hosts whose pings are held, and for how many seconds.
    pub(super) held: u32,
    pub(super) wait: u64,
    /// Hosts that return at once.
    pub(super) returning: u32,
    /// By how much each fsync is slower.
    pub(super) fsync_delay: Duration,
    /// Connected hosts that get a job.
    pub(super) job_hosts: u32,
    /// Hosts and jobs in the database that lists come from.
    pub(super) listed_hosts: u32,
    pub(super) listed_jobs: u32,
    /// MiB of an archive, and by how many it is pulled at once.
    pub(super) archive: usize,
    pub(super) pulls: usize,
    /// Of so many signatures one is verified.
    pub(super) verify_one_in: u64,
}

impl Sizes {
    /// What a change can be looked at with: each round takes seconds.
    pub(super) fn quick() -> Self {
        Self {
            hosts: 1_000,
            at_once: 64,
            rate: None,
            time: Duration::from_secs(5),
            held: 1_000,
            wait: 60,
            returning: 1_000,
            fsync_delay: Duration::from_millis(5),
            job_hosts: 1_000,
            listed_hosts: 2_000,
            listed_jobs: 20_000,
            archive: 32,
            pulls: 8,
            verify_one_in: 1,
        }
    }

    /// What shows that everything works.
    pub(super) fn smallest() -> Self {
        Self {
            hosts: 20,
            at_once: 4,
            time: Duration::from_secs(1),
            held: 20,
            returning: 20,
            job_hosts: 20,
            listed_hosts: 20,
            listed_jobs: 100,
            archive: 1,
            pulls: 2,
            ..Self::quick()
        }
    }

    /// What a release is judged by.
    pub(super) fn full() -> Self {
        Self {
            hosts: 10_000,
            time: Duration::from_secs(10),
            held: 9_000,
            returning: 9_000,
            job_hosts: 10_000,
            listed_hosts: 100_000,
            listed_jobs: 1_000_000,
            archive: 300,
            pulls: 20,
            ..Self::quick()
        }
    }
}
