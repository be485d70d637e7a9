//! What a client is told when something fails, and what the log says: two
//! different messages where the cause is none of the client's business.

use super::json::Json;
use crate::domain::unavailable::Unavailable;
use crate::{domain, store};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) enum Error {
    /// The reasons that the domain knows.
    Domain(domain::Error),
    /// What was sent cannot be read.
    BadRequest(String),
    /// It took the client too long.
    Slow,
    /// More was sent than is accepted.
    TooLarge(String),
    /// More was asked for than one answer holds.
    TooLong {
        /// What to do about it.
        text: String,
        /// A `Link` to the first page.
        link: String,
    },
    /// No name and password, or not good ones.
    Unauthenticated,
    /// The user may not do this.
    Forbidden(String),
    /// Too many failures from this source.
    Throttled(Duration),
    /// The route does not exist.
    NoRoute,
    /// The route exists, with other methods.
    NoMethod,
}

impl Error {
    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self::Domain(domain::Error::NotFound(text.into()))
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Domain(domain::Error::Invalid(text.into()))
    }

    fn told(self) -> (StatusCode, String) {
        use domain::Error as D;
        match self {
            Self::Domain(D::Invalid(text)) => (StatusCode::UNPROCESSABLE_ENTITY, text),
            Self::Domain(D::NotFound(text)) => (StatusCode::NOT_FOUND, text),
            Self::Domain(D::Lost(text)) => (StatusCode::GONE, text),
            Self::Domain(D::Conflict(text)) => (StatusCode::CONFLICT, text),
            Self::Domain(D::Busy(text)) => (StatusCode::SERVICE_UNAVAILABLE, text),
            Self::Domain(D::Unavailable(why, cause)) => {
                log_unavailable(why, &cause);
                (StatusCode::SERVICE_UNAVAILABLE, why.told().into())
            }
            Self::Domain(D::Internal(cause)) => {
                tracing::error!(%cause, "a request failed inside");
                let text = "something failed inside; the log of pilotctl says what";
                (StatusCode::INTERNAL_SERVER_ERROR, text.into())
            }
            Self::BadRequest(text) => (StatusCode::BAD_REQUEST, text),
            Self::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "the request took too long to arrive".into(),
            ),
            Self::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, text),
            Self::TooLong { text, .. } => (StatusCode::UNPROCESSABLE_ENTITY, text),
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "a user's name and password are needed".into(),
            ),
            Self::Forbidden(text) => (StatusCode::FORBIDDEN, text),
            Self::Throttled(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "too many failures from this address: try again in {} s",
                    whole_seconds(wait)
                ),
            ),
            Self::NoRoute => (
                StatusCode::NOT_FOUND,
                "there is nothing at this address".into(),
            ),
            Self::NoMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "this address has other methods".into(),
            ),
        }
    }

    /// What is in the way, for programs.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Domain(domain::Error::Unavailable(why, _)) => Some(why.name()),
            _ => None,
        }
    }

    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unauthenticated => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"pilotctl\", charset=\"UTF-8\""),
            )),
            Self::TooLong { link, .. } => Some((header::LINK, link.parse().ok()?)),
            Self::Throttled(wait) => Some((header::RETRY_AFTER, whole_seconds(*wait).into())),
            Self::Domain(domain::Error::Unavailable(why, _)) => {
                Some((header::RETRY_AFTER, whole_seconds(why.retry_after()).into()))
            }
            Self::Domain(domain::Error::Busy(_)) => Some((header::RETRY_AFTER, 60.into())),
            _ => None,
        }
    }
}

/// Rounded up: who comes a moment too early is refused once more.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

/// How often the log says that control cannot work, for the same cause.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// How many causes it names in that time.
const MOST_CAUSES: usize = 16;

/// What was said lately, and when.
type Said = Vec<(Unavailable, String, Instant)>;

/// Every request fails while the disk is full, and the log may be on that disk. But an
/// upload that has no room says nothing of a database that has none.
fn log_unavailable(why: Unavailable, cause: &str) {
    static SAID: Mutex<Said> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if is_news(&mut said, why, cause, Instant::now()) {
        tracing::error!(%cause, reason = why.name(), "requests are refused: {}", why.told());
    } else {
        tracing::debug!(%cause, reason = why.name(), "a request is refused");
    }
}

fn is_news(said: &mut Said, why: Unavailable, cause: &str, now: Instant) -> bool {
    said.retain(|(.., at)| now.duration_since(*at) < SAY_AGAIN);
    let is_known = said
        .iter()
        .any(|(what, text, _)| *what == why && text == cause);
    if is_known || said.len() >= MOST_CAUSES {
        return false;
    }
    said.push((why, cause.to_owned(), now));
    true
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (header, reason) = (self.header(), self.reason());
        let (status, text) = self.told();
        let body = match reason {
            Some(reason) => json!({ "error": text, "reason": reason }),
            None => json!({ "error": text }),
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
        Self::Domain(domain::Error::Unavailable(why, why.told().into()))
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
    fn each_cause_is_said_once_a_minute_and_not_without_end() {
        let (mut said, began) = (Vec::new(), Instant::now());
        let mut say = |cause: &str, seconds| {
            let now = began + Duration::from_secs(seconds);
            is_news(&mut said, Unavailable::Full, cause, now)
        };
        assert!(say("an archive", 0) && say("the database", 1));
        assert!(!say("an archive", 2) && !say("the database", 59));
        assert!(say("an archive", 60) && !say("the database", 60));
        assert!(say("the database", 61));
        let others = (0..100).filter(|at| say(&at.to_string(), 62));
        assert_eq!(others.count(), MOST_CAUSES - 2);
    }
}
