//! `POST /enrol`: a host enrols.

use super::body::{Patience, read};
use super::error::Error;
use super::head::{source, vouch};
use super::routes::Routes;
use super::{App, json};
use crate::clock::unix_now;
use crate::domain;
use crate::domain::enrolment::Attempt;
use crate::store::EnrolOutcome;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use std::net::IpAddr;
use std::time::Instant;
use wire::HostId;
use wire::enrol::{EnrolAnswer, EnrolRequest};

/// The largest body.
const LARGEST: usize = 64 * 1024;

/// `POST /enrol`. Its parameters are ignored, as in all requests of agents.
pub(crate) fn router() -> Routes {
    Routes::default().open(Method::POST, "/enrol", enrol)
}

async fn enrol(
    State(app): State<App>,
    request: Request,
) -> Result<(StatusCode, Json<EnrolAnswer>), Error> {
    let (parts, body) = request.into_parts();
    let source = source(&parts);
    let request: EnrolRequest = json::parse(&read(body, LARGEST, Patience::STRANGER).await?)?;
    if request.facts.machine_id != request.host {
        return Err(Error::invalid(
            "host and facts.machine_id are different ids",
        ));
    }
    let attempt = Attempt {
        request,
        now: unix_now(),
    };
    let is_counted = throttle(&app, source, &attempt).await?;
    let outcome = app.store().enrol(&attempt).await;
    let is_burden = outcome.as_ref().is_ok_and(EnrolOutcome::is_burden);
    if is_counted && !is_burden {
        app.throttles.enrolments.give_back(source);
    }
    let outcome = outcome?;
    log_outcome(&outcome, attempt.host(), source);
    if matches!(outcome, EnrolOutcome::Enrolled) {
        vouch(&parts.extensions);
    }
    answer(&app, outcome, attempt.request.key.fingerprint())
}

/// Logs the outcome. A host that waits for admission keeps asking; only its first request is
/// logged at the default level.
fn log_outcome(outcome: &EnrolOutcome, host: HostId, source: IpAddr) {
    match outcome {
        EnrolOutcome::Enrolled => tracing::info!(%host, %source, "a host is enrolled"),
        EnrolOutcome::NewlyPending => {
            tracing::info!(%host, %source, "a host waits for admission");
        }
        EnrolOutcome::Pending => {
            tracing::debug!(%host, %source, "a host still waits for admission")
        }
        EnrolOutcome::Clone => {
            tracing::warn!(%host, %source, "refused to enrol a host: another key owns its id");
        }
        EnrolOutcome::Refused(reason) => {
            tracing::info!(%host, %source, reason, "refused to enrol a host");
        }
        EnrolOutcome::Full => {
            tracing::warn!(%host, %source, "refused to enrol a host: too many wait for admission");
        }
    }
}

/// Counts the attempt and refuses it if the source failed too often, unless it has the code
/// of an invitation. Returns whether the attempt was counted.
async fn throttle(app: &App, source: IpAddr, attempt: &Attempt) -> Result<bool, Error> {
    let Err(wait) = app.throttles.enrolments.begin(source, Instant::now()) else {
        return Ok(true);
    };
    match attempt.code_hash() {
        Some(hash) if app.store().is_invitation(hash).await? => Ok(false),
        _ => Err(domain::Error::Throttled(wait).into()),
    }
}

fn answer(
    app: &App,
    outcome: EnrolOutcome,
    fingerprint: String,
) -> Result<(StatusCode, Json<EnrolAnswer>), Error> {
    let (status, answer) = match outcome {
        EnrolOutcome::Enrolled => (StatusCode::CREATED, enrolled(app)),
        EnrolOutcome::NewlyPending | EnrolOutcome::Pending => {
            (StatusCode::ACCEPTED, EnrolAnswer::Pending { fingerprint })
        }
        EnrolOutcome::Clone => (StatusCode::CONFLICT, EnrolAnswer::Clone),
        EnrolOutcome::Refused(why) => (
            StatusCode::FORBIDDEN,
            EnrolAnswer::Refused { error: why.into() },
        ),
        EnrolOutcome::Full => {
            return Err(
                domain::Error::Busy("too many hosts wait for admission already".into()).into(),
            );
        }
    };
    Ok((status, Json(answer)))
}

fn enrolled(app: &App) -> EnrolAnswer {
    EnrolAnswer::Enrolled {
        interval: app.delivery.interval.nanoseconds(),
        root: app.root().map(|root| root.armor.clone()),
        keys: app.root().map(|root| root.listed().signed.clone()),
    }
}
