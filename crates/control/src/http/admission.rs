//! `PUT /admission`: an operator admits hosts, or changes their place.

use super::App;
use super::authorized::{Authorized, Operate};
use super::error::Error;
use super::json::{Body, JsonBody};
use super::routes::Routes;
use crate::domain::enrolment::MOST_PENDING;
use crate::domain::host::Place;
use crate::service::hosts;
use crate::store::Admission;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Deserialize;
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;
use wire::limits::MOST_FACT;

/// `PUT /admission`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::PUT, "/admission", admit)
}

/// The most hosts of one request: as many as may wait for admission.
const MOST: usize = MOST_PENDING as usize;

#[derive(Deserialize)]
#[serde(transparent)]
struct Entries {
    #[serde(deserialize_with = "bounded::at_most::<MOST, _, _>")]
    entries: Vec<Entry>,
}

impl Bounded for Entries {
    fn check(&self) -> Result<(), TooLong> {
        self.entries.iter().try_for_each(|entry| {
            bounded::texts("fingerprint", &entry.fingerprint, MOST_FACT)?;
            entry.place.check()
        })
    }
}

#[derive(Deserialize)]
struct Entry {
    host_uuid: HostId,
    /// The fingerprint that the operator read on the host.
    fingerprint: Option<String>,
    #[serde(flatten)]
    place: Place,
}

impl Body for Entries {
    const KNOWN: &Known = &Known(&[
        ("host_uuid", Any),
        ("fingerprint", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
        ("label", Any),
    ]);
}

impl From<Entry> for Admission {
    fn from(entry: Entry) -> Self {
        Self {
            host: entry.host_uuid,
            fingerprint: entry.fingerprint,
            place: entry.place,
        }
    }
}

async fn admit(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(Entries { entries }): JsonBody<Entries>,
) -> Result<StatusCode, Error> {
    let admissions: Vec<Admission> = entries.into_iter().map(Into::into).collect();
    hosts::admit(&app, &user.actor, &admissions).await?;
    Ok(StatusCode::CREATED)
}
