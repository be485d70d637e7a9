//! What operators change of a host.

use super::labelled;
use crate::domain;
use crate::domain::label::Relabelling;
use crate::http::App;
use crate::http::authorized::{Authorized, Define, Operate};
use crate::http::error::Error;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::http::v1::body::Body;
use crate::service::{hosts, labels, naming};
use api::v1::{Admission, LabelChange, NewName};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::HostId;

/// `DELETE /v1/hosts/{host}`, `PUT …/name`, and `POST …` with `acknowledge`, `admit`, `disable`,
/// `enable`, `labels` and `rotate`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::DELETE, "/v1/hosts/{host}", remove)
        .on(Method::POST, "/v1/hosts/{host}/acknowledge", acknowledge)
        .on(Method::POST, "/v1/hosts/{host}/admit", admit)
        .on(Method::POST, "/v1/hosts/{host}/disable", disable)
        .on(Method::POST, "/v1/hosts/{host}/enable", enable)
        .on(Method::POST, "/v1/hosts/{host}/labels", relabel)
        .on(Method::POST, "/v1/hosts/{host}/rotate", rotate)
        .on(Method::PUT, "/v1/hosts/{host}/name", rename)
}

async fn admit(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
    Body(admission): Body<Admission>,
) -> Result<StatusCode, Error> {
    let admission = api::invitations::Admission {
        host_uuid: host,
        fingerprint: Some(admission.fingerprint).filter(|text| !text.is_empty()),
        place: labelled(admission.place, admission.labels),
    };
    hosts::admit(&app, &user.actor, &[admission]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn relabel(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
    Body(change): Body<LabelChange>,
) -> Result<StatusCode, Error> {
    let change = Relabelling::new(&change.add, change.remove).map_err(domain::Error::Invalid)?;
    labels::change(&app, &user.actor, vec![host], change).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rename(
    user: Authorized<Define>,
    State(app): State<App>,
    Path(host): Path<HostId>,
    Body(NewName { name }): Body<NewName>,
) -> Result<StatusCode, Error> {
    let name = Some(name).filter(|name| !name.is_empty());
    naming::rename(&app, &user.actor, host, name).await?;
    Ok(StatusCode::NO_CONTENT)
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
