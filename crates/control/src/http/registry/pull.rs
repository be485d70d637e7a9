//! Reading the registry, as `art pull` and `art ls` do.

use super::archive;
use crate::domain::package::{StoredPackage, address};
use crate::http::App;
use crate::http::authorized::{Authorized, Pull, Pulls};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::list::{PAGE, Part};
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::packages::{self, NEWEST};
use api::packages::{Manifest, PackageDigest, Repository, Seal};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::num::ParseIntError;
use std::str::FromStr;

/// All `GET` routes of the registry.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/repository", PAGE, repositories)
        .on_query(Method::GET, "/repository/{group}/{name}", PAGE, repository)
        .on(Method::GET, "/package/seal/{group}/{name}/{ref}", seal)
        .on(
            Method::GET,
            "/package/archive/{group}/{name}/{ref}",
            archive,
        )
        .on(
            Method::GET,
            "/package/by-digest/{group}/{name}/{tag}/{digest}",
            by_digest,
        )
        .on(Method::GET, "/package/digest/{group}/{name}/{tag}", digest)
        .on(
            Method::GET,
            "/package/manifest/{group}/{name}/{tag}",
            manifest,
        )
}

type Address = (String, String, String);

async fn repositories(
    user: Authorized<Pull>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |repository: Repository| list.add(&repository.repository, &repository);
    packages::repositories(&app, &user.actor, after, take).await?;
    list.answer(&uri, "request one repository")
}

/// A position in the list of a repository's packages.
struct Place {
    pushed: u64,
    reference: String,
}

impl Place {
    fn of(package: &StoredPackage) -> String {
        format!("{}.{}", package.pushed, package.reference)
    }
}

impl FromStr for Place {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pushed, reference) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self {
            pushed: pushed.parse()?,
            reference: reference.to_owned(),
        })
    }
}

async fn repository(
    user: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name)): Path<(String, String)>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let name = address(&group, &name, "latest")?.repository();
    let place: Option<Place> = part.after()?;
    let after = place
        .as_ref()
        .map_or(NEWEST, |place| (place.pushed, &*place.reference));
    let open = format!("{{\"repository\":{},\"artefacts\":[", json!(name));
    let mut list = part.list_within(&open, "]}")?;
    let take = |package| list.add(Place::of(&package), &packages::artefact(package));
    packages::list(&app, &user.actor, &name, after, take).await?;
    list.answer(&uri, "this list has no filters")
}

async fn seal(
    Pulls(puller): Pulls,
    State(app): State<App>,
    Path((group, name, reference)): Path<Address>,
) -> Result<Response, Error> {
    let address = address(&group, &name, &reference)?;
    let seal = packages::seal(&app, &puller, &address).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], seal).into_response())
}

async fn by_digest(
    Pulls(puller): Pulls,
    State(app): State<App>,
    Path((group, name, tag, digest)): Path<(String, String, String, String)>,
) -> Result<Response, Error> {
    let address = address(&group, &name, &tag)?;
    let seal = packages::by_digest(&app, &puller, &address, &digest).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], seal).into_response())
}

async fn archive(
    Pulls(puller): Pulls,
    State(app): State<App>,
    Path((group, name, reference)): Path<Address>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let address = address(&group, &name, &reference)?;
    let archive = packages::archive(&app, &puller, &address).await?;
    Ok(archive::answer(archive, &headers).await?)
}

async fn digest(
    Pulls(puller): Pulls,
    State(app): State<App>,
    Path((group, name, tag)): Path<Address>,
) -> Result<Json<PackageDigest>, Error> {
    let seal = packages::tagged(&app, &puller, &address(&group, &name, &tag)?).await?;
    let date = read_manifest(&seal)?.time;
    Ok(Json(PackageDigest {
        date,
        value: seal.digest,
    }))
}

async fn manifest(
    Pulls(puller): Pulls,
    State(app): State<App>,
    Path((group, name, tag)): Path<Address>,
) -> Result<Json<Manifest>, Error> {
    let seal = packages::tagged(&app, &puller, &address(&group, &name, &tag)?).await?;
    read_manifest(&seal).map(Json)
}

fn read_manifest(seal: &Seal) -> Result<Manifest, Error> {
    let unreadable = |error| crate::domain::Error::internal("reading a stored manifest", error);
    Ok(seal.manifest().map_err(unreadable)?)
}
