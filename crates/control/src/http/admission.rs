//! `PUT /admission`: an operator admits hosts, or moves them.

use super::App;
use super::error::Error;
use super::json::JsonBody;
use super::operator::{Operate, Operator};
use crate::domain;
use crate::domain::host::Place;
use crate::store::Admission;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use serde::Deserialize;
use wire::HostId;

/// `PUT /admission`.
pub(crate) fn router() -> Router<App> {
    Router::new().route("/admission", put(admit))
}

#[derive(Deserialize)]
struct Entry {
    host_uuid: HostId,
    /// The fingerprint that the operator read off the host.
    fingerprint: Option<String>,
    #[serde(flatten)]
    place: Place,
}

async fn admit(
    operator: Operator<Operate>,
    State(app): State<App>,
    JsonBody(entries): JsonBody<Vec<Entry>>,
) -> Result<StatusCode, Error> {
    for entry in &entries {
        check(&app, entry).await?;
    }
    let admissions: Vec<Admission> = entries
        .into_iter()
        .map(
            |Entry {
                 host_uuid, place, ..
             }| Admission {
                host: host_uuid,
                place,
            },
        )
        .collect();
    if let Some(host) = app.store().admit(&admissions).await? {
        return Err(unknown(host));
    }
    for Admission { host, .. } in admissions {
        tracing::info!(%host, by = operator.name, "admitted a host");
    }
    Ok(StatusCode::CREATED)
}

/// The key of a pending host never changes, so what was compared here is what
/// is admitted.
async fn check(app: &App, entry: &Entry) -> Result<(), Error> {
    let host = app.store().host(entry.host_uuid).await?;
    let host = host.ok_or_else(|| unknown(entry.host_uuid))?;
    match &entry.fingerprint {
        Some(fingerprint) if *fingerprint != host.fingerprint => {
            Err(domain::Error::Conflict(format!(
                "the key of host {} has the fingerprint {}, not {fingerprint}: it was not admitted",
                host.id, host.fingerprint
            ))
            .into())
        }
        _ => Ok(()),
    }
}

fn unknown(host: HostId) -> Error {
    Error::invalid(format!(
        "host {host} has not asked to enrol (see `pilotctl host ls`)"
    ))
}
