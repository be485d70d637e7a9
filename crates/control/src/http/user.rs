//! `GET /user`: the users. `pilotctl user add` adds them on the machine that holds the store.

use super::App;
use super::authorized::{Authorized, ManageUsers};
use super::error::Error;
use super::list::{PAGE, Part};
use super::params::Query;
use super::routes::Routes;
use crate::domain::user::Role;
use crate::service::users;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use serde::Serialize;

/// `GET /user`.
pub(crate) fn router() -> Routes {
    Routes::default().on_query(Method::GET, "/user", PAGE, list)
}

#[derive(Serialize)]
struct UserEntry {
    name: String,
    role: Role,
}

async fn list(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |(name, role): (String, Role)| list.add(name.clone(), &UserEntry { name, role });
    users::list(&app, &user.actor, &after, take).await?;
    list.answer(&uri, "this list has no filters")
}
