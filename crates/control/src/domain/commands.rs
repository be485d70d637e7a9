//! Storing commands.

use super::definition::Definition;
use super::{Error, declared, inputs};
use crate::store::Store;
use wire::PackageName;
use wire::seal::Seal;

/// Stores a command; returns whether it is new. If its package is in this registry, the
/// command is checked against it now; otherwise when jobs are created.
///
/// # Errors
/// [`Error::Invalid`] with the reason why no host could run the command.
pub(crate) async fn put(store: &Store, definition: Definition, now: u64) -> Result<bool, Error> {
    let stored = store.command(&definition.key).await?;
    let definition = definition.unmasked(stored.as_ref())?;
    let package = inputs::check(&definition)?;
    if let Some(seal) = sealed(store, &package).await? {
        check(&definition, &seal)?;
    }
    Ok(store.put_command(&definition, now).await?)
}

/// The seal of the package that the tag points to now.
pub(super) async fn sealed(store: &Store, name: &PackageName) -> Result<Option<Seal>, Error> {
    let seal = store.tagged(&name.repository(), &name.tag).await?;
    seal.map(|seal| serde_json::from_str(&seal))
        .transpose()
        .map_err(|error| Error::internal("reading a stored seal", error))
}

/// Checks a command against the manifest in its package's seal.
pub(super) fn check(definition: &Definition, seal: &Seal) -> Result<(), Error> {
    let manifest = seal
        .manifest()
        .map_err(|error| Error::internal("reading a stored manifest", error))?;
    declared::check(definition, &manifest)
}
