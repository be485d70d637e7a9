//! The packages of the registry.

mod archives;
mod checked;
mod puller;
mod push;

pub(crate) use checked::Checked;
pub(crate) use puller::{Puller, sign_in_job};
pub(crate) use push::{ArchiveInArrival, push};

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::package::StoredPackage;
use crate::domain::user::Permission;
use api::packages::{Artefact, Repository};
use checked::Found;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use tokio::fs::File;
use wire::PackageName;
use wire::seal::Seal;

/// The position before all packages of a repository, which has the newest first.
pub(crate) const NEWEST: (u64, &str) = (i64::MAX as u64, "");

/// Passes the repositories whose names follow `after` to `take`, by name and with their packages,
/// until it breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn repositories(
    service: &Service,
    actor: &Actor,
    mut after: String,
    mut take: impl FnMut(Repository) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Pull)?;
    while let Some(name) = service.store().repository_after(&after).await? {
        if take(whole(service, &name).await?).is_break() {
            break;
        }
        after = name;
    }
    Ok(())
}

async fn whole(service: &Service, repository: &str) -> Result<Repository, Error> {
    let mut artefacts = Vec::new();
    let take = |package| {
        artefacts.push(artefact(package));
        ControlFlow::Continue(())
    };
    service.store().packages(repository, NEWEST, take).await?;
    Ok(Repository {
        repository: repository.to_owned(),
        artefacts,
    })
}

/// A package as lists have it.
pub(crate) fn artefact(package: StoredPackage) -> Artefact {
    let manifest = package.manifest;
    Artefact {
        id: package.id,
        kind: manifest.kind,
        file_ref: package.reference,
        tags: package.tags,
        size: manifest.size,
        created: manifest.time,
    }
}

/// Passes the packages of a repository that follow the position `after` to `take`, the newest
/// first, until it breaks. A position is the time of a push and the reference.
///
/// # Errors
/// [`Error::NotFound`] if there is no such repository.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    repository: &str,
    after: (u64, &str),
    mut take: impl FnMut(StoredPackage) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::Pull)?;
    let mut is_empty = true;
    let take = |package| {
        is_empty = false;
        take(package)
    };
    service.store().packages(repository, after, take).await?;
    if is_empty && after == NEWEST {
        return Err(Error::NotFound(format!(
            "there is no repository {repository}"
        )));
    }
    Ok(())
}

/// The seal of the package with the reference that stands in the place of the address's tag, as
/// it was pushed.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn seal(
    service: &Service,
    puller: &Puller,
    address: &PackageName,
) -> Result<String, Error> {
    let (repository, reference) = (address.repository(), &address.tag);
    puller.check_repository(service, &repository)?;
    let seal = service.store().seal(&repository, reference).await?;
    puller.found(service, seal, || {
        Error::NotFound(format!(
            "{repository} has no package with the reference {reference}"
        ))
    })
}

/// The seal of a package that the tag points to, or has pointed to, as it was pushed.
///
/// # Errors
/// [`Error::NotFound`] if the tag has never had that digest.
pub(crate) async fn by_digest(
    service: &Service,
    puller: &Puller,
    address: &PackageName,
    digest: &str,
) -> Result<String, Error> {
    let (repository, tag) = (address.repository(), &address.tag);
    puller.check_repository(service, &repository)?;
    puller.check_digest(service, digest)?;
    let seal = service.store().sealed(&repository, tag, digest).await?;
    puller.found(service, seal, || {
        Error::NotFound(format!("{repository}:{tag} has never had that digest"))
    })
}

/// The seal of the package that the tag points to.
///
/// # Errors
/// [`Error::NotFound`] if there is no such tag.
pub(crate) async fn tagged(
    service: &Service,
    puller: &Puller,
    address: &PackageName,
) -> Result<Seal, Error> {
    let repository = address.repository();
    puller.check_repository(service, &repository)?;
    let seal = service.store().tagged(&repository, &address.tag).await?;
    read(&puller.found(service, seal, || no_tag(address))?)
}

/// The open archive of a package.
pub(crate) struct Archive {
    /// Its file.
    pub(crate) file: File,
    /// The seal that it was verified against.
    pub(crate) seal: Seal,
    /// Where the file is.
    pub(crate) path: PathBuf,
}

/// Opens and verifies the archive of the package with the reference that stands in the place of
/// the address's tag.
///
/// # Errors
/// [`Error::NotFound`] if there is no such package, [`Error::Lost`] if its archive is damaged or
/// gone.
pub(crate) async fn archive(
    service: &Service,
    puller: &Puller,
    address: &PackageName,
) -> Result<Archive, Error> {
    let seal = read(&seal(service, puller, address).await?)?;
    let path = archives::path(&service.packages, address, &address.tag);
    let not_read = |error| archives::not_read(&path, &error);
    let file = match File::open(&path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            tracing::error!(
                archive = %path.display(),
                "an archive is gone: push its package again to repair it"
            );
            return Err(lost(address, Found::Gone));
        }
        opened => opened.map_err(not_read)?,
    };
    let copy = file.try_clone().await.map_err(not_read)?.into_std().await;
    let verified = service.checked.verify(copy, &path, seal.clone()).await;
    match verified.map_err(not_read)? {
        Found::Whole => Ok(Archive { file, seal, path }),
        found => Err(lost(address, found)),
    }
}

fn lost(address: &PackageName, found: Found) -> Error {
    let how = match found {
        Found::Gone => "gone from control's disk",
        _ => "damaged on control's disk",
    };
    Error::Lost(format!(
        "the archive {} of {} is {how}: push the same package again to repair it",
        address.tag,
        address.repository()
    ))
}

/// Deletes a tag; queued jobs still find the package by its digest.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn delete_tag(
    service: &Service,
    actor: &Actor,
    address: &PackageName,
) -> Result<(), Error> {
    actor.may(Permission::Push)?;
    let address = address.clone();
    let work = move |service: Service, actor: Actor| async move {
        let (repository, tag) = (address.repository(), &address.tag);
        let store = service.store();
        let author = actor.author();
        let deleted = store.delete_tag(&repository, tag, unix_now(), &author);
        if !deleted.await? {
            return Err(no_tag(&address));
        }
        tracing::info!(package = %repository, tag, by = actor.who, "a tag was deleted");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

fn no_tag(address: &PackageName) -> Error {
    let (repository, tag) = (address.repository(), &address.tag);
    Error::NotFound(format!("there is no package {repository}:{tag}"))
}

fn read(seal: &str) -> Result<Seal, Error> {
    serde_json::from_str(seal).map_err(|error| Error::internal("reading a stored seal", error))
}
