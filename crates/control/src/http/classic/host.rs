//! `/host`: hosts, whether they are connected, and their condition.

use crate::domain::condition::Condition;
use crate::domain::host::{HostFilter, HostState, PlaceFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Operate, Read};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::list::Part;
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::hosts::{self, Shown};
use api::Time;
use api::hosts::Host;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;
use std::ops::ControlFlow;
use wire::HostId;

const NANOSECONDS: u64 = 1_000_000_000;

/// `GET /host`, `GET|DELETE /host/{uuid}` and `POST /host/{uuid}/…` with
/// `acknowledge`, `disable`, `enable` and `rotate`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(
            Method::GET,
            "/host",
            &[
                "label",
                "selector",
                "connected",
                "removed",
                "og",
                "or",
                "ar",
                "lo",
                "limit",
                "after",
            ],
            list,
        )
        .on(Method::GET, "/host/{uuid}", show)
        .on(Method::DELETE, "/host/{uuid}", remove)
        .on(Method::POST, "/host/{uuid}/acknowledge", acknowledge)
        .on(Method::POST, "/host/{uuid}/disable", disable)
        .on(Method::POST, "/host/{uuid}/enable", enable)
        .on(Method::POST, "/host/{uuid}/rotate", rotate)
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

impl From<Shown> for Host {
    fn from(Shown { host, contact }: Shown) -> Self {
        let (since, since_type) = contact.ago();
        let facts = host.facts;
        Self {
            id: host.number.to_string(),
            host_uuid: Some(host.id),
            name: host.name,
            host_mac_address: facts.mac_address.into_iter().next().unwrap_or_default(),
            place: host.place,
            connected: contact.is_connected,
            last_seen: contact.last_seen.unwrap_or(0).saturating_mul(NANOSECONDS),
            since,
            since_type: since_type.to_owned(),
            state: host.state.into(),
            fingerprint: host.fingerprint,
            hostname: facts.hostname,
            host_ip: facts.host_ip,
            os: facts.os,
            platform: facts.platform,
            version: facts.version,
            clone_seen: host.clone_seen.map(Time::at),
            rotation_asked: host.rotation_asked.map(Time::at),
            key_changed: host.key_changed.map(Time::at),
            condition: host.condition.into(),
            ..Self::default()
        }
    }
}

impl From<HostState> for api::hosts::HostState {
    fn from(state: HostState) -> Self {
        match state {
            HostState::Pending => Self::Pending,
            HostState::Enrolled => Self::Enrolled,
            HostState::Disabled => Self::Disabled,
            HostState::Removed => Self::Removed,
        }
    }
}

impl From<Condition> for api::hosts::Condition {
    fn from(condition: Condition) -> Self {
        Self {
            declines: condition.declines,
            declines_since: condition.declines_since.map(Time::at),
            skew: condition.skew,
            restored_seen: condition.restored_seen.map(Time::at),
            restored_times: condition.restored_times,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HostQuery {
    label: String,
    /// Ours: conditions on the labels, all of which have to hold.
    selector: String,
    /// Ours: only hosts that are connected, or only those that are not.
    connected: Option<bool>,
    /// Ours: `true` lists removed hosts too.
    removed: bool,
    #[serde(flatten)]
    place: PlaceQuery,
    #[serde(flatten)]
    part: Part,
}

impl HostQuery {
    fn filter(&self) -> Result<HostFilter, Error> {
        Ok(HostFilter {
            place: self.place.clone().filter(),
            selector: self.selector.parse().map_err(Error::BadRequest)?,
            with_removed: self.removed,
            after: self.part.after()?.unwrap_or(0),
        })
    }

    /// What the store does not know, or not by an index.
    fn selects(&self, shown: &Shown) -> bool {
        let is_connected = shown.contact.is_connected;
        has_label(&shown.host.place.label, &self.label)
            && self.connected.is_none_or(|asked| asked == is_connected)
    }
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<HostQuery>,
) -> Result<Response, Error> {
    let mut list = query.part.list()?;
    let take = |shown: Shown| match query.selects(&shown) {
        true => list.add(shown.host.number, &Host::from(shown)),
        false => ControlFlow::Continue(()),
    };
    hosts::list(&app, &user.actor, &query.filter()?, take).await?;
    list.answer(&uri, "filter by og=, or=, ar=, lo=, label= or selector=")
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<Host>, Error> {
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

async fn rotate(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::rotate(&app, &user.actor, host).await?;
    Ok(StatusCode::ACCEPTED)
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
