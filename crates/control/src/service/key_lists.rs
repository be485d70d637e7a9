//! The key list in force, and which lists the hosts trust.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::root::{Listed, Root};
use crate::domain::user::Permission;
use crate::fleet::bus::Notification;
use std::sync::Arc;
use trust::Fingerprint;
use wire::key_list::SignedKeyList;

/// The key list in force.
pub(crate) struct Shown {
    /// Fingerprint of the root key.
    pub(crate) root: String,
    /// The list.
    pub(crate) listed: Arc<Listed>,
    /// The job key that this service signs with.
    pub(crate) job_key: Fingerprint,
    /// How many enrolled hosts trust each list, by number, newest first; `None` for hosts that
    /// have not reported one.
    pub(crate) hosts: Vec<(Option<u64>, u64)>,
}

/// Shows the list in force.
///
/// # Errors
/// [`Error::NotFound`] if the service has no root key.
pub(crate) async fn show(service: &Service, actor: &Actor) -> Result<Shown, Error> {
    actor.may(Permission::Read)?;
    let root = root(service)?;
    Ok(Shown {
        root: root.fingerprint.clone(),
        listed: root.listed(),
        job_key: service.delivery.key.fingerprint(),
        hosts: service.store().key_list_counts().await?,
    })
}

/// Imports a list, and sends it to the hosts. Only the root key's signature protects it: every
/// operator may import one.
///
/// # Errors
/// [`Error::Invalid`] when the root key did not sign it, [`Error::Conflict`] when it is not newer
/// or lacks the job key, [`Error::NotFound`] if the service has no root key.
pub(crate) async fn import(
    service: &Service,
    actor: &Actor,
    signed: SignedKeyList,
) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service, actor| async move { import_and_wake(&service, &actor, signed).await };
    service.to_its_end(actor, work).await
}

async fn import_and_wake(
    service: &Service,
    actor: &Actor,
    signed: SignedKeyList,
) -> Result<(), Error> {
    let root = root(service)?;
    if root.has_in_force(&signed) {
        return Ok(());
    }
    let newer = root.open_newer(signed, &service.delivery.key.fingerprint(), unix_now())?;
    let number = newer.list.number;
    let store = service.store();
    let (now, author) = (unix_now(), actor.author());
    store
        .import_key_list(&root.fingerprint, number, &newer.signed, now, &author)
        .await?;
    root.put_in_force(newer);
    service.delivery.bus.publish(Notification::WorkForAll);
    tracing::info!(number, by = actor.who, "imported a key list");
    Ok(())
}

fn root(service: &Service) -> Result<&Root, Error> {
    service.root().ok_or_else(|| {
        Error::NotFound("this service was started without --root-key, so it has no key list".into())
    })
}
