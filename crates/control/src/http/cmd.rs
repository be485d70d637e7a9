//! `/cmd`: commands.

use super::App;
use super::authorized::{Authorized, Operate, Read};
use super::error::Error;
use super::json::{Json, JsonBody};
use super::list::{PAGE, Part};
use super::params::{Path, Query};
use super::routes::Routes;
use crate::clock::unix_now;
use crate::domain::commands;
use crate::domain::definition::Definition;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;

/// `PUT|GET /cmd` and `GET|DELETE /cmd/{name}`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on(Method::PUT, "/cmd", store)
        .on_query(Method::GET, "/cmd", PAGE, list)
        .on(Method::GET, "/cmd/{key}", show)
        .on(Method::DELETE, "/cmd/{key}", remove)
}

async fn store(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(definition): JsonBody<Definition>,
) -> Result<StatusCode, Error> {
    let command = definition.key.clone();
    let is_new = commands::put(app.store(), definition, unix_now()).await?;
    tracing::info!(command, by = user.name, "stored the command");
    Ok(if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

async fn list(
    _: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |definition: Definition| list.add(&definition.key, &definition);
    app.store().commands(&after, take).await?;
    list.answer(&uri, "request one by its key")
}

async fn show(
    _: Authorized<Read>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Json<Definition>, Error> {
    let shown = app.store().masked_definition(&key).await?;
    shown.map(Json).ok_or_else(|| unknown(&key))
}

async fn remove(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<StatusCode, Error> {
    if !app.store().remove_command(&key).await? {
        return Err(unknown(&key));
    }
    tracing::info!(command = key, by = user.name, "removed the command");
    Ok(StatusCode::NO_CONTENT)
}

fn unknown(key: &str) -> Error {
    Error::not_found(format!("there is no command {key}"))
}
