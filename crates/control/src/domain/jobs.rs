//! Creating batches of jobs.

use super::definition::Definition;
use super::host::check_labels;
use super::ids::Ids;
use super::job::Batch;
use super::keyed_request::{Earlier, KeyedRequest, key_reused};
use super::presence::Presence;
use super::{Error, commands, inputs};
use crate::clock::{unix_millis, unix_now};
use crate::store::{JobsError, Store};
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

/// The id of a batch.
pub(crate) enum Created {
    /// This request created it.
    Now(i64),
    /// An equal request with the same key created it before.
    Earlier(i64),
}

/// Creates batches of jobs and wakes their hosts.
pub(crate) struct Jobs<'a> {
    /// Commands, packages, hosts and jobs.
    pub(crate) store: &'a Store,
    /// Generates ids.
    pub(crate) ids: &'a Ids,
    /// Wakes the hosts.
    pub(crate) presence: &'a Presence,
}

impl Jobs<'_> {
    /// Creates one job per host and wakes the hosts. A repeated request with a key creates
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the command, its package, its function, an input or a host is
    /// missing.
    pub(crate) async fn create(
        &self,
        request: BatchRequest,
        keyed: Option<KeyedRequest>,
        owner: &str,
    ) -> Result<Created, Error> {
        // First: the command may have changed since, or its package may be gone.
        if let Some(keyed) = &keyed
            && let Some(earlier) = self.store.earlier_batch(owner, keyed).await?
        {
            return repeated(earlier);
        }
        check_hosts(&request.host_uuid)?;
        let (definition, digest) = self.resolve(&request.fx_key).await?;
        let batch = Batch {
            id: self.ids.next(unix_millis()),
            name: request.name,
            notes: request.notes,
            label: request.label,
            owner: owner.to_owned(),
            fx_key: request.fx_key,
            fx_version: request.fx_version,
            created: unix_now(),
        };
        let jobs = self.jobs_for(request.host_uuid);
        let command = definition.command(digest);
        check_batch(&command, jobs.len())?;
        let created = self
            .store
            .create_batch(&batch, &jobs, &command, keyed.as_ref());
        match created.await {
            Err(JobsError::KeyUsed(earlier)) => return repeated(earlier),
            created => created.map_err(refusal)?,
        }
        jobs.iter().for_each(|(_, host)| self.presence.wake(*host));
        Ok(Created::Now(batch.id))
    }

    fn jobs_for(&self, hosts: BTreeSet<HostId>) -> Vec<(i64, HostId)> {
        let hosts = hosts.into_iter();
        hosts
            .map(|host| (self.ids.next(unix_millis()), host))
            .collect()
    }

    /// The command, and the digest that its package has now.
    async fn resolve(&self, key: &str) -> Result<(Definition, String), Error> {
        let definition = self.store.command(key).await?.ok_or_else(|| {
            Error::Invalid(format!(
                "there is no command {key}: define it first with PUT /cmd or `pilotctl cmd put`"
            ))
        })?;
        let name = inputs::check(&definition)?;
        let seal = commands::sealed(self.store, &name).await?.ok_or_else(|| {
            Error::Invalid(format!(
                "package {name} is not in this registry: push it here first (`art push {name}`)"
            ))
        })?;
        commands::check(&definition, &seal)?;
        Ok((definition, seal.digest))
    }
}

fn check_hosts(hosts: &BTreeSet<HostId>) -> Result<(), Error> {
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

fn repeated(earlier: Earlier<i64>) -> Result<Created, Error> {
    match earlier {
        Earlier::Same(batch) => Ok(Created::Earlier(batch)),
        Earlier::Other => Err(key_reused()),
    }
}

/// Limits a batch: each of its jobs has a copy of the command, and one transaction writes
/// them all.
fn check_batch(command: &Command, jobs: usize) -> Result<(), Error> {
    let size = command.check_size().map_err(Error::Invalid)?;
    let most = MOST_BATCH / size.max(1);
    if jobs <= most {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the job takes {size} bytes for each of {jobs} hosts: name up to {most} hosts at once, or put large data into the package"
    )))
}

fn refusal(error: JobsError) -> Error {
    match error {
        JobsError::KeyUsed(_) => key_reused(),
        JobsError::UnknownHost(host) => Error::Invalid(format!(
            "host {host} is not enrolled here: see `pilotctl host ls`"
        )),
        JobsError::Store(error) => error.into(),
    }
}
