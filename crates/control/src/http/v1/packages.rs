//! `/v1/repositories`: the packages of the registry. What `art` pulls and pushes stays at the
//! addresses of the registry.

use super::page::{PAGE, PageOf};
use crate::domain;
use crate::domain::package::{StoredPackage, address};
use crate::http::App;
use crate::http::authorized::{Authorized, Pull, Push};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::packages::{self, NEWEST, Puller};
use api::Time;
use api::v1::{Package, Repository, Tag};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// `GET /v1/repositories`, and of a repository `GET …/packages` and `GET|DELETE …/tags/{tag}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/repositories", PAGE, repositories)
        .on_query(
            Method::GET,
            "/v1/repositories/{group}/{name}/packages",
            PAGE,
            list,
        )
        .on(
            Method::GET,
            "/v1/repositories/{group}/{name}/tags/{tag}",
            tag,
        )
        .on(
            Method::DELETE,
            "/v1/repositories/{group}/{name}/tags/{tag}",
            delete_tag,
        )
}

async fn repositories(
    user: Authorized<Pull>,
    State(app): State<App>,
    page: PageOf,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let after: String = page.after()?.unwrap_or_default();
    let take = |repository: api::packages::Repository| {
        let entry = Repository {
            packages: repository.artefacts.len() as u64,
            name: repository.repository,
        };
        page.add(&entry.name, &entry)
    };
    packages::repositories(&app, &user.actor, after, take).await?;
    page.answer()
}

async fn list(
    user: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name)): Path<(String, String)>,
    page: PageOf,
) -> Result<Response, Error> {
    let repository = address(&group, &name, "latest")?.repository();
    let mut page = page.begin(&app, &user.actor)?;
    let place: Option<String> = page.after()?;
    let place = place.as_deref().and_then(place_of);
    let take = |package: StoredPackage| {
        let key = format!("{}.{}", package.pushed, package.reference);
        page.add(key, &entry(&repository, package))
    };
    let after = place.unwrap_or(NEWEST);
    packages::list(&app, &user.actor, &repository, after, take).await?;
    page.answer()
}

/// A position in the list of a repository's packages: when one was pushed, and its reference.
fn place_of(text: &str) -> Option<(u64, &str)> {
    let (pushed, reference) = text.split_once('.')?;
    Some((pushed.parse().ok()?, reference))
}

fn entry(repository: &str, package: StoredPackage) -> Package {
    Package {
        id: package.id,
        repository: repository.to_owned(),
        reference: package.reference,
        tags: package.tags,
        size: package.manifest.size,
        pushed: Time::at(package.pushed),
    }
}

async fn tag(
    user: Authorized<Pull>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
) -> Result<Json<Tag>, Error> {
    let address = address(&group, &name, &tag)?;
    let seal = packages::tagged(&app, &Puller::User(user.actor), &address).await?;
    let unreadable = |error| domain::Error::internal("reading a stored manifest", error);
    let manifest = seal.manifest().map_err(unreadable)?;
    let functions = manifest.functions.into_iter();
    Ok(Json(Tag {
        repository: address.repository(),
        tag: address.tag,
        digest: seal.digest,
        kind: manifest.kind,
        size: manifest.size,
        built: manifest.time,
        functions: functions
            .map(|function| (function.name, function.description))
            .collect(),
    }))
}

async fn delete_tag(
    user: Authorized<Push>,
    State(app): State<App>,
    Path((group, name, tag)): Path<(String, String, String)>,
) -> Result<StatusCode, Error> {
    let address = address(&group, &name, &tag)?;
    packages::delete_tag(&app, &user.actor, &address).await?;
    Ok(StatusCode::NO_CONTENT)
}
