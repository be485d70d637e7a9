//! `PUT /admission`: an operator admits hosts, or changes their place.

use crate::http::App;
use crate::http::authorized::{Authorized, Operate};
use crate::http::error::Error;
use crate::http::json::JsonBody;
use crate::http::routes::Routes;
use crate::service::hosts;
use api::invitations::Admissions;
use axum::extract::State;
use axum::http::{Method, StatusCode};

/// `PUT /admission`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::PUT, "/admission", admit)
}

async fn admit(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(Admissions { entries }): JsonBody<Admissions>,
) -> Result<StatusCode, Error> {
    hosts::admit(&app, &user.actor, &entries).await?;
    Ok(StatusCode::CREATED)
}
