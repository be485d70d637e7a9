//! The answer to a request that failed, and the line in the log. They differ where the
//! client must not learn the cause.

use super::json::Json;
use super::problem::Failure;
use super::refusals;
use crate::domain::unavailable::Unavailable;
use crate::{domain, random, store};
use api::ErrorBody;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Marks an answer to credentials that were wrong too often.
#[derive(Clone, Copy)]
pub(crate) struct Throttled;

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) enum Error {
    /// An error of the domain.
    Domain(domain::Error),
    /// The request is malformed.
    BadRequest(String),
    /// The client was too slow.
    Slow,
    /// The body is too large.
    TooLarge(String),
    /// The answer would be too long.
    TooLong {
        /// What the client can do.
        text: String,
        /// A `Link` to the first page.
        link: String,
    },
    /// The route does not exist.
    NoRoute,
    /// The route exists, with other methods.
    NoMethod,
    /// The body is of another type than JSON.
    NotJson,
}

impl Error {
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Domain(domain::Error::Invalid(text.into()))
    }

    /// The status and the message for the client; logs what the client must not learn.
    fn message(self) -> (StatusCode, String) {
        match self {
            Self::Domain(error) => message_of_domain(error),
            Self::BadRequest(text) => (StatusCode::BAD_REQUEST, text),
            Self::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "the request took too long to arrive".into(),
            ),
            Self::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, text),
            Self::TooLong { text, .. } => (StatusCode::UNPROCESSABLE_ENTITY, text),
            Self::NoRoute => (StatusCode::NOT_FOUND, "there is no such address".into()),
            Self::NoMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "this address does not support the method".into(),
            ),
            Self::NotJson => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body has to be JSON: send Content-Type: application/json".into(),
            ),
        }
    }

    /// What kind of failure it is, for programs.
    fn kind(&self) -> &'static str {
        use domain::Error as D;
        match self {
            Self::BadRequest(_) => "malformed",
            Self::Slow => "slow",
            Self::TooLarge(_) | Self::Domain(D::TooLarge(_)) => "too-large",
            Self::TooLong { .. } => "too-long",
            Self::NoRoute => "no-address",
            Self::NoMethod => "no-method",
            Self::NotJson => "not-json",
            Self::Domain(D::Changed(_)) => "changed",
            Self::Domain(D::Unauthenticated) => "unauthenticated",
            Self::Domain(D::Forbidden(_)) => "forbidden",
            Self::Domain(D::Throttled(_)) => "throttled",
            Self::Domain(D::TooOften(_)) => "too-often",
            Self::Domain(D::Invalid(_)) => "invalid",
            Self::Domain(D::NotFound(_)) => "not-found",
            Self::Domain(D::Lost(_)) => "lost",
            Self::Domain(D::Conflict(_)) => "conflict",
            Self::Domain(D::Busy(_)) => "busy",
            Self::Domain(D::Unavailable(..)) => "unavailable",
            Self::Domain(D::Internal(_)) => "internal",
        }
    }

    /// The cause why control cannot work, for programs.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Domain(domain::Error::Unavailable(why, _)) => Some(why.name()),
            _ => None,
        }
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        use domain::Error as D;
        let retry = |wait: u64| vec![(header::RETRY_AFTER, wait.into())];
        match self {
            Self::Domain(D::Unauthenticated) => CHALLENGES
                .map(|way| (header::WWW_AUTHENTICATE, HeaderValue::from_static(way)))
                .to_vec(),
            Self::TooLong { link, .. } => {
                let link = link.parse().ok();
                link.map(|link| (header::LINK, link)).into_iter().collect()
            }
            Self::Domain(D::Throttled(wait) | D::TooOften(wait)) => retry(whole_seconds(*wait)),
            Self::Domain(D::Unavailable(why, _)) => retry(whole_seconds(retry_after(*why))),
            Self::Domain(D::Busy(_)) => retry(60),
            _ => Vec::new(),
        }
    }
}

/// How to sign in: as a user, and with an API token.
const CHALLENGES: [&str; 2] = [
    "Basic realm=\"pilotctl\", charset=\"UTF-8\"",
    "Bearer realm=\"pilotctl\"",
];

fn message_of_domain(error: domain::Error) -> (StatusCode, String) {
    use domain::Error as D;
    match error {
        D::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "this address requires a user's name and password".into(),
        ),
        D::Forbidden(text) => (StatusCode::FORBIDDEN, text),
        D::Throttled(wait) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "too many failures from this address: try again in {} s",
                whole_seconds(wait)
            ),
        ),
        D::TooOften(wait) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "too many changes of your account: try again in {} s",
                whole_seconds(wait)
            ),
        ),
        D::Invalid(text) => (StatusCode::UNPROCESSABLE_ENTITY, text),
        D::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, text),
        D::NotFound(text) => (StatusCode::NOT_FOUND, text),
        D::Lost(text) => (StatusCode::GONE, text),
        D::Conflict(text) => (StatusCode::CONFLICT, text),
        D::Changed(text) => (StatusCode::PRECONDITION_FAILED, text),
        D::Busy(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
        D::Unavailable(why, cause) => {
            refusals::note(why, &cause);
            (StatusCode::SERVICE_UNAVAILABLE, why.message().into())
        }
        D::Internal(cause) => {
            tracing::error!(%cause, "a request failed with an internal error");
            let text = "internal error: see the log of pilotctl";
            (StatusCode::INTERNAL_SERVER_ERROR, text.into())
        }
    }
}

/// When the client may retry. Many hear the same at one moment: they are spread, up to three times
/// as long.
fn retry_after(why: Unavailable) -> Duration {
    let wait = why.retry_after();
    wait + wait * u32::from(random::bytes::<1>()[0]) / 128
}

/// Rounded up, so that the client does not retry a moment too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (headers, kind, reason) = (self.headers(), self.kind(), self.reason());
        let is_throttled = matches!(self, Self::Domain(domain::Error::Throttled(_)));
        let (status, text) = self.message();
        let failure = Failure::new(kind, &text, reason);
        let body = ErrorBody {
            error: text,
            reason: reason.map(str::to_owned),
        };
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(failure);
        if is_throttled {
            response.extensions_mut().insert(Throttled);
        }
        for (name, value) in headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl From<Unavailable> for Error {
    fn from(why: Unavailable) -> Self {
        Self::Domain(why.into())
    }
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        Self::Domain(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Domain(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_spread_whatever_the_cause() {
        for (why, least) in [(Unavailable::Busy, 5), (Unavailable::Away, 15)] {
            let waits: Vec<u64> = (0..256).map(|_| retry_after(why).as_secs()).collect();
            let spread = least..=3 * least;
            assert!(waits.iter().all(|wait| spread.contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
