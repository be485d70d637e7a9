//! Pushing packages, and deleting tags.

use super::archives;
use crate::clock::unix_now;
use crate::domain;
use crate::domain::package::{Pushed, address};
use crate::domain::push::PushDecision;
use crate::domain::unavailable::Unavailable;
use crate::http::App;
use crate::http::authorized::{Authorized, Push};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::packages::checked::{Found, verify};
use crate::store::PushError;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::path::Path as FilePath;
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use wire::PackageName;
use wire::limits::MOST_SEAL;
use wire::seal::{ArchiveHash, Seal};

/// The largest seal, and the largest of any other part but the archive.
const LARGEST_PART: u64 = MOST_SEAL;

/// How long the client may pause.
const PAUSE: Duration = Duration::from_secs(30);

/// The most parts of a push; each has a limit of its own.
const MOST_PARTS: usize = 8;

const TAG: &str = "/package/{group}/{name}/tag/{tag}";

/// Pushing to a tag, and deleting one.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, TAG, push)
        .on(Method::DELETE, TAG, delete)
        .without_body_limit()
}

/// The parts that have arrived.
#[derive(Default)]
struct Parts {
    seal: Option<Vec<u8>>,
    archive: Option<(NamedTempFile, ArchiveHash)>,
}

impl Parts {
    fn has(&self, name: &str) -> bool {
        match name {
            "package-seal" => self.seal.is_some(),
            "package-file" => self.archive.is_some(),
            _ => false,
        }
    }
}

async fn push(
    user: Authorized<Push>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, Error> {
    let name = address(&group, &name, &tag)?;
    let multipart = multipart.map_err(|error| Error::BadRequest(error.body_text()))?;
    let parts = receive(&app, multipart).await?;
    let seal = parts.seal.ok_or_else(|| missing("package-seal"))?;
    let (file, hash) = parts.archive.ok_or_else(|| missing("package-file"))?;
    let pushed = check(&app, name, seal, hash).await?;
    let decision = store(&app, &pushed, file).await?;
    log_pushed(&pushed, &user.actor.who, &decision);
    Ok(match decision {
        PushDecision::Store(_) => StatusCode::CREATED.into_response(),
        PushDecision::Unchanged => StatusCode::OK.into_response(),
        PushDecision::Repair => Json(json!({ "repaired": true })).into_response(),
    })
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

async fn delete(
    user: Authorized<Push>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
) -> Result<StatusCode, Error> {
    let repository = address(&group, &name, &tag)?.repository();
    let store = app.store();
    if !store.delete_tag(&repository, &tag, unix_now()).await? {
        return Err(Error::not_found(format!(
            "there is no package {repository}:{tag}"
        )));
    }
    tracing::info!(package = %repository, tag, by = user.actor.who, "a tag was deleted");
    Ok(StatusCode::NO_CONTENT)
}

async fn receive(app: &App, mut multipart: Multipart) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    let mut count = 0;
    while let Some(field) = in_time(multipart.next_field()).await? {
        count += 1;
        if count > MOST_PARTS {
            let why = format!("a push has at most {MOST_PARTS} parts");
            return Err(Error::BadRequest(why));
        }
        match field.name() {
            Some(name) if parts.has(name) => {
                let why = format!("the push has the part {name} twice");
                return Err(Error::BadRequest(why));
            }
            Some("package-seal") => parts.seal = Some(small(field).await?),
            Some("package-file") => parts.archive = Some(archive(app, field).await?),
            // The seal has the content of package-meta too, and is signed.
            _ => drop(small(field).await?),
        }
    }
    Ok(parts)
}

async fn small(mut field: Field<'_>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next(&mut field).await? {
        bytes.extend_from_slice(&chunk);
        check_size(
            bytes.len() as u64,
            LARGEST_PART,
            "a part beside the archive",
        )?;
    }
    Ok(bytes)
}

async fn archive(app: &App, mut field: Field<'_>) -> Result<(NamedTempFile, ArchiveHash), Error> {
    let file = archives::receive(&app.packages)?;
    let mut writer = File::from_std(file.reopen().map_err(archives::not_written)?);
    let mut hash = ArchiveHash::default();
    let mut size = 0;
    while let Some(chunk) = next(&mut field).await? {
        size += chunk.len() as u64;
        check_size(size, app.push.largest.bytes(), "the archive")?;
        hash.update(&chunk);
        let written = writer.write_all(&chunk).await;
        written.map_err(archives::not_written)?;
    }
    writer.flush().await.map_err(archives::not_written)?;
    Ok((file, hash))
}

/// Checks the package on a thread for blocking work, since it verifies signatures.
async fn check(
    app: &App,
    name: PackageName,
    seal: Vec<u8>,
    hash: ArchiveHash,
) -> Result<Pushed, Error> {
    let app = app.clone();
    let checking =
        tokio::task::spawn_blocking(move || app.push.check(name, &seal, &hash, unix_now()));
    let checked = checking
        .await
        .map_err(|error| domain::Error::internal("checking a package", error))?;
    Ok(checked?)
}

async fn store(app: &App, pushed: &Pushed, file: NamedTempFile) -> Result<PushDecision, Error> {
    let path = archives::path(&app.packages, &pushed.name, &pushed.reference);
    let is_there = is_there(app, pushed, &path).await?;
    let place = || archives::place(file, &path);
    let outcome = app.store().push(pushed, unix_now(), is_there, place).await;
    if let Err(PushError::Store(_)) = &outcome {
        drop_unknown(app, pushed, &path).await;
    }
    outcome.map_err(|error| match error {
        PushError::Refused(error) => error.into(),
        PushError::Store(error) => error.into(),
    })
}

async fn next(field: &mut Field<'_>) -> Result<Option<Bytes>, Error> {
    in_time(field.chunk()).await
}

async fn in_time<T>(work: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Error> {
    match timeout(PAUSE, work).await {
        Err(_) => Err(Error::Slow),
        Ok(outcome) => outcome
            .map_err(|error| Error::BadRequest(format!("the package could not be read: {error}"))),
    }
}

fn check_size(size: u64, largest: u64, what: &str) -> Result<(), Error> {
    if size > largest {
        return Err(Error::TooLarge(format!(
            "{what} is larger than {largest} bytes"
        )));
    }
    Ok(())
}

/// Whether the archive of a stored package is in its place. Verifying it may take long, so
/// this is done before the transaction. The archive of a new package is placed before the
/// package is stored: a push of the same package at the same time finds it.
async fn is_there(app: &App, pushed: &Pushed, path: &FilePath) -> Result<bool, Error> {
    let (repository, reference) = (pushed.name.repository(), &pushed.reference);
    if app.store().seal(&repository, reference).await?.is_none() {
        return Ok(true);
    }
    match verify(path.to_owned(), seal_of(pushed)?).await {
        Ok(found) => Ok(found == Found::Whole),
        // The push replaces it.
        Err(error) if Unavailable::of_io(&error) == Some(Unavailable::Failing) => Ok(false),
        Err(error) => Err(archives::not_read(path, &error).into()),
    }
}

/// Removes an archive whose package the database refused: otherwise it would fill a full
/// disk for nothing.
async fn drop_unknown(app: &App, pushed: &Pushed, path: &FilePath) {
    let remove = || archives::remove(path);
    if let Err(error) = app.store().unless_known(pushed, remove).await {
        tracing::warn!(
            archive = %path.display(), %error,
            "the archive of a package that was not stored may be left on the disk"
        );
    }
}

fn seal_of(pushed: &Pushed) -> Result<Seal, Error> {
    serde_json::from_str(&pushed.seal)
        .map_err(|error| domain::Error::internal("reading a seal again", error).into())
}

fn missing(part: &str) -> Error {
    Error::BadRequest(format!("the part {part} is missing"))
}
