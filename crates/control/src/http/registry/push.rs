//! What publishers send: pushes, and tags to delete.

use super::archives;
use crate::clock::unix_now;
use crate::domain;
use crate::domain::package::{Pushed, address};
use crate::http::App;
use crate::http::error::Error;
use crate::http::operator::{Operator, Push};
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::store::PushError;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use wire::PackageName;
use wire::limits::MOST_SEAL;
use wire::seal::ArchiveHash;

/// The largest seal, and the largest of any other part but the archive.
const LARGEST_PART: u64 = MOST_SEAL;

/// How long the sender may pause.
const PAUSE: Duration = Duration::from_secs(30);

/// A push has three, and each has a longest length.
const MOST_PARTS: usize = 8;

const TAG: &str = "/package/{group}/{name}/tag/{tag}";

/// Pushing to a tag, and deleting one.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, TAG, push)
        .on(Method::DELETE, TAG, delete)
        .without_body_limit()
}

/// What has arrived so far.
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
    operator: Operator<Push>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<StatusCode, Error> {
    let name = address(&group, &name, &tag)?;
    let multipart = multipart.map_err(|error| Error::BadRequest(error.body_text()))?;
    let parts = receive(&app, multipart).await?;
    let seal = parts.seal.ok_or_else(|| missing("package-seal"))?;
    let (file, hash) = parts.archive.ok_or_else(|| missing("package-file"))?;
    let pushed = check(&app, name, seal, hash).await?;
    let changed = store(&app, &pushed, file).await?;
    tracing::info!(
        package = %pushed.name.repository(), tag = pushed.name.tag, reference = pushed.reference,
        by = operator.name, changed, "a package was pushed"
    );
    Ok(if changed {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

async fn delete(
    operator: Operator<Push>,
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
    tracing::info!(package = %repository, tag, by = operator.name, "a tag was deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// A client that still sends would not read why the package is refused: what follows
/// is read to its end, and dropped.
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
                let why = format!("the part {name} is there twice");
                return Err(Error::BadRequest(why));
            }
            Some("package-seal") => parts.seal = Some(small(field).await?),
            Some("package-file") => parts.archive = Some(archive(app, field).await?),
            // What package-meta says is in the seal too, and there it is signed.
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

/// On a thread that may take its time: signatures are verified.
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

async fn store(app: &App, pushed: &Pushed, file: NamedTempFile) -> Result<bool, Error> {
    let path = archives::path(&app.packages, &pushed.name, &pushed.reference);
    // Before the database is held: an archive may be long.
    let found = look_at(path.clone(), seal_of(pushed)?).await;
    let is_there = match found {
        Ok(found) => found == Found::Whole,
        // It can be replaced all the same.
        Err(error) if Unavailable::of_io(&error) == Some(Unavailable::Failing) => false,
        Err(error) => return Err(archives::not_read(&path, &error).into()),
    };
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

fn missing(part: &str) -> Error {
    Error::BadRequest(format!("the part {part} is missing"))
}
/// An archive was placed, and then the database did not take the package: on a full disk
/// nobody would need the archive that fills it.
async fn drop_unknown(app: &App, pushed: &Pushed, path: &FilePath) {
    let remove = || archives::remove(path);
    if let Err(error) = app.store().unless_known(pushed, remove).await {
        tracing::warn!(
            archive = %path.display(), %error,
            "the archive of a package that was not stored may be left"
        );
    }
}

fn seal_of(pushed: &Pushed) -> Result<Seal, Error> {
    serde_json::from_str(&pushed.seal)
        .map_err(|error| domain::Error::internal("reading a seal again", error).into())
}

