//! Hosts.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::contact::Contact;
use crate::domain::host::{Host, HostFilter};
use crate::domain::job::cancelled;
use crate::domain::label::check_given;
use crate::domain::session::Caller;
use crate::domain::unavailable::Unavailable;
use crate::domain::user::Permission;
use crate::fleet::bus::Notification;
use crate::fleet::to_its_end;
use crate::store::Admitted;
use api::invitations::Admission;
use std::ops::ControlFlow;
use std::sync::Arc;
use wire::ping::Status;
use wire::register::{Registered, Registration};
use wire::{HostId, HostKey};

/// How often a change of a host is tried while others change it.
const MOST_TRIES: usize = 4;

/// A host, and control's contact with it.
pub(crate) struct Shown {
    /// The host.
    pub(crate) host: Host,
    /// When control last heard of it.
    pub(crate) contact: Contact,
}

impl Shown {
    fn new(service: &Service, host: Host, now: u64) -> Self {
        Self {
            contact: contact(service, &host, now),
            host,
        }
    }
}

/// Control's contact with a host at `now`.
pub(super) fn contact(service: &Service, host: &Host, now: u64) -> Contact {
    let delivery = &service.delivery;
    let presence = delivery.presence.of(host.id);
    Contact::new(host, presence, delivery.interval.nanoseconds(), now)
}

/// Passes hosts to `take`, in the order of their numbers, until it breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    filter: &HostFilter,
    mut take: impl FnMut(Shown) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Read)?;
    let now = unix_now();
    let take = |host| take(Shown::new(service, host, now));
    let store = service.store();
    Ok(store.hosts(filter, &actor.scope, take).await?)
}

/// A host in any state.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn show(service: &Service, actor: &Actor, id: HostId) -> Result<Shown, Error> {
    actor.may(Permission::Read)?;
    match service.store().host(id, &actor.scope).await? {
        Some(host) => Ok(Shown::new(service, host, unix_now())),
        None => Err(unknown(id)),
    }
}

/// Admits hosts, or changes the place of hosts that are admitted; all or none.
///
/// # Errors
/// [`Error::Invalid`] when a host has not asked to enrol, [`Error::Conflict`] when it has a key
/// with another fingerprint.
pub(crate) async fn admit(
    service: &Service,
    actor: &Actor,
    admissions: &[Admission],
) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    for Admission { place, .. } in admissions {
        check_given(&place.label).map_err(Error::Invalid)?;
    }
    let admissions = admissions.to_vec();
    let work = move |service: Service, actor: Actor| async move {
        admit_and_log(&service, &actor, &admissions).await
    };
    service.to_its_end(actor, work).await
}

async fn admit_and_log(
    service: &Service,
    actor: &Actor,
    admissions: &[Admission],
) -> Result<(), Error> {
    match service.store().admit(admissions, &actor.author()).await? {
        Admitted::All => {}
        Admitted::UnknownHost(host) => {
            return Err(Error::Invalid(format!(
                "host {host} has not asked to enrol (see `pilotctl host ls`)"
            )));
        }
        Admitted::OtherKey(host, fingerprint) => return Err(other_key(host, &fingerprint)),
    }
    for Admission {
        host_uuid: host, ..
    } in admissions
    {
        tracing::info!(%host, by = actor.who, "admitted the host");
    }
    Ok(())
}

fn other_key(host: HostId, fingerprint: &str) -> Error {
    Error::Conflict(format!(
        "the key of host {host} has the fingerprint {fingerprint}, not the given one: no host was admitted"
    ))
}

/// Removes a host and ends its jobs.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn remove(service: &Service, actor: &Actor, host: HostId) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        let now = unix_now();
        let end = |job| cancelled(job, "the host was removed", now);
        let (store, author) = (service.store(), actor.author());
        let removed = store.remove_host(host, now, end, &author);
        let removed = removed.await?;
        let metrics = service.metrics();
        metrics.count_results(Status::Cancelled.name(), removed.jobs);
        if !removed.is_new {
            return Err(unknown(host));
        }
        let bus = &service.delivery.bus;
        bus.publish(Notification::Removed(host));
        tracing::info!(%host, by = actor.who, "removed the host");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Refuses a host's tokens from now on; its jobs keep waiting.
///
/// # Errors
/// [`Error::NotFound`] if it is not enrolled.
pub(crate) async fn disable(service: &Service, actor: &Actor, host: HostId) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        if !store.disable(host, Some(unix_now()), &author).await? {
            return Err(not_enrolled(host));
        }
        let bus = &service.delivery.bus;
        bus.publish(Notification::Disabled(host));
        tracing::info!(%host, by = actor.who, "disabled the host");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Accepts the tokens of a disabled host again.
///
/// # Errors
/// [`Error::NotFound`] if it is not enrolled.
pub(crate) async fn enable(service: &Service, actor: &Actor, host: HostId) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        if !service.store().disable(host, None, &actor.author()).await? {
            return Err(not_enrolled(host));
        }
        tracing::info!(%host, by = actor.who, "enabled the host");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Clears the notes that a host was restored or cloned.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn acknowledge(
    service: &Service,
    actor: &Actor,
    host: HostId,
) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        if !service.store().acknowledge(host, &actor.author()).await? {
            return Err(unknown(host));
        }
        tracing::info!(%host, by = actor.who, "acknowledged that a host was restored or cloned");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Asks a host to replace its key.
///
/// # Errors
/// [`Error::NotFound`] if it is not enrolled.
pub(crate) async fn rotate(service: &Service, actor: &Actor, host: HostId) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        if !store.ask_for_rotation(host, unix_now(), &author).await? {
            return Err(not_enrolled(host));
        }
        let bus = &service.delivery.bus;
        bus.publish(Notification::Work(vec![host]));
        tracing::info!(%host, by = actor.who, "asked the host to replace its key");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Stores the facts of a host. The host itself asks for this.
///
/// # Errors
/// Those of the database.
pub(crate) async fn register(service: &Service, facts: Registration) -> Result<Registered, Error> {
    let service = service.clone();
    to_its_end(async move {
        let interval = service.delivery.interval.nanoseconds();
        let operation = service.store().register(&facts, interval).await?;
        tracing::info!(host = %facts.machine_id, ?operation, "the host registered");
        Ok(Registered {
            operation,
            interval: Some(interval),
        })
    })
    .await
}

/// Keeps the key with which a host is about to replace its own. The host itself asks for this.
/// Keeping the same key again, or the key in force, changes nothing.
///
/// # Errors
/// [`Error::NotFound`] if it is no longer enrolled, or has another key than its token was made with.
pub(crate) async fn keep_next_key(
    service: &Service,
    caller: &Caller,
    key: &HostKey,
) -> Result<(), Error> {
    let (host, sessions) = (caller.host, &service.delivery.sessions);
    let mut session = Arc::clone(&caller.session);
    for _ in 0..MOST_TRIES {
        if session.keys.has(key) || put_next_key(service, host, session.version, key).await? {
            return Ok(());
        }
        let read = sessions.read(host).await?;
        let same = read.filter(|read| read.has_same_key(&caller.session));
        session = same.ok_or_else(|| Error::NotFound("this host is no longer enrolled".into()))?;
    }
    Err(Unavailable::Busy.into())
}

/// Stores a next key and logs it; `false` if the host has changed.
async fn put_next_key(
    service: &Service,
    host: HostId,
    version: i64,
    key: &HostKey,
) -> Result<bool, Error> {
    let (store, key) = (service.store().clone(), key.clone());
    to_its_end(async move {
        let is_stored = store.put_next_key(host, version, &key).await?;
        if is_stored {
            let fingerprint = key.fingerprint();
            tracing::info!(%host, fingerprint, "the host is about to replace its key");
        }
        Ok(is_stored)
    })
    .await
}

pub(super) fn unknown(host: HostId) -> Error {
    Error::NotFound(format!("there is no host {host}"))
}

fn not_enrolled(host: HostId) -> Error {
    Error::NotFound(format!("no host {host} is enrolled"))
}
