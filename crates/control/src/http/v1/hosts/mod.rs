//! `/v1/hosts`: hosts, whether they are connected, and their condition.

mod changes;

use super::extract::Filtered;
use super::page::PageOf;
use crate::domain;
use crate::domain::host::{HostFilter, HostState, PlaceFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Read};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::hosts::{self, Shown};
use api::Time;
use api::v1::{Filter, Host, HostQuery, Place, PlaceQuery, State as Wanted};
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use std::ops::ControlFlow;
use wire::HostId;

/// `GET /v1/hosts`, `GET /v1/hosts/{host}`, and what changes a host.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/hosts", HostQuery::NAMES, list)
        .on(Method::GET, "/v1/hosts/{host}", show)
        .merge(changes::router())
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    page: PageOf,
    Filtered(query): Filtered<HostQuery>,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let (wanted, connected) = (query.state, query.connected);
    let selector = query.selector.parse().map_err(domain::Error::Invalid)?;
    let filter = HostFilter {
        place: filter(query.place),
        selector,
        with_removed: wanted == Some(Wanted::Removed),
        after: page.after()?.unwrap_or(0),
    };
    let take = |shown: Shown| match is_wanted(&shown, wanted, connected) {
        true => page.add(shown.host.number, &entry(shown)),
        false => ControlFlow::Continue(()),
    };
    hosts::list(&app, &user.actor, &filter, take).await?;
    page.answer()
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<Host>, Error> {
    let shown = hosts::show(&app, &user.actor, id).await?;
    Ok(Json(entry(shown)))
}

/// What the store does not know, or not by an index.
fn is_wanted(shown: &Shown, wanted: Option<Wanted>, connected: Option<bool>) -> bool {
    wanted.is_none_or(|wanted| wanted == state(shown.host.state))
        && connected.is_none_or(|connected| connected == shown.contact.is_connected)
}

/// The filter of these parameters.
pub(super) fn filter(query: PlaceQuery) -> PlaceFilter {
    PlaceFilter {
        org_group: query.org_group,
        org: query.org,
        area: query.area,
        location: query.location,
    }
}

/// A place without its labels, and the labels.
pub(super) fn place(place: api::Place) -> (Place, Vec<String>) {
    let labels = place.label;
    let place = Place {
        org_group: place.org_group,
        org: place.org,
        area: place.area,
        location: place.location,
    };
    (place, labels)
}

/// The place and labels that a request gives.
pub(super) fn labelled(place: Place, labels: Vec<String>) -> api::Place {
    api::Place {
        org_group: place.org_group,
        org: place.org,
        area: place.area,
        location: place.location,
        label: labels,
    }
}

fn state(state: HostState) -> Wanted {
    match state {
        HostState::Pending => Wanted::Pending,
        HostState::Enrolled => Wanted::Enrolled,
        HostState::Disabled => Wanted::Disabled,
        HostState::Removed => Wanted::Removed,
    }
}

fn entry(Shown { host, contact }: Shown) -> Host {
    let (facts, condition) = (host.facts, host.condition);
    let (place, labels) = place(host.place);
    Host {
        id: host.id,
        name: host.name,
        state: state(host.state),
        hostname: facts.hostname,
        address: facts.host_ip,
        mac_addresses: facts.mac_address,
        os: facts.os,
        platform: facts.platform,
        version: facts.version,
        place,
        labels,
        fingerprint: host.fingerprint,
        connected: contact.is_connected,
        last_seen: contact.last_seen.map(Time::at),
        declines: condition.declines,
        declines_since: condition.declines_since.map(Time::at),
        skew: condition.skew,
        clone_seen: host.clone_seen.map(Time::at),
        restored_seen: condition.restored_seen.map(Time::at),
        restored_times: condition.restored_times,
        rotation_asked: host.rotation_asked.map(Time::at),
        key_changed: host.key_changed.map(Time::at),
    }
}
