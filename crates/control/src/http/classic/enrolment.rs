//! `POST /enrolment`: an operator creates an invitation.

use crate::http::App;
use crate::http::authorized::{Authorized, Operate};
use crate::http::error::Error;
use crate::http::idempotency::IdempotencyKey;
use crate::http::json::{Json, JsonBody};
use crate::http::routes::Routes;
use crate::service::invitations::{self, Issued};
use api::Time;
use api::invitations::{Invitation, InvitationRequest};
use axum::extract::State;
use axum::http::{Method, StatusCode};

/// `POST /enrolment`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/enrolment", invite)
}

impl From<Issued> for Invitation {
    fn from(issued: Issued) -> Self {
        Self {
            code: issued.code.expose(),
            uses: issued.uses,
            expires: Time::at(issued.expires),
            url: issued.url,
        }
    }
}

async fn invite(
    user: Authorized<Operate>,
    State(app): State<App>,
    key: IdempotencyKey,
    JsonBody(request): JsonBody<InvitationRequest>,
) -> Result<(StatusCode, Json<Invitation>), Error> {
    let issued = invitations::create(&app, &user.actor, request, key.text()).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}
