//! `POST /enrolment`: an operator creates an invitation.

use super::App;
use super::authorized::{Authorized, Operate};
use super::error::Error;
use super::idempotency::IdempotencyKey;
use super::json::{Json, JsonBody};
use super::routes::Routes;
use crate::domain::enrolment::InvitationRequest;
use crate::service::invitations::{self, Issued};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Serialize;
use wire::time::rfc3339;

/// `POST /enrolment`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::POST, "/enrolment", invite)
}

#[derive(Serialize)]
struct Answer {
    code: String,
    uses: i64,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl From<Issued> for Answer {
    fn from(issued: Issued) -> Self {
        Self {
            code: issued.code.expose(),
            uses: issued.uses,
            expires: rfc3339(issued.expires),
            url: issued.url,
        }
    }
}

async fn invite(
    user: Authorized<Operate>,
    State(app): State<App>,
    key: IdempotencyKey,
    JsonBody(request): JsonBody<InvitationRequest>,
) -> Result<(StatusCode, Json<Answer>), Error> {
    let issued = invitations::create(&app, &user.actor, request, key.text()).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}
