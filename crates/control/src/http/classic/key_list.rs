//! `/key-list`: the key list in force, and which lists the hosts trust.

use crate::http::App;
use crate::http::authorized::{Authorized, Define, Read};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::key_lists;
use api::key_lists::KeyList;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::key_list::SignedKeyList;

/// `GET` and `PUT /key-list`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::GET, "/key-list", show)
        .on(Method::PUT, "/key-list", import)
}

async fn show(user: Authorized<Read>, State(app): State<App>) -> Result<Json<KeyList>, Error> {
    let shown = key_lists::show(&app, &user.actor).await?;
    Ok(Json(shapes::key_list(shown)))
}

async fn import(
    user: Authorized<Define>,
    State(app): State<App>,
    JsonBody(signed): JsonBody<SignedKeyList>,
) -> Result<StatusCode, Error> {
    key_lists::import(&app, &user.actor, signed).await?;
    Ok(StatusCode::NO_CONTENT)
}
