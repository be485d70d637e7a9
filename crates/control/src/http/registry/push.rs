//! Pushing packages, and deleting tags.

use crate::domain::package::address;
use crate::domain::push::PushDecision;
use crate::http::App;
use crate::http::authorized::{Authorized, Push};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::Actor;
use crate::service::packages::{self, ArchiveInArrival};
use api::packages::Repaired;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use tokio::time::timeout;
use wire::limits::MOST_SEAL;

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
    archive: Option<ArchiveInArrival>,
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
    let parts = receive(&app, &user.actor, multipart).await?;
    let seal = parts.seal.ok_or_else(|| missing("package-seal"))?;
    let archive = parts.archive.ok_or_else(|| missing("package-file"))?;
    let decision = packages::push(&app, &user.actor, name, seal, archive).await?;
    Ok(match decision {
        PushDecision::Store(_) => StatusCode::CREATED.into_response(),
        PushDecision::Unchanged => StatusCode::OK.into_response(),
        PushDecision::Repair => Json(Repaired { repaired: true }).into_response(),
    })
}

async fn delete(
    user: Authorized<Push>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
) -> Result<StatusCode, Error> {
    packages::delete_tag(&app, &user.actor, &address(&group, &name, &tag)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn receive(app: &App, actor: &Actor, mut multipart: Multipart) -> Result<Parts, Error> {
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
            Some("package-file") => parts.archive = Some(archive(app, actor, field).await?),
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
        if bytes.len() as u64 > LARGEST_PART {
            return Err(Error::TooLarge(format!(
                "a part beside the archive is larger than {LARGEST_PART} bytes"
            )));
        }
    }
    Ok(bytes)
}

async fn archive(
    app: &App,
    actor: &Actor,
    mut field: Field<'_>,
) -> Result<ArchiveInArrival, Error> {
    let mut archive = ArchiveInArrival::begin(app, actor)?;
    while let Some(chunk) = next(&mut field).await? {
        archive.add(&chunk).await?;
    }
    Ok(archive)
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

fn missing(part: &str) -> Error {
    Error::BadRequest(format!("the part {part} is missing"))
}
