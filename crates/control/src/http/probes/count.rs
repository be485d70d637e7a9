//! Counts answers, by what they say.

use super::super::App;
use super::super::authorized::{of_job, presents_api_token};
use super::super::head::authorization;
use crate::http::agent::is_token;
use crate::http::error::Throttled;
use crate::metrics::{AuthenticationFailure, PingOutcome};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;

/// What a request presented.
#[derive(Clone, Copy)]
enum Presented {
    Nothing,
    Token,
    Job,
    ApiToken,
    Other,
}

impl Presented {
    fn of(headers: &HeaderMap) -> Self {
        match authorization(headers) {
            Some(value) if is_token(value) => Self::Token,
            Some(_) if of_job(headers).is_some() => Self::Job,
            Some(_) if presents_api_token(headers) => Self::ApiToken,
            _ if headers.contains_key(header::AUTHORIZATION) => Self::Other,
            _ => Self::Nothing,
        }
    }
}

/// What is counted of a request once it is answered.
pub(crate) struct Asked {
    presented: Presented,
    is_ping: bool,
}

impl Asked {
    /// Notes what a request presents.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self {
            presented: Presented::of(request.headers()),
            is_ping: request.uri().path() == "/ping",
        }
    }

    /// Counts the answer to a ping, and credentials that were not accepted.
    pub(crate) fn count(&self, app: &App, response: &Response) {
        if self.is_ping {
            let outcome = PingOutcome::of_status(response.status().as_u16());
            app.metrics().count_ping(outcome);
        }
        if let Some(kind) = failure(self.presented, response) {
            app.metrics().count_authentication_failure(kind);
        }
    }
}

/// What was wrong with the credentials, if that is why the request was refused. A request without
/// any is no failure: browsers begin like that.
fn failure(presented: Presented, response: &Response) -> Option<AuthenticationFailure> {
    if let Some(kind) = response.extensions().get() {
        return Some(*kind);
    }
    match (response.status(), presented) {
        (StatusCode::UNAUTHORIZED, Presented::Token) => Some(AuthenticationFailure::Token),
        (StatusCode::UNAUTHORIZED, Presented::Job) => Some(AuthenticationFailure::Job),
        (StatusCode::UNAUTHORIZED, Presented::ApiToken) => Some(AuthenticationFailure::ApiToken),
        (StatusCode::UNAUTHORIZED, Presented::Other) => Some(AuthenticationFailure::Password),
        (StatusCode::TOO_MANY_REQUESTS, Presented::Other | Presented::ApiToken)
            if response.extensions().get::<Throttled>().is_some() =>
        {
            Some(AuthenticationFailure::Throttled)
        }
        _ => None,
    }
}
