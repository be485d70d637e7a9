//! What a batch may have.

use super::Error;
use super::host::check_labels;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::command::Command;
use wire::limits::MOST_NAME;

/// The most hosts of a batch.
const MOST_HOSTS: usize = 10_000;

/// The most bytes of all jobs of a batch together.
const MOST_BATCH: usize = 64 << 20;

/// The most bytes of a batch's notes, and of a command's description.
pub(crate) const MOST_NOTES: usize = 4 << 10;

/// The body of `POST /job`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BatchRequest {
    /// The name of the batch.
    pub(crate) name: String,
    /// Free text.
    #[serde(default)]
    pub(crate) notes: String,
    /// Labels of the batch.
    #[serde(default)]
    pub(crate) label: Vec<String>,
    /// The hosts.
    pub(crate) host_uuid: BTreeSet<HostId>,
    /// The command's key.
    pub(crate) fx_key: String,
    /// The command's version; stored, but commands have only one.
    #[serde(default)]
    pub(crate) fx_version: i64,
}

impl Bounded for BatchRequest {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("name", &self.name, MOST_NAME)?;
        bounded::text("notes", &self.notes, MOST_NOTES)?;
        bounded::text("fx_key", &self.fx_key, MOST_NAME)?;
        check_labels(&self.label)
    }
}

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
