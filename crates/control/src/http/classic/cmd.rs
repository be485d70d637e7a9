//! `/cmd`: commands.

use crate::domain::definition::Definition;
use crate::domain::precondition::Precondition;
use crate::http::App;
use crate::http::authorized::{Authorized, Define, Read};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::list::{PAGE, Part};
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::commands;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;

/// `PUT|GET /cmd` and `GET|DELETE /cmd/{name}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::PUT, "/cmd", store)
        .on_query(Method::GET, "/cmd", PAGE, list)
        .on(Method::GET, "/cmd/{key}", show)
        .on(Method::DELETE, "/cmd/{key}", remove)
}

async fn store(
    user: Authorized<Define>,
    State(app): State<App>,
    JsonBody(definition): JsonBody<Definition>,
) -> Result<StatusCode, Error> {
    let stored = commands::put(&app, &user.actor, definition, Precondition::default()).await?;
    Ok(if stored.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |definition: Definition| list.add(&definition.key, &definition);
    commands::list(&app, &user.actor, &after, take).await?;
    list.answer(&uri, "request one by its key")
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Json<Definition>, Error> {
    let (definition, _) = commands::show(&app, &user.actor, &key).await?;
    Ok(Json(definition))
}

async fn remove(
    user: Authorized<Define>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<StatusCode, Error> {
    commands::remove(&app, &user.actor, &key, Precondition::default()).await?;
    Ok(StatusCode::NO_CONTENT)
}
