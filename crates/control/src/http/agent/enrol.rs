//! `POST /enrol`: a host enrols.

use crate::http::body::{Patience, read};
use crate::http::error::Error;
use crate::http::head::{source, vouch, wait_for_control};
use crate::http::routes::Routes;
use crate::http::{App, json};
use crate::service::enrolment;
use axum::Json;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use wire::enrol::{EnrolAnswer, EnrolRequest};

/// The largest body.
const LARGEST: usize = 64 * 1024;

/// `POST /enrol`. Its parameters are ignored, as in all requests of agents.
pub(super) fn router() -> Routes {
    Routes::default().open(Method::POST, "/enrol", enrol)
}

async fn enrol(
    State(app): State<App>,
    request: Request,
) -> Result<(StatusCode, Json<EnrolAnswer>), Error> {
    let (parts, body) = request.into_parts();
    let length = body.size_hint().upper().unwrap_or(u64::MAX);
    let _memory = app.admission.enrolment(length.min(LARGEST as u64)).await?;
    let request: EnrolRequest = json::parse(&read(body, LARGEST, Patience::STRANGER).await?)?;
    let _waiting = wait_for_control(&parts.extensions);
    let _turn = app.admission.turn().await?;
    let answer = enrolment::enrol(&app, request, source(&parts)).await?;
    let status = match answer {
        EnrolAnswer::Enrolled { .. } => {
            vouch(&parts.extensions);
            StatusCode::CREATED
        }
        EnrolAnswer::Pending { .. } => StatusCode::ACCEPTED,
        EnrolAnswer::Clone => StatusCode::CONFLICT,
        EnrolAnswer::Refused { .. } => StatusCode::FORBIDDEN,
    };
    Ok((status, Json(answer)))
}
