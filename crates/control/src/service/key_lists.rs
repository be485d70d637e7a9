//! The key list in force, and which lists the hosts trust.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::audit::Author;
use crate::domain::root::{Listed, Root};
use crate::domain::user::Permission;
use crate::fleet::bus::Notification;
use crate::fleet::delivery::Delivery;
use crate::store::Store;
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
        hosts: service.store().key_list_counts(&actor.scope).await?,
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
    actor.may(Permission::Define)?;
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
    put_in_force(&service.delivery, root, newer, &actor.author()).await?;
    tracing::info!(number, by = actor.who, "imported a key list");
    Ok(())
}

async fn put_in_force(
    delivery: &Delivery,
    root: &Root,
    newer: Listed,
    by: &Author,
) -> Result<(), Error> {
    note(&delivery.store, root, &newer, by).await?;
    root.put_in_force(newer);
    delivery.bus.publish(Notification::WorkForAll);
    Ok(())
}

/// Imports the list of a file on control's machine if it is newer than the one in force, and sends
/// it to the hosts. Returns its number.
///
/// # Errors
/// What is wrong with the list, or with the database.
pub(crate) async fn renew(
    delivery: &Delivery,
    file: &[u8],
    by: &Author,
) -> Result<Option<u64>, String> {
    let Some(root) = &delivery.root else {
        return Ok(None);
    };
    let Some(newer) = root.newer_in_file(file, &delivery.key.fingerprint(), unix_now())? else {
        return Ok(None);
    };
    let number = newer.list.number;
    let imported = put_in_force(delivery, root, newer, by).await;
    imported.map_err(|error| error.to_string())?;
    Ok(Some(number))
}

/// Stores the list that the service starts with, if it is a new one.
///
/// # Errors
/// Those of the database.
pub(crate) async fn note_first(store: &Store, root: &Root, by: &Author) -> Result<(), Error> {
    note(store, root, &root.listed(), by).await
}

async fn note(store: &Store, root: &Root, listed: &Listed, by: &Author) -> Result<(), Error> {
    let (number, now) = (listed.list.number, unix_now());
    store
        .import_key_list(&root.fingerprint, number, &listed.signed, now, by)
        .await?;
    Ok(())
}

fn root(service: &Service) -> Result<&Root, Error> {
    service.root().ok_or_else(|| {
        Error::NotFound("this service was started without --root-key, so it has no key list".into())
    })
}
