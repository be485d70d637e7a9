//! `GET /user`: who may sign in. Users are made with `pilotctl user add`, on
//! the machine that holds the store.

use super::App;
use super::error::Error;
use super::operator::{ManageUsers, Operator};
use super::routes::Routes;
use crate::domain::operator::Role;
use axum::Json;
use axum::extract::State;
use axum::http::Method;
use serde::Serialize;

/// `GET /user`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::GET, "/user", list)
}

#[derive(Serialize)]
struct UserEntry {
    name: String,
    role: Role,
}

async fn list(
    _: Operator<ManageUsers>,
    State(app): State<App>,
) -> Result<Json<Vec<UserEntry>>, Error> {
    let accounts = app.store().accounts().await?.into_iter();
    let entries = accounts.map(|account| UserEntry {
        name: account.name,
        role: account.role,
    });
    Ok(Json(entries.collect()))
}
