//! `POST /ping`: a host reports, and gets what it has to do.

use super::request::{AgentAnswer, AgentRequest, Outcome};
use crate::http::App;
use crate::http::error::Error;
use crate::http::guard::guarded_now;
use crate::http::routes::Routes;
use crate::service::Turn;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use wire::ping::Ping;

/// `POST /ping`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/ping", ping)
}

async fn ping(State(app): State<App>, mut request: Box<AgentRequest>) -> AgentAnswer {
    let ping = request.take_json::<Ping>().and_then(|ping| {
        let passes = || app.delivery.passes(request.caller(), &ping, request.wait());
        Ok((guarded_now(passes)?, ping))
    });
    let ping = match ping {
        Ok((true, _)) => return request.nothing(),
        Ok((false, ping)) => Ok(Box::new(ping)),
        Err(error) => Err(error),
    };
    let turns = request.take_turns();
    // Boxed: each future around it would have room for it twice, for as long as it is held.
    let work = Box::pin(deliver(&app, &request, ping, turns));
    request.answer(&app, work).await
}

async fn deliver(
    app: &App,
    request: &AgentRequest,
    ping: Result<Box<Ping>, Error>,
    turns: Vec<Turn>,
) -> Outcome {
    let body = app
        .delivery
        .ping(request.caller(), ping?, request.wait(), turns)
        .await?;
    Ok(match body {
        Some(body) => (StatusCode::CREATED, body),
        None => (StatusCode::NO_CONTENT, Vec::new()),
    })
}
