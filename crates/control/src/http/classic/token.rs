//! `/token`: API tokens.

use crate::domain::api_token::StoredToken;
use crate::http::App;
use crate::http::authorized::{Authorized, OwnAccount};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::list::Part;
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::api_tokens;
use api::tokens::{IssuedToken, NewToken};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

/// `GET|POST /token` and `DELETE /token/{user}/{name}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/token", &["user", "limit", "after"], list)
        .on(Method::POST, "/token", add)
        .on(Method::DELETE, "/token/{user}/{name}", remove)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenQuery {
    user: String,
    #[serde(flatten)]
    part: Part,
}

async fn list(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<TokenQuery>,
) -> Result<Response, Error> {
    let (after, mut list) = query.part.by_name()?;
    let after = after.split_once('/').unwrap_or_default();
    let take = |token: StoredToken| {
        let key = format!("{}/{}", token.owner, token.name);
        list.add(key, &shapes::token(token))
    };
    api_tokens::list(&app, &user.actor, &query.user, after, take).await?;
    list.answer(&uri, "filter by user=")
}

async fn add(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<IssuedToken>), Error> {
    let new = api_tokens::NewToken {
        name: new.name,
        owner: new.user,
        rights: new.may,
        lifetime: new.expires,
        scope: shapes::scope(&new.scope)?,
    };
    let issued = api_tokens::add(&app, &user.actor, new).await?;
    let answer = IssuedToken {
        token: issued.text.expose().to_owned(),
        about: shapes::token(issued.stored),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn remove(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    api_tokens::remove(&app, &user.actor, owner, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
