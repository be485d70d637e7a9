//! `POST /register`: a host reports its facts.

use super::request::{AgentAnswer, AgentRequest, Outcome, body_of};
use crate::http::App;
use crate::http::error::Error;
use crate::http::routes::Routes;
use crate::service::hosts;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::register::Registration;

/// `POST /register`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/register", register)
}

async fn register(State(app): State<App>, request: AgentRequest) -> AgentAnswer {
    request.answer(&app, store(&app, &request)).await
}

async fn store(app: &App, request: &AgentRequest) -> Outcome {
    let facts: Registration = request.small_json()?;
    if facts.machine_id != request.host() {
        return Err(Error::invalid(
            "machine_id is not the id that the token names",
        ));
    }
    let registered = hosts::register(app, facts).await?;
    Ok((StatusCode::CREATED, body_of(&registered)))
}
