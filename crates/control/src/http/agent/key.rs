//! `POST /key`: a host sends the key that is to replace its own.

use super::request::{AgentAnswer, AgentRequest, Outcome};
use crate::http::App;
use crate::http::routes::Routes;
use crate::service::hosts;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::rotation::NextKey;

/// `POST /key`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/key", replace)
}

async fn replace(State(app): State<App>, request: AgentRequest) -> AgentAnswer {
    request.answer(&app, keep(&app, &request)).await
}

async fn keep(app: &App, request: &AgentRequest) -> Outcome {
    let NextKey { key } = request.small_json()?;
    hosts::keep_next_key(app, request.caller(), &key).await?;
    Ok((StatusCode::NO_CONTENT, Vec::new()))
}
