//! Reading bodies: bounded in size and in time.

use super::error::Error;
use super::{App, BODY_TIME};
use crate::domain;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use wire::bounded::Bounded;
use wire::printable;

/// The largest body of an operator's request that is not a package.
const LARGEST: usize = 2 * 1024 * 1024;

/// A JSON body, whatever its content type.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Bounded> FromRequest<App> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let bytes = read(request.into_body(), LARGEST).await?;
        parse(&bytes).map(Self)
    }
}

/// An answer in JSON. It holds text from elsewhere, and whoever asks may show it on a
/// terminal as it is.
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

/// Reads a body of at most `largest` bytes.
pub(crate) async fn read(body: Body, largest: usize) -> Result<Bytes, Error> {
    match timeout(BODY_TIME, to_bytes(body, largest)).await {
        Err(_) => Err(Error::Slow),
        Ok(Err(_)) => Err(Error::TooLarge(format!(
            "the body could not be read to its end; it may have up to {largest} bytes"
        ))),
        Ok(Ok(bytes)) => Ok(bytes),
    }
}

/// Reads JSON, and checks the length of every text and list in it before anything
/// is done about it. The message says where it is wrong, and quotes none of it: a
/// body may hold secrets.
pub(crate) fn parse<T: DeserializeOwned + Bounded>(bytes: &[u8]) -> Result<T, Error> {
    let value: T = read_json(bytes)?;
    let too_long = |error| Error::BadRequest(format!("the body cannot be taken: {error}"));
    value.check().map_err(too_long)?;
    Ok(value)
}

fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => describe(&error),
            _ => "it is not JSON".into(),
        };
        Error::BadRequest(format!(
            "the body cannot be read: {what} (line {line}, column {column})"
        ))
    })
}

/// serde names a missing or unknown field and a length, which is safe to repeat;
/// what it says about a value of a wrong type repeats the value.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let safe = [
        "missing field",
        "unknown field",
        "duplicate field",
        "invalid length",
    ];
    match text.rsplit_once(" at line ") {
        Some((text, _)) if safe.iter().any(|start| text.starts_with(start)) => text.to_owned(),
        _ => "a value is not of the expected type".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_field_but_never_quotes_a_value() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            #[expect(dead_code, reason = "only its absence matters")]
            pwd: u32,
        }
        impl Bounded for Body {
            fn check(&self) -> Result<(), wire::bounded::TooLong> {
                Ok(())
            }
        }
        let text = |json: &[u8]| format!("{:?}", parse::<Body>(json).unwrap_err());
        assert!(text(b"{}").contains("`pwd`"));
        assert!(!text(br#"{"pwd":"hunter2"}"#).contains("hunter2"));
        assert!(text(b"{").contains("not JSON"));
    }
}
