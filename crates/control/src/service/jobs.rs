//! Jobs and batches.

use super::{Actor, Service, commands, hosts};
use crate::clock::{unix_millis, unix_now};
use crate::domain::Error;
use crate::domain::batch::check_hosts;
use crate::domain::definition::{self, masked_command};
use crate::domain::job::{Batch, BatchFilter, Job, JobFilter, end_of_cancel};
use crate::domain::keyed_request::{Earlier, KeyedRequest, key_reused};
use crate::domain::user::Permission;
use crate::domain::waiting::Waiting;
use crate::fleet::bus::Notification;
pub(crate) use crate::fleet::live_output::Output;
use crate::store::{Cancelled, IdKind, JobsError};
use api::jobs::BatchRequest;
use api::{BatchId, JobId};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use wire::HostId;
use wire::command::Command;
use wire::ping::Status;

/// Creates a batch with one job for each host, and wakes the hosts; returns its id. A repeated
/// request with the same `key` creates nothing.
///
/// # Errors
/// [`Error::Invalid`] when the command, its package, its function, an input or a host is
/// missing.
pub(crate) async fn create(
    service: &Service,
    actor: &Actor,
    request: BatchRequest,
    key: Option<&str>,
) -> Result<BatchId, Error> {
    actor.may_run(&request.fx_key)?;
    let keyed = key
        .map(|key| KeyedRequest::new(key, &request, &actor.scope))
        .transpose()?;
    // First: the command may have changed since, or its package may be gone.
    if let Some(keyed) = &keyed
        && let Some(earlier) = service.store().earlier_batch(&actor.who, keyed).await?
    {
        return repeated(earlier);
    }
    check_hosts(&request.host_uuid)?;
    let (definition, digest) = commands::resolve(service, &request.fx_key).await?;
    let jobs = jobs_for(service, request.host_uuid);
    let batch = Batch {
        id: service.ids.next(unix_millis()).into(),
        name: request.name,
        notes: request.notes,
        label: request.label,
        owner: actor.who.clone(),
        fx_key: request.fx_key,
        fx_version: request.fx_version,
        created: unix_now(),
    };
    let command = definition::command(definition, digest);
    command.check_size().map_err(Error::Invalid)?;
    let create = move |service, actor| async move {
        store_and_wake(&service, &actor, &batch, &jobs, &command, keyed.as_ref()).await
    };
    service.to_its_end(actor, create).await
}

async fn store_and_wake(
    service: &Service,
    actor: &Actor,
    batch: &Batch,
    jobs: &[(JobId, HostId)],
    command: &Command,
    keyed: Option<&KeyedRequest>,
) -> Result<BatchId, Error> {
    let (store, author) = (service.store(), actor.author());
    let created = store.create_batch(batch, jobs, command, keyed, &author);
    match created.await {
        Err(JobsError::KeyUsed(earlier)) => return repeated(earlier),
        created => created.map_err(refusal)?,
    }
    let hosts = jobs.iter().map(|(_, host)| *host).collect();
    service.delivery.bus.publish(Notification::Work(hosts));
    tracing::info!(
        batch = batch.id.number(),
        command = batch.fx_key,
        hosts = jobs.len(),
        by = actor.who,
        "created a batch of jobs"
    );
    Ok(batch.id)
}

fn jobs_for(service: &Service, hosts: BTreeSet<HostId>) -> Vec<(JobId, HostId)> {
    let hosts = hosts.into_iter();
    hosts
        .map(|host| (service.ids.next(unix_millis()).into(), host))
        .collect()
}

fn repeated(earlier: Earlier<BatchId>) -> Result<BatchId, Error> {
    match earlier {
        Earlier::Same(batch) => Ok(batch),
        Earlier::Other => Err(key_reused()),
    }
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

/// Passes jobs to `take`, newest first, until it breaks.
///
/// # Errors
/// [`Error::NotFound`] when the filter names a batch that does not exist.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    filter: &JobFilter,
    take: impl FnMut(Job) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Read)?;
    if let Some(batch) = filter.batch {
        expect_batch(service, actor, batch).await?;
    }
    Ok(service.store().jobs(filter, &actor.scope, take).await?)
}

/// Refuses the list of a batch that does not exist.
pub(super) async fn expect_batch(
    service: &Service,
    actor: &Actor,
    id: BatchId,
) -> Result<(), Error> {
    let text = match service
        .store()
        .kind_of_id(id.number(), &actor.scope)
        .await?
    {
        IdKind::Batch => return Ok(()),
        IdKind::JobOf(batch) => format!(
            "{id} is a job, of batch {batch}: see `pilotctl job show {id}` or `pilotctl job ls --batch {batch}`"
        ),
        IdKind::Nothing => format!("there is no batch {id}: see `pilotctl job ls`"),
    };
    Err(Error::NotFound(text))
}

/// Passes batches to `take`, newest first, until it breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn batches(
    service: &Service,
    actor: &Actor,
    filter: &BatchFilter,
    take: impl FnMut(Batch) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Read)?;
    Ok(service.store().batches(filter, &actor.scope, take).await?)
}

/// A job as an operator sees it.
pub(crate) struct Shown {
    /// The job, with its result.
    pub(crate) job: Job,
    /// Its command, with the secrets masked.
    pub(crate) command: Command,
    /// Why no host has it yet, if none has.
    pub(crate) waits: Option<String>,
    /// Its output so far, while it runs.
    pub(crate) progress: Option<Output>,
}

/// A job with its command; while it runs, with its output after `from` bytes. If the client
/// follows the job, its host sends output more often.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn show(
    service: &Service,
    actor: &Actor,
    id: JobId,
    from: u64,
    follow: bool,
) -> Result<Shown, Error> {
    actor.may(Permission::Read)?;
    let id = find(service, actor, id).await?;
    let Some((job, command)) = service.store().job(id, &actor.scope).await? else {
        return Err(unknown(service, actor, id).await);
    };
    let command = masked_command(command);
    if job.ended.is_some() {
        return Ok(Shown {
            job,
            command,
            waits: None,
            progress: None,
        });
    }
    if let Some(number) = job.number.filter(|_| follow) {
        service.delivery.follow(job.host, number);
    }
    let waits = match job.received {
        None => why_it_waits(service, actor, &job).await?,
        Some(_) => None,
    };
    let live = &service.delivery.live;
    let progress = job
        .number
        .and_then(|number| live.since(job.host, number.number(), from));
    Ok(Shown {
        job,
        command,
        waits,
        progress,
    })
}

/// The job with this id, or the one whose host knows it by this number.
pub(super) async fn find(service: &Service, actor: &Actor, id: JobId) -> Result<JobId, Error> {
    let store = service.store();
    if let IdKind::JobOf(_) = store.kind_of_id(id.number(), &actor.scope).await? {
        return Ok(id);
    }
    match store
        .jobs_of_number(id.number().into(), &actor.scope)
        .await?[..]
    {
        [] => Ok(id),
        [job] => Ok(job),
        _ => Err(Error::Conflict(format!(
            "several hosts know a job by the number {id}: name the job by its id (`pilotctl job ls`)"
        ))),
    }
}

/// Why no host has the job yet.
async fn why_it_waits(
    service: &Service,
    actor: &Actor,
    job: &Job,
) -> Result<Option<String>, Error> {
    let Some(host) = service.store().host(job.host, &actor.scope).await? else {
        return Ok(None);
    };
    let contact = hosts::contact(service, &host, unix_now());
    let waiting = Waiting {
        state: host.state,
        declines: host.condition.declines,
        has_held_ping: contact.has_held_ping,
        is_connected: contact.is_connected,
        seen: contact.ago_in_words(),
        busy: service.store().job_held_by(job.host).await?,
    };
    Ok(waiting.why())
}

/// What came of a cancel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CancelOutcome {
    /// The status of the job now.
    pub(crate) status: &'static str,
    /// Whether it had ended before.
    pub(crate) had_ended: bool,
    /// Whether its host has to end it first.
    pub(crate) is_pending: bool,
}

/// Cancels a job.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn cancel(
    service: &Service,
    actor: &Actor,
    id: JobId,
) -> Result<CancelOutcome, Error> {
    actor.may(Permission::Operate)?;
    let id = find(service, actor, id).await?;
    let cancel = move |service, actor| async move { cancel_and_wake(&service, &actor, id).await };
    service.to_its_end(actor, cancel).await
}

async fn cancel_and_wake(
    service: &Service,
    actor: &Actor,
    id: JobId,
) -> Result<CancelOutcome, Error> {
    let now = unix_now();
    let end = |was_offered| end_of_cancel(id, was_offered, now);
    let author = actor.author();
    let cancelled = service.store().cancel(id, now, end, &author);
    let cancelled = cancelled.await?;
    match cancelled {
        Cancelled::Unknown => return Err(unknown(service, actor, id).await),
        Cancelled::Ended => {}
        Cancelled::AtOnce => {
            let metrics = service.metrics();
            metrics.count_results(Status::Cancelled.name(), 1);
            tracing::info!(job = id.number(), by = actor.who, "cancelled a job");
        }
        Cancelled::ByHost(host) => {
            let bus = &service.delivery.bus;
            bus.publish(Notification::Work(vec![host]));
            tracing::info!(job = id.number(), by = actor.who, "cancelled a job");
        }
    }
    match service.store().job(id, &actor.scope).await? {
        Some((job, _)) => Ok(CancelOutcome {
            status: job.status(),
            had_ended: cancelled == Cancelled::Ended,
            is_pending: matches!(cancelled, Cancelled::ByHost(_)),
        }),
        None => Err(unknown(service, actor, id).await),
    }
}

pub(super) async fn unknown(service: &Service, actor: &Actor, id: JobId) -> Error {
    match service.store().kind_of_id(id.number(), &actor.scope).await {
        Ok(IdKind::Batch) => Error::NotFound(format!(
            "{id} is a batch, not a job: `pilotctl job ls --batch {id}` lists its jobs"
        )),
        Ok(_) => Error::NotFound(format!("there is no job {id}: see `pilotctl job ls`")),
        Err(error) => error.into(),
    }
}
