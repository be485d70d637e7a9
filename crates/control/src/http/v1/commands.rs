//! `/v1/commands`: what hosts can be asked to run.

use super::body::{Body, Conditions};
use super::page::{PAGE, PageOf};
use crate::domain;
use crate::domain::definition::Definition;
use crate::http::App;
use crate::http::authorized::{Authorized, Define, Read};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::commands;
use axum::extract::State;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// `GET /v1/commands`, and `GET|PUT|DELETE /v1/commands/{key}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/commands", PAGE, list)
        .on(Method::GET, "/v1/commands/{key}", show)
        .on(Method::PUT, "/v1/commands/{key}", put)
        .on(Method::DELETE, "/v1/commands/{key}", remove)
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    page: PageOf,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let after: String = page.after()?.unwrap_or_default();
    let take = |definition: Definition| page.add(&definition.key, &definition);
    commands::list(&app, &user.actor, &after, take).await?;
    page.answer()
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(key): Path<String>,
    Conditions(condition): Conditions,
) -> Result<Response, Error> {
    let (definition, version) = commands::show(&app, &user.actor, &key).await?;
    if condition.is_of_client(&version) {
        return Ok((StatusCode::NOT_MODIFIED, [tag(&version)]).into_response());
    }
    Ok(([tag(&version)], Json(definition)).into_response())
}

/// The header with a version.
fn tag(version: &str) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

async fn put(
    user: Authorized<Define>,
    State(app): State<App>,
    Path(key): Path<String>,
    Conditions(condition): Conditions,
    Body(definition): Body<Definition>,
) -> Result<Response, Error> {
    if definition.key != key {
        let text = "the key in the body is not that of the address";
        return Err(domain::Error::Invalid(text.into()).into());
    }
    let stored = commands::put(&app, &user.actor, definition, condition).await?;
    let status = match stored.is_new {
        true => StatusCode::CREATED,
        false => StatusCode::NO_CONTENT,
    };
    Ok((status, [tag(&stored.version)]).into_response())
}

async fn remove(
    user: Authorized<Define>,
    State(app): State<App>,
    Path(key): Path<String>,
    Conditions(condition): Conditions,
) -> Result<StatusCode, Error> {
    commands::remove(&app, &user.actor, &key, condition).await?;
    Ok(StatusCode::NO_CONTENT)
}
