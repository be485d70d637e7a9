//! `POST /ping`: a host reports, and gets what it has to do.

use super::App;
use super::agent::{AgentAnswer, AgentRequest, Outcome};
use super::routes::Routes;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::ping::Ping;

/// `POST /ping`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::POST, "/ping", ping)
}

async fn ping(State(app): State<App>, request: AgentRequest) -> AgentAnswer {
    request.answer(&app, deliver(&app, &request)).await
}

async fn deliver(app: &App, request: &AgentRequest) -> Outcome {
    let ping: Ping = request.json()?;
    let delivery = &app.delivery;
    let body = delivery
        .ping(request.host(), request.n(), ping, request.wait())
        .await?;
    Ok(match body {
        Some(body) => (StatusCode::CREATED, body),
        None => (StatusCode::NO_CONTENT, Vec::new()),
    })
}
