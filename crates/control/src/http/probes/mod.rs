//! What monitors ask: is the service alive, is it ready, and how busy is it?
//!
//! `/healthz` and `/readyz` are also on the address for hosts, for load balancers. `/metrics` is
//! only on the address of `--metrics-listen`.

mod count;
pub(crate) mod listener;

pub(crate) use count::Asked;

use super::App;
use super::routes::Routes;
use crate::service::monitoring::NotReady;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// `GET /`, `GET /healthz` and `GET /readyz`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .open(Method::GET, "/", alive)
        .open(Method::GET, "/healthz", healthy)
        .open(Method::GET, "/readyz", ready)
}

/// Parameters are ignored: load balancers and monitors add some.
async fn alive() -> &'static str {
    "pilotctl\n"
}

/// The process runs, and answers. Parameters are ignored: monitors add some.
async fn healthy() -> &'static str {
    "ok\n"
}

async fn ready(State(app): State<App>) -> Response {
    let (why, retry_after) = match app.readiness().await {
        Ok(()) => return "ready\n".into_response(),
        Err(NotReady::Stopping) => ("control is stopping", Duration::from_secs(1)),
        Err(NotReady::Unavailable(why)) => (why.message(), why.retry_after()),
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, retry_after.as_secs().to_string())],
        format!("{why}\n"),
    )
        .into_response()
}
