//! `GET /user`: the users. `pilotctl user add` adds them on the machine that holds the store.

use super::App;
use super::authorized::{Authorized, ManageUsers};
use super::error::Error;
use super::list::{PAGE, Part};
use super::params::Query;
use super::routes::Routes;
use crate::domain::user::Role;
use crate::service::users;
use api::users::User;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;

/// `GET /user`.
pub(crate) fn router() -> Routes {
    Routes::default().on_query(Method::GET, "/user", PAGE, list)
}

fn entry((name, role): (String, Role)) -> User {
    let role = match role {
        Role::Admin => api::users::Role::Admin,
        Role::Operator => api::users::Role::Operator,
        Role::Publisher => api::users::Role::Publisher,
        Role::Reader => api::users::Role::Reader,
    };
    User { name, role }
}

async fn list(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |user: (String, Role)| list.add(user.0.clone(), &entry(user));
    users::list(&app, &user.actor, &after, take).await?;
    list.answer(&uri, "this list has no filters")
}
