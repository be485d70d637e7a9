//! `POST /ping`: a host reports, and learns what to do.

use super::App;
use super::agent::{AgentAnswer, AgentRequest};
use super::error::Error;
use super::routes::Routes;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::ping::Ping;

/// `POST /ping`.
pub(crate) fn router() -> Routes {
    Routes::default().on(Method::POST, "/ping", ping)
}

async fn ping(State(app): State<App>, request: AgentRequest) -> AgentAnswer {
    let outcome = deliver(&app, &request).await;
    request.answer(&app, outcome).await
}

async fn deliver(app: &App, request: &AgentRequest) -> Result<(StatusCode, Vec<u8>), Error> {
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
