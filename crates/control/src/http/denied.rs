//! Counts the requests that users' rights do not allow, wherever they were refused.

use super::App;
use crate::service::Actor;
use axum::http::{Request, StatusCode, request};
use axum::response::Response;
use std::sync::{Arc, OnceLock};
use wire::printable;

/// How many characters of an address the log has.
const LONGEST_IN_LOG: usize = 100;

/// Where a request notes the user who makes it, and what is asked for. Boxed: held pings have none.
#[derive(Clone, Default)]
pub(super) struct Caller(Arc<OnceLock<Box<(Actor, String)>>>);

/// Notes who makes a request.
pub(super) fn note_caller(parts: &request::Parts, actor: &Actor) {
    if let Some(Caller(caller)) = parts.extensions.get() {
        caller.get_or_init(|| {
            let path = printable::cut(parts.uri.path(), LONGEST_IN_LOG);
            Box::new((actor.clone(), format!("{} {path}", parts.method)))
        });
    }
}

impl Caller {
    /// Has a request note who makes it.
    pub(super) fn of<B>(request: &mut Request<B>) -> Self {
        let caller = Self::default();
        request.extensions_mut().insert(caller.clone());
        caller
    }

    /// Counts the request if it was refused with 403, and a known user made it. Requests of
    /// strangers are counted by the metrics.
    pub(super) fn count(&self, app: &App, response: &Response) {
        if response.status() == StatusCode::FORBIDDEN
            && let Some(caller) = self.0.get()
        {
            let (actor, asked) = &**caller;
            app.denials.note(actor, asked);
        }
    }
}
