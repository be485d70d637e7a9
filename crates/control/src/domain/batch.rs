//! What a batch may have.

use super::Error;
use api::v1::MOST_HOSTS;
use std::collections::BTreeSet;
use wire::HostId;

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
