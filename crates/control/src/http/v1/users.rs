//! `/v1/users`: the users.

use super::page::{PAGE, PageOf};
use crate::domain::user::Role;
use crate::http::App;
use crate::http::authorized::{Authorized, ManageUsers};
use crate::http::error::Error;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::users;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;

/// `GET /v1/users`.
pub(super) fn router() -> Routes {
    Routes::default().on_query(Method::GET, "/v1/users", PAGE, list)
}

async fn list(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    page: PageOf,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let after: String = page.after()?.unwrap_or_default();
    let take = |user: (String, Role)| page.add(user.0.clone(), &shapes::user(user));
    users::list(&app, &user.actor, &after, take).await?;
    page.answer()
}
