//! `GET /user`: who may sign in. Users are made with `pilotctl user add`, on
//! the machine that holds the store.

use super::App;
use super::error::Error;
use super::list::{PAGE, Part};
use super::operator::{ManageUsers, Operator};
use super::params::Query;
use super::routes::Routes;
use crate::domain::operator::Role;
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
    _: Operator<ManageUsers>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |(name, role): (String, Role)| list.add(name.clone(), &UserEntry { name, role });
    app.store().accounts(&after, take).await?;
    list.answer(&uri, "there is no other way")
}
