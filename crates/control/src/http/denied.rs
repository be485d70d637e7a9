//! Counts the requests that users' rights do not allow, wherever they were refused.

use super::App;
use crate::service::Actor;
use axum::extract::{Request, State};
use axum::http::{StatusCode, request};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::{Arc, OnceLock};
use wire::printable;

/// How many characters of an address the log has.
const LONGEST_IN_LOG: usize = 100;

/// Where a request notes the user who makes it, and what is asked for.
#[derive(Clone, Default)]
struct Caller(Arc<OnceLock<(Actor, String)>>);

/// Notes who makes a request.
pub(super) fn note_caller(parts: &request::Parts, actor: &Actor) {
    if let Some(Caller(caller)) = parts.extensions.get() {
        caller.get_or_init(|| {
            let path = printable::cut(parts.uri.path(), LONGEST_IN_LOG);
            (actor.clone(), format!("{} {path}", parts.method))
        });
    }
}

/// Counts a request of a known user that was refused with 403. Requests of strangers are counted
/// by the metrics.
pub(super) async fn count(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    if response.status() == StatusCode::FORBIDDEN
        && let Some((actor, asked)) = caller.0.get()
    {
        app.denials.note(actor, asked);
    }
    response
}
