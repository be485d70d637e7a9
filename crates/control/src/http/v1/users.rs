//! `/v1/users`: the users.

use super::body::{Body, Creation, Made};
use super::page::{PAGE, PageOf};
use crate::domain::user::ListedUser;
use crate::http::App;
use crate::http::authorized::{Authorized, ManageUsers, OwnAccount};
use crate::http::error::Error;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::users;
use api::users::{NewPassword, NewRole, NewUser, User};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// `GET|POST /v1/users`, `DELETE /v1/users/{name}`, and `PUT …` with `role` and `password`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/users", PAGE, list)
        .on(Method::POST, "/v1/users", add)
        .on(Method::DELETE, "/v1/users/{name}", remove)
        .on(Method::PUT, "/v1/users/{name}/role", set_role)
        .on(Method::PUT, "/v1/users/{name}/password", set_password)
}

async fn list(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    page: PageOf,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let after: String = page.after()?.unwrap_or_default();
    let take = |user: ListedUser| page.add(user.name.clone(), &shapes::user(user));
    users::list(&app, &user.actor, &after, take).await?;
    page.answer()
}

async fn add(
    user: Authorized<ManageUsers>,
    State(app): State<App>,
    creation: Creation<NewUser>,
) -> Result<Response, Error> {
    let role = shapes::role(creation.new.role)?;
    let scope = shapes::scope(&creation.new.scope)?;
    let work = move |app, actor, new: NewUser, _| async move {
        let place = format!("/v1/users/{}", new.name);
        let body = User {
            name: new.name.clone(),
            role: new.role,
            scope: new.scope,
        };
        users::add(&app, &actor, new.name, role, scope, new.password).await?;
        Ok(Made { body, place })
    };
    creation.once(&app, &user.actor, false, work).await
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
    Body(new): Body<NewRole>,
) -> Result<StatusCode, Error> {
    users::set_role(&app, &user.actor, name, shapes::role(new.role)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_password(
    user: Authorized<OwnAccount>,
    State(app): State<App>,
    Path(name): Path<String>,
    Body(new): Body<NewPassword>,
) -> Result<StatusCode, Error> {
    users::set_password(&app, &user.actor, name, new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
