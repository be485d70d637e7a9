//! Replacing a host key: an operator asks for it with `POST /host/{uuid}/rotate`, and the
//! host sends its next key with `POST /key`.

use super::App;
use super::agent::{AgentAnswer, AgentRequest, Outcome};
use super::authorized::{Authorized, Operate};
use super::error::Error;
use super::params::Path;
use super::routes::Routes;
use crate::service::hosts;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::HostId;
use wire::rotation::NextKey;

/// `POST /key` and `POST /host/{uuid}/rotate`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, "/key", replace)
        .on(Method::POST, "/host/{uuid}/rotate", ask)
}

async fn replace(State(app): State<App>, request: AgentRequest) -> AgentAnswer {
    request.answer(&app, keep(&app, &request)).await
}

async fn keep(app: &App, request: &AgentRequest) -> Outcome {
    let NextKey { key } = request.small_json()?;
    hosts::keep_next_key(app, request.host(), &key).await?;
    Ok((StatusCode::NO_CONTENT, Vec::new()))
}

async fn ask(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<StatusCode, Error> {
    hosts::rotate(&app, &user.actor, host).await?;
    Ok(StatusCode::ACCEPTED)
}
