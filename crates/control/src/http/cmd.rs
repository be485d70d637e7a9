//! `/cmd`: definitions of commands.

use super::App;
use super::error::Error;
use super::json::{Json, JsonBody};
use super::list::{PAGE, Part};
use super::operator::{Operate, Operator, Read};
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
    operator: Operator<Operate>,
    State(app): State<App>,
    JsonBody(definition): JsonBody<Definition>,
) -> Result<StatusCode, Error> {
    let command = definition.key.clone();
    let is_new = commands::put(app.store(), definition, unix_now()).await?;
    tracing::info!(command, by = operator.name, "stored a command");
    Ok(if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

async fn list(
    _: Operator<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |definition: Definition| list.add(&definition.key, &definition);
    app.store().commands(&after, take).await?;
    list.answer(&uri, "ask for one by its key")
}

async fn show(
    _: Operator<Read>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<Json<Definition>, Error> {
    let shown = app.store().shown_command(&key).await?;
    shown.map(Json).ok_or_else(|| unknown(&key))
}

async fn remove(
    operator: Operator<Operate>,
    State(app): State<App>,
    Path(key): Path<String>,
) -> Result<StatusCode, Error> {
    if !app.store().remove_command(&key).await? {
        return Err(unknown(&key));
    }
    tracing::info!(command = key, by = operator.name, "removed a command");
    Ok(StatusCode::NO_CONTENT)
}

fn unknown(key: &str) -> Error {
    Error::not_found(format!("there is no command {key}"))
}
