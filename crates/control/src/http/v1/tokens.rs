//! `/v1/tokens`: API tokens.

use super::extract::Filtered;
use super::page::PageOf;
use crate::domain::api_token::StoredToken;
use crate::http::App;
use crate::http::authorized::{Authorized, OwnAccount};
use crate::http::error::Error;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::api_tokens;
use api::v1::{Filter, TokenQuery};
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;

/// `GET /v1/tokens`.
pub(super) fn router() -> Routes {
    Routes::default().on_query(Method::GET, "/v1/tokens", TokenQuery::NAMES, list)
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
