//! `/v1/commands`: what hosts can be asked to run.

use super::page::{PAGE, PageOf};
use crate::domain::definition::Definition;
use crate::http::App;
use crate::http::authorized::{Authorized, Read};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::commands;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;

/// `GET /v1/commands` and `GET /v1/commands/{key}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/commands", PAGE, list)
        .on(Method::GET, "/v1/commands/{key}", show)
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
) -> Result<Json<Definition>, Error> {
    Ok(Json(commands::show(&app, &user.actor, &key).await?))
}
