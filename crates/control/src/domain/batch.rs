//! What a batch may have.

use super::Error;
use std::collections::BTreeSet;
use wire::HostId;
use wire::command::Command;

/// The most hosts of a batch.
const MOST_HOSTS: usize = 10_000;

/// The most bytes of all jobs of a batch together.
const MOST_BATCH: usize = 64 << 20;

/// Checks the number of hosts.
///
/// # Errors
/// [`Error::Invalid`] when there is none, or there are too many.
pub(crate) fn check_hosts(hosts: &BTreeSet<HostId>) -> Result<(), Error> {
    match hosts.len() {
        0 => Err(Error::Invalid(
            "the job names no host: give at least one host_uuid".into(),
        )),
        1..=MOST_HOSTS => Ok(()),
        more => Err(Error::Invalid(format!(
            "the job names {more} hosts; one batch may have up to {MOST_HOSTS}"
        ))),
    }
}

/// Limits a batch: each of its jobs has a copy of the command, and one transaction writes
/// them all.
///
/// # Errors
/// [`Error::Invalid`] with how many hosts it may have.
pub(crate) fn check_size(command: &Command, jobs: usize) -> Result<(), Error> {
    let size = command.check_size().map_err(Error::Invalid)?;
    let most = MOST_BATCH / size.max(1);
    if jobs <= most {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the job takes {size} bytes for each of {jobs} hosts: name up to {most} hosts at once, or put large data into the package"
    )))
}
