//! `PUT /admission`: an operator admits hosts, or changes their place.

use super::App;
use super::authorized::{Authorized, Operate};
use super::error::Error;
use super::json::JsonBody;
use super::routes::Routes;
use crate::service::hosts;
use api::invitations::Admissions;
use axum::extract::State;
use axum::http::{Method, StatusCode};

/// `PUT /admission`.
pub(crate) fn router() -> Routes {
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
