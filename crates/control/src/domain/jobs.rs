//! Asking hosts to run something.

use super::asked::{Asked, Before, used_for_other};
use super::definition::Definition;
use super::host::check_labels;
use super::ids::Ids;
use super::job::Batch;
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

/// How many hosts one batch may be for.
const MOST_HOSTS: usize = 10_000;

/// Bytes of all jobs of a batch.
const MOST_BATCH: usize = 64 << 20;

/// Longest notes, and longest description of a command, in bytes.
pub(crate) const MOST_NOTES: usize = 4 << 10;

/// The body of `POST /job`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JobRequest {
    /// What to call the batch.
    pub(crate) name: String,
    /// Anything.
    #[serde(default)]
    pub(crate) notes: String,
    /// Labels of the batch.
    #[serde(default)]
    pub(crate) label: Vec<String>,
    /// The hosts.
    pub(crate) host_uuid: BTreeSet<HostId>,
    /// The command's key.
    pub(crate) fx_key: String,
    /// The command's version; kept, but there is only one.
    #[serde(default)]
    pub(crate) fx_version: i64,
}

impl Bounded for JobRequest {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("name", &self.name, MOST_NAME)?;
        bounded::text("notes", &self.notes, MOST_NOTES)?;
        bounded::text("fx_key", &self.fx_key, MOST_NAME)?;
        check_labels(&self.label)
    }
}

/// A batch, by its id.
pub(crate) enum Created {
    /// It was made now.
    Now(i64),
    /// It was made when the client asked for the same before.
    Before(i64),
}

/// Creates batches of jobs and wakes their hosts.
pub(crate) struct Jobs<'a> {
    /// Where everything is.
    pub(crate) store: &'a Store,
    /// Where ids come from.
    pub(crate) ids: &'a Ids,
    /// Whom to wake.
    pub(crate) presence: &'a Presence,
}

impl Jobs<'_> {
    /// Creates one job per host and wakes the hosts; what was `asked` for before is not
    /// made again.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the command, its package, its function, an
    /// input or a host is missing; it says which.
    pub(crate) async fn create(
        &self,
        request: JobRequest,
        asked: Option<Asked>,
        owner: &str,
    ) -> Result<Created, Error> {
        // The command may be another one by now, or the package gone.
        if let Some(asked) = &asked
            && let Some(before) = self.store.batch_before(owner, asked).await?
        {
            return known(before);
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
        let jobs: Vec<(i64, HostId)> = request
            .host_uuid
            .into_iter()
            .map(|host| (self.ids.next(unix_millis()), host))
            .collect();
        let command = definition.command(digest);
        check_batch(&command, jobs.len())?;
        let created = self
            .store
            .create_batch(&batch, &jobs, &command, asked.as_ref());
        match created.await {
            Err(JobsError::AskedBefore(before)) => return known(before),
            created => created.map_err(refusal)?,
        }
        jobs.iter().for_each(|(_, host)| self.presence.wake(*host));
        Ok(Created::Now(batch.id))
    }

    /// The definition, and the digest that its package has at this moment.
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

fn known(before: Before<i64>) -> Result<Created, Error> {
    match before {
        Before::Same(batch) => Ok(Created::Before(batch)),
        Before::Other => Err(used_for_other()),
    }
}

/// Each job of a batch has a copy of the command, and all are written at once.
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
        JobsError::AskedBefore(_) => used_for_other(),
        JobsError::UnknownHost(host) => Error::Invalid(format!(
            "host {host} is not enrolled here: see `pilotctl host ls`"
        )),
        JobsError::Store(error) => error.into(),
    }
}
