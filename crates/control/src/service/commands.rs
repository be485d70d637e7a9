//! Commands.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::definition::{Definition, masked, unmasked};
use crate::domain::precondition::Precondition;
use crate::domain::user::Permission;
use crate::domain::{Error, declared, inputs};
use crate::random;
use crate::store::{NewDefinition, PutCommand};
use std::ops::ControlFlow;
use wire::PackageName;
use wire::encoding::hex;
use wire::seal::Seal;

/// What was stored.
pub(crate) struct Stored {
    /// Whether the command is new.
    pub(crate) is_new: bool,
    /// Its version now.
    pub(crate) version: String,
}

/// Stores a command, unless its present version is not one that the client allows. If its package is
/// in this registry, the command is checked against it now; otherwise when jobs are created.
///
/// # Errors
/// [`Error::Invalid`] with the reason why no host could run the command, [`Error::Changed`].
pub(crate) async fn put(
    service: &Service,
    actor: &Actor,
    definition: Definition,
    condition: Precondition,
) -> Result<Stored, Error> {
    actor.may(Permission::Define)?;
    let stored = service.store().command(&definition.key).await?;
    let definition = unmasked(definition, stored.as_ref())?;
    let package = inputs::check(&definition)?;
    if let Some(seal) = sealed(service, &package).await? {
        check(&definition, &seal)?;
    }
    let shown = masked(definition.clone());
    let work = move |service: Service, actor: Actor| async move {
        let store = service.store();
        let (author, version) = (actor.author(), hex(&random::bytes::<8>()));
        let new = NewDefinition {
            whole: &definition,
            shown: &shown,
            version: &version,
        };
        let allows = |present: Option<&str>| condition.allows(present);
        let put = store.put_command(new, unix_now(), allows, &author);
        let put = put.await?;
        let command = definition.key;
        if put == PutCommand::Refused {
            return Err(changed(&command));
        }
        tracing::info!(command, by = actor.who, "stored the command");
        let is_new = put == PutCommand::New;
        Ok(Stored { is_new, version })
    };
    service.to_its_end(actor, work).await
}

/// Passes the commands whose keys follow `after` to `take`, by key and with their secrets
/// masked, until it breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    after: &str,
    take: impl FnMut(Definition) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Read)?;
    Ok(service.store().commands(after, take).await?)
}

/// A command with its secrets masked, and its version.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn show(
    service: &Service,
    actor: &Actor,
    key: &str,
) -> Result<(Definition, String), Error> {
    actor.may(Permission::Read)?;
    let shown = service.store().masked_definition(key).await?;
    shown.ok_or_else(|| unknown(key))
}

/// Removes a command, unless its present version is not one that the client allows. Jobs that were
/// made from it stay.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Changed`].
pub(crate) async fn remove(
    service: &Service,
    actor: &Actor,
    key: &str,
    condition: Precondition,
) -> Result<(), Error> {
    actor.may(Permission::Define)?;
    let key = key.to_owned();
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let allows = |present: Option<&str>| condition.allows(present);
        match store.remove_command(&key, allows, &author).await? {
            PutCommand::New | PutCommand::Done => {}
            PutCommand::Unknown => return Err(unknown(&key)),
            PutCommand::Refused => return Err(changed(&key)),
        }
        tracing::info!(command = key, by = actor.who, "removed the command");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// The command of a key, with its secrets, and the digest that its package has now.
pub(super) async fn resolve(service: &Service, key: &str) -> Result<(Definition, String), Error> {
    let definition = service.store().command(key).await?.ok_or_else(|| {
        Error::Invalid(format!(
            "there is no command {key}: define it first with PUT /cmd or `pilotctl cmd put`"
        ))
    })?;
    let name = inputs::check(&definition)?;
    let seal = sealed(service, &name).await?.ok_or_else(|| {
        Error::Invalid(format!(
            "package {name} is not in this registry: push it here first (`art push {name}`)"
        ))
    })?;
    check(&definition, &seal)?;
    Ok((definition, seal.digest))
}

/// The seal of the package that the tag points to now.
async fn sealed(service: &Service, name: &PackageName) -> Result<Option<Seal>, Error> {
    let seal = service
        .store()
        .tagged(&name.repository(), &name.tag)
        .await?;
    seal.map(|seal| serde_json::from_str(&seal))
        .transpose()
        .map_err(|error| Error::internal("reading a stored seal", error))
}

/// Checks a command against the manifest in its package's seal.
fn check(definition: &Definition, seal: &Seal) -> Result<(), Error> {
    let manifest = seal
        .manifest()
        .map_err(|error| Error::internal("reading a stored manifest", error))?;
    declared::check(definition, &manifest)
}

fn changed(key: &str) -> Error {
    Error::Changed(format!(
        "the command {key} is not as the request expects: read it again, and repeat the change"
    ))
}

fn unknown(key: &str) -> Error {
    Error::NotFound(format!("there is no command {key}"))
}
