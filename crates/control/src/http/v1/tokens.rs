//! `/v1/tokens`: API tokens.

use super::body::{Creation, Made};
use super::extract::Filtered;
use super::page::PageOf;
use crate::domain::api_token::StoredToken;
use crate::http::App;
use crate::http::authorized::{Authorized, OwnAccount};
use crate::http::error::Error;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::api_tokens;
use api::tokens::{IssuedToken, NewToken};
use api::v1::{Filter, TokenQuery};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// `GET|POST /v1/tokens` and `DELETE /v1/tokens/{user}/{name}`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/tokens", TokenQuery::NAMES, list)
        .on(Method::POST, "/v1/tokens", add)
        .on(Method::DELETE, "/v1/tokens/{user}/{name}", remove)
}

async fn list(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    page: PageOf,
    Filtered(query): Filtered<TokenQuery>,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let after: String = page.after()?.unwrap_or_default();
    let after = after.split_once('/').unwrap_or_default();
    let take = |token: StoredToken| {
        let key = format!("{}/{}", token.owner, token.name);
        page.add(key, &shapes::token(token))
    };
    api_tokens::list(&app, &user.actor, &query.user, after, take).await?;
    page.answer()
}

async fn add(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    creation: Creation<NewToken>,
) -> Result<Response, Error> {
    let scope = shapes::scope(&creation.new.scope)?;
    let work = |app, actor, new: NewToken, _| async move {
        let new = api_tokens::NewToken {
            name: new.name,
            owner: new.user,
            rights: new.may,
            lifetime: new.expires,
            scope,
        };
        let issued = api_tokens::add(&app, &actor, new).await?;
        let about = shapes::token(issued.stored);
        Ok(Made {
            place: format!("/v1/tokens/{}/{}", about.user, about.name),
            body: IssuedToken {
                token: issued.text.expose().to_owned(),
                about,
            },
        })
    };
    creation.once(&app, &user.actor, true, work).await
}

async fn remove(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    Path((owner, name)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    api_tokens::remove(&app, &user.actor, owner, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
