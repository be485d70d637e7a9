//! `/v1/invitations`: what lets hosts enrol.

use super::body::{Creation, Made};
use super::hosts::labelled;
use crate::http::App;
use crate::http::authorized::{Authorized, Operate};
use crate::http::error::Error;
use crate::http::routes::Routes;
use crate::service::invitations;
use api::invitations::{Invitation, InvitationRequest};
use api::v1::NewInvitation;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;

/// `POST /v1/invitations`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/v1/invitations", create)
}

async fn create(
    user: Authorized<Operate>,
    State(app): State<App>,
    creation: Creation<NewInvitation>,
) -> Result<Response, Error> {
    let work = |app, actor, new: NewInvitation, id: Option<String>| async move {
        let request = InvitationRequest {
            uses: new.uses,
            expires: new.expires,
            place: labelled(new.place, new.labels),
        };
        let issued = invitations::create(&app, &actor, request, id.as_deref()).await?;
        Ok(Made {
            body: Invitation::from(issued),
            place: String::new(),
        })
    };
    creation.once(&app, &user.actor, true, work).await
}
