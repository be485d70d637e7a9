//! JSON bodies.

use super::App;
use super::body::{Patience, read};
use super::error::Error;
use crate::domain;
use api::{Input, NotAnInput};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::bounded::Bounded;
use wire::printable;

/// The largest body of a user's request that is not a package.
const LARGEST: usize = 2 * 1024 * 1024;

/// The JSON body of a user's request; the content type is ignored. Unknown members are refused.
/// (Newer agents may send members that this version does not know.)
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: Input> FromRequest<App> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        Ok(Self(T::from_json(&read_json(request).await?)?))
    }
}

/// Reads the body of a user's request that is not a package.
pub(crate) async fn read_json(request: Request) -> Result<Vec<u8>, Error> {
    read(request.into_body(), LARGEST, Patience::KNOWN).await
}

/// A JSON answer. Control characters are escaped: the client may print text from hosts on a
/// terminal.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(text) => {
                let json = (header::CONTENT_TYPE, "application/json");
                ([json], printable::json(&text)).into_response()
            }
            Err(error) => {
                Error::from(domain::Error::internal("writing JSON", error)).into_response()
            }
        }
    }
}

/// Reads JSON, and checks the length of every text and list in it. The error quotes nothing,
/// because a body may hold secrets.
pub(crate) fn parse<T: DeserializeOwned + Bounded>(bytes: &[u8]) -> Result<T, Error> {
    Ok(NotAnInput::parse(bytes)?)
}

impl From<NotAnInput> for Error {
    fn from(error: NotAnInput) -> Self {
        Self::BadRequest(error.to_string())
    }
}
