//! `GET /user`: the users. `pilotctl user add` adds them on the machine that holds the store.

use crate::domain::user::Role;
use crate::http::App;
use crate::http::authorized::{Authorized, ManageUsers};
use crate::http::error::Error;
use crate::http::list::{PAGE, Part};
use crate::http::params::Query;
use crate::http::routes::Routes;
use crate::service::users;
use api::users::User;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;

/// `GET /user`.
pub(super) fn router() -> Routes {
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
