//! `Idempotency-Key`: lets a client repeat a request without effect.

use super::App;
use super::error::Error;
use axum::extract::FromRequestParts;
use axum::http::request;

const HEADER: &str = "idempotency-key";

/// The key that the client sent, if it sent one.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key as it was sent.
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, _: &App) -> Result<Self, Error> {
        let mut values = parts.headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(key), None) => {
                let key = String::from_utf8_lossy(key.as_bytes());
                Ok(Self(Some(key.into_owned())))
            }
            _ => Err(Error::BadRequest("Idempotency-Key is given twice".into())),
        }
    }
}
