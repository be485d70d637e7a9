//! The answer to a request that failed, and the line in the log. They differ where the
//! client must not learn the cause.

use super::json::Json;
use crate::domain::unavailable::Unavailable;
use crate::{domain, random, store};
use api::ErrorBody;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
        }
    }

    /// The cause why control cannot work, for programs.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Domain(domain::Error::Unavailable(why, _)) => Some(why.name()),
            _ => None,
        }
    }

    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Domain(domain::Error::Unauthenticated) => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"pilotctl\", charset=\"UTF-8\""),
            )),
            Self::TooLong { link, .. } => Some((header::LINK, link.parse().ok()?)),
            Self::Domain(domain::Error::Throttled(wait)) => {
                Some((header::RETRY_AFTER, whole_seconds(*wait).into()))
            }
            Self::Domain(domain::Error::Unavailable(why, _)) => {
                Some((header::RETRY_AFTER, whole_seconds(retry_after(*why)).into()))
            }
            Self::Domain(domain::Error::Busy(_)) => Some((header::RETRY_AFTER, 60.into())),
            _ => None,
        }
    }
}

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
        D::Invalid(text) => (StatusCode::UNPROCESSABLE_ENTITY, text),
        D::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, text),
        D::NotFound(text) => (StatusCode::NOT_FOUND, text),
        D::Lost(text) => (StatusCode::GONE, text),
        D::Conflict(text) => (StatusCode::CONFLICT, text),
        D::Busy(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
        D::Unavailable(why, cause) => {
            log_unavailable(why, &cause);
            (StatusCode::SERVICE_UNAVAILABLE, why.message().into())
        }
        D::Internal(cause) => {
            tracing::error!(%cause, "a request failed with an internal error");
            let text = "internal error: see the log of pilotctl";
            (StatusCode::INTERNAL_SERVER_ERROR, text.into())
        }
    }
}

/// When the client may retry. After a storm the clients are spread, up to three times as long.
fn retry_after(why: Unavailable) -> Duration {
    let wait = why.retry_after();
    match why {
        Unavailable::Busy => wait + wait * u32::from(random::bytes::<1>()[0]) / 128,
        _ => wait,
    }
}

/// Rounded up, so that the client does not retry a moment too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

/// How long the same cause is not logged again.
const LOG_PAUSE: Duration = Duration::from_secs(60);

/// How many causes are logged in that time.
const MOST_CAUSES: usize = 16;

/// What was logged recently, and when.
type Logged = Vec<(Unavailable, String, Instant)>;

/// Logs each cause once a minute: every request fails while the disk is full, and the log may
/// be on that disk.
fn log_unavailable(why: Unavailable, cause: &str) {
    static LOGGED: Mutex<Logged> = Mutex::new(Vec::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if is_due(&mut logged, why, cause, Instant::now()) {
        tracing::error!(%cause, reason = why.name(), "requests are refused: {}", why.message());
    } else {
        tracing::debug!(%cause, reason = why.name(), "a request is refused");
    }
}

/// Whether a cause is to be logged now; notes it if so.
fn is_due(logged: &mut Logged, why: Unavailable, cause: &str, now: Instant) -> bool {
    logged.retain(|(.., at)| now.duration_since(*at) < LOG_PAUSE);
    let is_logged = logged
        .iter()
        .any(|(what, text, _)| *what == why && text == cause);
    if is_logged || logged.len() >= MOST_CAUSES {
        return false;
    }
    logged.push((why, cause.to_owned(), now));
    true
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (header, reason) = (self.header(), self.reason());
        let (status, text) = self.message();
        let body = ErrorBody {
            error: text,
            reason: reason.map(str::to_owned),
        };
        let mut response = (status, Json(body)).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
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
    fn clients_of_a_busy_control_are_spread() {
        let waits: Vec<u64> = (0..256)
            .map(|_| retry_after(Unavailable::Busy).as_secs())
            .collect();
        assert!(
            waits.iter().all(|wait| (5..=15).contains(wait)),
            "{waits:?}"
        );
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }

    #[test]
    fn each_cause_is_logged_once_a_minute_up_to_a_limit() {
        let (mut logged, began) = (Vec::new(), Instant::now());
        let mut is_logged = |cause: &str, seconds| {
            let now = began + Duration::from_secs(seconds);
            is_due(&mut logged, Unavailable::Full, cause, now)
        };
        assert!(is_logged("an archive", 0) && is_logged("the database", 1));
        assert!(!is_logged("an archive", 2) && !is_logged("the database", 59));
        assert!(is_logged("an archive", 60) && !is_logged("the database", 60));
        assert!(is_logged("the database", 61));
        let others = (0..100).filter(|at| is_logged(&at.to_string(), 62));
        assert_eq!(others.count(), MOST_CAUSES - 2);
    }
}
