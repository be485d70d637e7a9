//! Reading the registry, as `art pull` and `art ls` do.

use super::archives;
use crate::domain::package::address;
use crate::http::App;
use crate::http::authorized::{Authorized, Pull};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::list::{PAGE, Part};
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::packages::checked::Found;
use crate::store::StoredPackage;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::borrow::Cow;
use std::io;
use std::num::ParseIntError;
use std::ops::ControlFlow;
use std::str::FromStr;
use tokio::fs::File;
use wire::PackageName;
use wire::registry::{Artefact, PackageDigest, Repository};
use wire::seal::{Manifest, Seal};

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
    _: Authorized<Pull>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let mut last: String = part.after()?.unwrap_or_default();
    let mut list = part.list()?;
    while let Some(name) = app.store().repository_after(&last).await? {
        if list.add(&name, &listing(&app, &name).await?).is_break() {
            break;
        }
        last = name;
    }
    list.answer(&uri, "request one repository")
}

async fn listing(app: &App, repository: &str) -> Result<Repository, Error> {
    let mut artefacts = Vec::new();
    let take = |package| {
        artefacts.push(artefact(package));
        ControlFlow::Continue(())
    };
    let newest = NEWEST.after();
    app.store().packages(repository, newest, take).await?;
    Ok(Repository {
        repository: repository.to_owned(),
        artefacts,
    })
}

/// A position in the list of a repository's packages, which has the newest first.
struct Place {
    pushed: u64,
    reference: Cow<'static, str>,
}

/// The position before all packages.
const NEWEST: Place = Place {
    pushed: i64::MAX as u64,
    reference: Cow::Borrowed(""),
};

impl Place {
    fn after(&self) -> (u64, &str) {
        (self.pushed, &self.reference)
    }
}

impl FromStr for Place {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pushed, reference) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self {
            pushed: pushed.parse()?,
            reference: reference.to_owned().into(),
        })
    }
}

async fn repository(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name)): Path<(String, String)>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let name = address(&group, &name, "latest")?.repository();
    let after = part.after()?.unwrap_or(NEWEST);
    let open = format!("{{\"repository\":{},\"artefacts\":[", json!(name));
    let mut list = part.list_within(&open, "]}")?;
    let take = |package: StoredPackage| {
        let key = format!("{}.{}", package.pushed, package.reference);
        list.add(key, &artefact(package))
    };
    app.store().packages(&name, after.after(), take).await?;
    if list.is_empty() && after.after() == NEWEST.after() {
        return Err(Error::not_found(format!("there is no repository {name}")));
    }
    list.answer(&uri, "this list has no filters")
}

fn artefact(package: StoredPackage) -> Artefact {
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

async fn seal(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, reference)): Path<Address>,
) -> Result<Response, Error> {
    let address = address(&group, &name, &reference)?;
    let seal = app.store().seal(&address.repository(), &reference).await?;
    let seal = seal.ok_or_else(|| no_reference(&address))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], seal).into_response())
}

/// The seal of a package that the tag points to, or has pointed to.
async fn by_digest(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, tag, digest)): Path<(String, String, String, String)>,
) -> Result<Response, Error> {
    let address = address(&group, &name, &tag)?;
    let repository = address.repository();
    let seal = app.store().sealed(&repository, &tag, &digest).await?;
    let seal = seal
        .ok_or_else(|| Error::not_found(format!("{repository}:{tag} has never had that digest")))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], seal).into_response())
}

async fn archive(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, reference)): Path<Address>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let address = address(&group, &name, &reference)?;
    let seal = app.store().seal(&address.repository(), &reference).await?;
    let seal = seal.ok_or_else(|| no_reference(&address))?;
    let seal: Seal = serde_json::from_str(&seal).map_err(unreadable)?;
    let path = archives::path(&app.packages, &address, &reference);
    let not_read = |error| Error::from(archives::not_read(&path, &error));
    let file = match File::open(&path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            tracing::error!(
                archive = %path.display(),
                "an archive is gone: push its package again to repair it"
            );
            return Err(lost(&address, Found::Gone));
        }
        opened => opened.map_err(not_read)?,
    };
    let copy = file.try_clone().await.map_err(not_read)?.into_std().await;
    match app.checked.verify(copy, &path, seal.clone()).await {
        Ok(Found::Whole) => {}
        Ok(found) => return Err(lost(&address, found)),
        Err(error) => return Err(not_read(error)),
    }
    let answer = archives::answer(file, &seal, &headers).await;
    answer.map_err(not_read)
}

fn lost(address: &PackageName, found: Found) -> Error {
    let how = match found {
        Found::Gone => "gone from control's disk",
        _ => "damaged on control's disk",
    };
    let text = format!(
        "the archive {} of {} is {how}: push the same package again to repair it",
        address.tag,
        address.repository()
    );
    crate::domain::Error::Lost(text).into()
}

async fn digest(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, tag)): Path<Address>,
) -> Result<Json<PackageDigest>, Error> {
    let seal = tagged(&app, &address(&group, &name, &tag)?).await?;
    let date = read_manifest(&seal)?.time;
    Ok(Json(PackageDigest {
        date,
        value: seal.digest,
    }))
}

async fn manifest(
    _: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, tag)): Path<Address>,
) -> Result<Json<Manifest>, Error> {
    let seal = tagged(&app, &address(&group, &name, &tag)?).await?;
    read_manifest(&seal).map(Json)
}

async fn tagged(app: &App, address: &PackageName) -> Result<Seal, Error> {
    let seal = app
        .store()
        .tagged(&address.repository(), &address.tag)
        .await?;
    let seal = seal.ok_or_else(|| {
        Error::not_found(format!(
            "there is no package {}:{}",
            address.repository(),
            address.tag
        ))
    })?;
    serde_json::from_str(&seal).map_err(unreadable)
}

fn read_manifest(seal: &Seal) -> Result<Manifest, Error> {
    seal.manifest().map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    crate::domain::Error::internal("reading a stored seal", error).into()
}

fn no_reference(address: &PackageName) -> Error {
    Error::not_found(format!(
        "{} has no package with the reference {}",
        address.repository(),
        address.tag
    ))
}
