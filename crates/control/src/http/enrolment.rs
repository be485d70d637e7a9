//! `POST /enrolment`: an operator creates an invitation.

use super::App;
use super::authorized::{Authorized, Operate};
use super::error::Error;
use super::idempotency::IdempotencyKey;
use super::json::{Body, Json, JsonBody};
use super::routes::Routes;
use crate::clock::unix_now;
use crate::domain::enrolment::{Invitation, secret_hash};
use crate::domain::host::Place;
use crate::domain::keyed_request::key_reused;
use crate::random;
use crate::store::Invited;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use wire::bounded::{Bounded, TooLong};
use wire::code::EnrolCode;
use wire::command::Secret;
use wire::encoding::base64url;
use wire::known::Known;
use wire::known::Member::Any;
use wire::time::rfc3339;

/// The most uses of an invitation.
const MOST_USES: i64 = 1_000_000;

/// The longest validity of an invitation, in seconds: a year.
const LONGEST: u64 = 366 * 86_400;

/// `POST /enrolment`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::POST, "/enrolment", invite)
}

#[derive(Serialize, Deserialize)]
struct Request {
    /// How many hosts may use the code.
    #[serde(default = "once")]
    uses: i64,
    /// For how many seconds it is valid.
    #[serde(default = "one_hour")]
    expires: u64,
    #[serde(flatten)]
    place: Place,
}

impl Bounded for Request {
    fn check(&self) -> Result<(), TooLong> {
        self.place.check()
    }
}

impl Body for Request {
    const KNOWN: &Known = &Known(&[
        ("uses", Any),
        ("expires", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
        ("label", Any),
    ]);
}

fn once() -> i64 {
    1
}

fn one_hour() -> u64 {
    3_600
}

#[derive(Serialize)]
struct Answer {
    code: String,
    uses: i64,
    expires: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

async fn invite(
    user: Authorized<Operate>,
    State(app): State<App>,
    key: IdempotencyKey,
    JsonBody(request): JsonBody<Request>,
) -> Result<(StatusCode, Json<Answer>), Error> {
    check(&request)?;
    let keyed = key.of(&request)?;
    let secret = base64url(&random::bytes::<16>());
    let now = unix_now();
    let expires = now + request.expires;
    let invitation = Invitation {
        uses_left: request.uses,
        expires,
        place: request.place,
    };
    let hash = secret_hash(&secret);
    let invited = app
        .store()
        .invite(hash, &invitation, keyed.as_ref(), &user.name, now);
    if invited.await? == Invited::KeyUsed {
        return Err(key_reused().into());
    }
    tracing::info!(uses = request.uses, by = user.name, "created an invitation");
    let code = EnrolCode {
        secret: Secret::new(secret),
        root: app.root().map(|root| root.fingerprint.clone()),
        ca: *app.ca_pin.borrow(),
    };
    let answer = Answer {
        code: code.expose(),
        uses: request.uses,
        expires: rfc3339(expires),
        url: app.url.borrow().clone(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

fn check(request: &Request) -> Result<(), Error> {
    if !(1..=MOST_USES).contains(&request.uses) {
        return Err(Error::invalid(format!(
            "uses has to be between 1 and {MOST_USES}"
        )));
    }
    if !(1..=LONGEST).contains(&request.expires) {
        return Err(Error::invalid(format!(
            "expires has to be between 1 and {LONGEST} seconds"
        )));
    }
    Ok(())
}
