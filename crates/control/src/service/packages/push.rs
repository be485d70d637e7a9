//! Pushing packages.

use super::archives;
use super::checked::{Found, verify};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::package::{Pushed, SizeLimit};
use crate::domain::push::{self, Present, PushDecision};
use crate::domain::unavailable::Unavailable;
use crate::domain::user::Permission;
use crate::service::{Actor, Service};
use crate::store::PushError;
use std::path::Path;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use wire::PackageName;
use wire::seal::{ArchiveHash, Seal};

/// An archive that arrives piece by piece. Its file is removed unless the package is stored.
pub(crate) struct ArchiveInArrival {
    file: NamedTempFile,
    writer: File,
    hash: ArchiveHash,
    size: u64,
    largest: Arc<SizeLimit>,
}

impl ArchiveInArrival {
    /// Begins to receive an archive.
    ///
    /// # Errors
    /// Those of the role and the file system.
    pub(crate) fn begin(service: &Service, actor: &Actor) -> Result<Self, Error> {
        actor.may(Permission::Push)?;
        let file = archives::receive(&service.packages)?;
        let writer = file.reopen().map_err(archives::not_written)?;
        Ok(Self {
            writer: File::from_std(writer),
            file,
            hash: ArchiveHash::default(),
            size: 0,
            largest: Arc::clone(&service.push.largest),
        })
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the archive is too large by now.
    pub(crate) async fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.size += bytes.len() as u64;
        let largest = self.largest.bytes();
        if self.size > largest {
            return Err(Error::TooLarge(format!(
                "the archive is larger than {largest} bytes"
            )));
        }
        self.hash.update(bytes);
        let written = self.writer.write_all(bytes).await;
        written.map_err(archives::not_written)
    }

    async fn finish(mut self) -> Result<(NamedTempFile, ArchiveHash), Error> {
        self.writer.flush().await.map_err(archives::not_written)?;
        // Now: others who write would wait for it once the package is being stored.
        self.writer
            .sync_all()
            .await
            .map_err(archives::not_written)?;
        Ok((self.file, self.hash))
    }
}

/// Stores a package with its seal and its archive; returns what was decided.
///
/// # Errors
/// [`Error::Invalid`] when the package is not acceptable, [`Error::Conflict`] when it contradicts
/// what the registry holds.
pub(crate) async fn push(
    service: &Service,
    actor: &Actor,
    name: PackageName,
    seal: Vec<u8>,
    archive: ArchiveInArrival,
) -> Result<PushDecision, Error> {
    actor.may(Permission::Push)?;
    let (file, hash) = archive.finish().await?;
    let pushed = check(service, name, seal, hash).await?;
    let work = move |service: Service, actor: Actor| async move {
        let decision = store(&service, &actor, &pushed, file).await?;
        log_pushed(&pushed, &actor.who, &decision);
        Ok(decision)
    };
    service.to_its_end(actor, work).await
}

fn log_pushed(pushed: &Pushed, by: &str, decision: &PushDecision) {
    let (package, tag) = (pushed.name.repository(), &pushed.name.tag);
    let reference = &pushed.reference;
    match decision {
        PushDecision::Repair => tracing::warn!(
            package,
            tag,
            reference,
            by,
            "a push repaired the archive of a package, which was damaged or gone"
        ),
        decision => {
            let changed = *decision != PushDecision::Unchanged;
            tracing::info!(package, tag, reference, by, changed, "a package was pushed");
        }
    }
}

/// Checks the package on a thread for blocking work, since it verifies signatures.
async fn check(
    service: &Service,
    name: PackageName,
    seal: Vec<u8>,
    hash: ArchiveHash,
) -> Result<Pushed, Error> {
    let service = service.clone();
    spawn_blocking(move || service.push.check(name, &seal, &hash, unix_now()))
        .await
        .map_err(|error| Error::internal("checking a package", error))?
}

async fn store(
    service: &Service,
    actor: &Actor,
    pushed: &Pushed,
    file: NamedTempFile,
) -> Result<PushDecision, Error> {
    let path = archives::path(&service.packages, &pushed.name, &pushed.reference);
    let is_there = is_there(service, pushed, &path).await?;
    let place = || archives::place(file, &path);
    let now = unix_now();
    let decide = |mut present: Present| {
        present.archive = is_there;
        push::decide(pushed, &present, now)
    };
    let author = actor.author();
    let outcome = service.store().push(pushed, now, decide, place, &author);
    let outcome = outcome.await;
    if let Err(PushError::Store(_)) = &outcome {
        drop_unknown(service, pushed, &path).await;
    }
    outcome.map_err(|error| match error {
        PushError::Refused(error) => error,
        PushError::Store(error) => error.into(),
    })
}

/// Whether the archive of a stored package is in its place. Verifying it may take long, so
/// this is done before the transaction. The archive of a new package is placed before the
/// package is stored: a push of the same package at the same time finds it.
async fn is_there(service: &Service, pushed: &Pushed, path: &Path) -> Result<bool, Error> {
    let (repository, reference) = (pushed.name.repository(), &pushed.reference);
    let store = service.store();
    if store.seal(&repository, reference).await?.is_none() {
        return Ok(true);
    }
    match verify(path.to_owned(), seal_of(pushed)?).await {
        Ok(found) => Ok(found == Found::Whole),
        // The push replaces it.
        Err(error) if Unavailable::of_io(&error) == Some(Unavailable::Failing) => Ok(false),
        Err(error) => Err(archives::not_read(path, &error)),
    }
}

/// Removes an archive whose package the database refused: otherwise it would fill a full
/// disk for nothing.
async fn drop_unknown(service: &Service, pushed: &Pushed, path: &Path) {
    let remove = || archives::remove(path);
    if let Err(error) = service.store().unless_known(pushed, remove).await {
        tracing::warn!(
            archive = %path.display(), %error,
            "the archive of a package that was not stored may be left on the disk"
        );
    }
}

fn seal_of(pushed: &Pushed) -> Result<Seal, Error> {
    serde_json::from_str(&pushed.seal)
        .map_err(|error| Error::internal("reading a seal again", error))
}
