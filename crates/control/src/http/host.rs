//! `/host`: hosts, whether they are connected, and their condition.

use super::App;
use super::authorized::{Authorized, Operate, Read};
use super::error::Error;
use super::json::Json;
use super::list::Part;
use super::params::{Path, Query};
use super::routes::Routes;
use crate::domain::condition::Condition;
use crate::domain::host::{HostState, PlaceFilter};
use crate::service::hosts::{self, Shown};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use wire::HostId;
use wire::time::rfc3339;

const NANOSECONDS: u64 = 1_000_000_000;

/// `GET /host`, `GET|DELETE /host/{uuid}` and `POST /host/{uuid}/…` with
/// `acknowledge`, `disable` and `enable`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on_query(
            Method::GET,
            "/host",
            &["label", "removed", "og", "or", "ar", "lo", "limit", "after"],
            list,
        )
        .on(Method::GET, "/host/{uuid}", show)
        .on(Method::DELETE, "/host/{uuid}", remove)
        .on(Method::POST, "/host/{uuid}/acknowledge", acknowledge)
        .on(Method::POST, "/host/{uuid}/disable", disable)
        .on(Method::POST, "/host/{uuid}/enable", enable)
}

/// The parameters that select hosts and jobs by place.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PlaceQuery {
    og: String,
    or: String,
    ar: String,
    lo: String,
}

impl PlaceQuery {
    /// The filter of these parameters.
    pub(crate) fn filter(self) -> PlaceFilter {
        PlaceFilter {
            org_group: self.og,
            org: self.or,
            area: self.ar,
            location: self.lo,
        }
    }
}

/// Whether `selected`, labels with `|` between them, is empty or names one of `labels`.
pub(crate) fn has_label(labels: &[String], selected: &str) -> bool {
    selected.is_empty()
        || selected
            .split('|')
            .any(|label| labels.iter().any(|own| own == label))
}

/// A host, with the fields of existing services and our own.
#[derive(Serialize)]
struct HostEntry {
    id: String,
    host_uuid: HostId,
    host_mac_address: String,
    org_group: String,
    org: String,
    area: String,
    location: String,
    connected: bool,
    /// Unix nanoseconds; 0 if never.
    last_seen: u64,
    since: u64,
    since_type: &'static str,
    label: Vec<String>,
    critical: u32,
    high: u32,
    medium: u32,
    low: u32,
    state: HostState,
    fingerprint: String,
    hostname: String,
    host_ip: String,
    os: String,
    platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clone_seen: Option<String>,
    /// When an operator asked it to replace its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_asked: Option<String>,
    /// When it last replaced its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_changed: Option<String>,
    #[serde(flatten)]
    condition: ConditionEntry,
}

#[derive(Serialize)]
struct ConditionEntry {
    /// Why it declines jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    declines: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declines_since: Option<String>,
    /// Seconds that its clock is ahead of control's.
    skew: i64,
    /// When it last reported that it was restored or cloned, and how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_seen: Option<String>,
    restored_times: u64,
}

impl From<Condition> for ConditionEntry {
    fn from(condition: Condition) -> Self {
        Self {
            declines: condition.declines,
            declines_since: condition.declines_since.map(rfc3339),
            skew: condition.skew,
            restored_seen: condition.restored_seen.map(rfc3339),
            restored_times: condition.restored_times,
        }
    }
}

impl From<Shown> for HostEntry {
    fn from(Shown { host, contact }: Shown) -> Self {
        let (since, since_type) = contact.ago();
        Self {
            id: host.number.to_string(),
            host_uuid: host.id,
            host_mac_address: host.facts.mac_address.first().cloned().unwrap_or_default(),
            org_group: host.place.org_group,
            org: host.place.org,
            area: host.place.area,
            location: host.place.location,
            connected: contact.is_connected,
            last_seen: contact.last_seen.unwrap_or(0).saturating_mul(NANOSECONDS),
            since,
            since_type,
            label: host.place.label,
            critical: 0,
            high: 0,
            medium: 0,
            low: 0,
            state: host.state,
            fingerprint: host.fingerprint,
            hostname: host.facts.hostname,
            host_ip: host.facts.host_ip,
            os: host.facts.os,
            platform: host.facts.platform,
            version: host.facts.version,
            clone_seen: host.clone_seen.map(rfc3339),
            rotation_asked: host.rotation_asked.map(rfc3339),
            key_changed: host.key_changed.map(rfc3339),
            condition: host.condition.into(),
        }
    }
}

#[derive(Deserialize)]
struct HostQuery {
    #[serde(default)]
    label: String,
    /// Ours: `true` lists removed hosts too.
    #[serde(default)]
    removed: bool,
    #[serde(flatten)]
    place: PlaceQuery,
    #[serde(flatten)]
    part: Part,
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<HostQuery>,
) -> Result<Response, Error> {
    let after = query.part.after()?.unwrap_or(0);
    let mut list = query.part.list()?;
    let take = |shown: Shown| match has_label(&shown.host.place.label, &query.label) {
        true => list.add(shown.host.number, &HostEntry::from(shown)),
        false => ControlFlow::Continue(()),
    };
    let place = query.place.filter();
    hosts::list(&app, &user.actor, &place, query.removed, after, take).await?;
    list.answer(&uri, "filter by og=, or=, ar=, lo= or label=")
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<HostEntry>, Error> {
    Ok(Json(hosts::show(&app, &user.actor, id).await?.into()))
}

async fn remove(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::remove(&app, &user.actor, host).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn disable(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::disable(&app, &user.actor, host).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enable(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::enable(&app, &user.actor, host).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn acknowledge(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::acknowledge(&app, &user.actor, host).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_selected_labels_is_enough() {
        let labels = ["web".to_owned(), "eu".to_owned()];
        assert!(has_label(&labels, "") && has_label(&labels, "db|eu"));
        assert!(!has_label(&labels, "db|us") && !has_label(&[], "web"));
    }
}
