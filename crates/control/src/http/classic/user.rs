//! `/user`: the users.

use crate::domain::user::ListedUser;
use crate::http::App;
use crate::http::authorized::{Authorized, ManageUsers, OwnAccount};
use crate::http::error::Error;
use crate::http::json::JsonBody;
use crate::http::list::{PAGE, Part};
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::users;
use api::users::{NewPassword, NewRole, NewUser};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;

/// `GET|POST /user`, `DELETE /user/{name}` and `PUT /user/{name}/…` with `role`, `scope` and
/// `password`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/user", PAGE, list)
        .on(Method::POST, "/user", add)
        .on(Method::DELETE, "/user/{name}", remove)
        .on(Method::PUT, "/user/{name}/role", set_role)
        .on(Method::PUT, "/user/{name}/scope", set_scope)
        .on(Method::PUT, "/user/{name}/password", set_password)
}

async fn list(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    uri: Uri,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    let (after, mut list) = part.by_name()?;
    let take = |user: ListedUser| list.add(user.name.clone(), &shapes::user(user));
    users::list(&app, &user.actor, &after, take).await?;
    list.answer(&uri, "this list has no filters")
}

async fn add(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<StatusCode, Error> {
    let (role, scope) = (shapes::role(new.role)?, shapes::scope(&new.scope)?);
    users::add(&app, &user.actor, new.name, role, scope, new.password).await?;
    Ok(StatusCode::CREATED)
}

async fn remove(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<StatusCode, Error> {
    users::remove(&app, &user.actor, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_role(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(new): JsonBody<NewRole>,
) -> Result<StatusCode, Error> {
    users::set_role(&app, &user.actor, name, shapes::role(new.role)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_scope(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(new): JsonBody<api::Scope>,
) -> Result<StatusCode, Error> {
    users::set_scope(&app, &user.actor, name, shapes::scope(&new)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_password(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(new): JsonBody<NewPassword>,
) -> Result<StatusCode, Error> {
    users::set_password(&app, &user.actor, name, new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
