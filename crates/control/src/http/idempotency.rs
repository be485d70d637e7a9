//! `Idempotency-Key`: how a client names what it asks for.

use super::App;
use super::error::Error;
use crate::domain::asked::Asked;
use axum::extract::FromRequestParts;
use axum::http::request;
use serde::Serialize;

const HEADER: &str = "idempotency-key";

/// The name that a client gave to its request, if it gave one.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// What is asked for under the name.
    ///
    /// # Errors
    /// When it cannot be a name.
    pub(crate) fn of(&self, request: &impl Serialize) -> Result<Option<Asked>, Error> {
        let asked = self.0.as_deref().map(|key| Asked::new(key, request));
        Ok(asked.transpose()?)
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
