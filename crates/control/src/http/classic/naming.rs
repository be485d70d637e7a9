//! Names of hosts: finding a host by what an operator calls it, and giving it a name.

use crate::domain::naming::Purpose;
use crate::http::App;
use crate::http::authorized::{Authorized, Define, Read};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::naming;
use api::hosts::{Host, NewName};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Deserialize;
use wire::HostId;

/// `GET /host/named/{name}` and `PUT /host/{uuid}/name`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/host/named/{name}", &["jobs"], find)
        .on(Method::PUT, "/host/{uuid}/name", rename)
}

#[derive(Deserialize)]
struct Named {
    /// Whether the host is to get a job.
    #[serde(default)]
    jobs: bool,
}

async fn find(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Named>,
) -> Result<Json<Host>, Error> {
    let purpose = match query.jobs {
        true => Purpose::Jobs,
        false => Purpose::Any,
    };
    let shown = naming::find(&app, &user.actor, &name, purpose).await?;
    Ok(Json(shown.into()))
}

async fn rename(
    user: Authorized<Define>,
    State(app): State<App>,
    Path(host): Path<HostId>,
    JsonBody(NewName { name }): JsonBody<NewName>,
) -> Result<StatusCode, Error> {
    let name = Some(name).filter(|name| !name.is_empty());
    naming::rename(&app, &user.actor, host, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
