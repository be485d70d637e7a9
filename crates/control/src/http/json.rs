//! Bodies in JSON.

use super::App;
use super::body::{Patience, read};
use super::error::Error;
use crate::domain;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use wire::bounded::Bounded;
use wire::known::{Known, is_about_members};
use wire::printable;
use wire::text::without_bom;

/// The largest body of an operator's request that is not a package.
const LARGEST: usize = 2 * 1024 * 1024;

/// What an operator's body may hold.
pub(crate) trait Body: DeserializeOwned + Bounded {
    /// Its members; others are refused.
    const KNOWN: &Known;
}

/// A JSON body of an operator's, whatever its content type.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: Body> FromRequest<App> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let bytes = read(request.into_body(), LARGEST, Patience::KNOWN).await?;
        read_body(&bytes).map(Self)
    }
}

/// Reads an operator's body, which a person may have written. (Of agents, newer ones may
/// send members that are not known here.)
pub(super) fn read_body<T: Body>(bytes: &[u8]) -> Result<T, Error> {
    let bytes = without_bom(bytes);
    let mut members = serde_json::Deserializer::from_slice(bytes);
    match T::KNOWN.deserialize(&mut members) {
        Err(error) if is_about_members(&error.to_string()) => Err(unreadable(&error)),
        // What else may be wrong shows now.
        _ => parse(bytes),
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
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Data => describe(error),
        _ => "it is not JSON".into(),
    };
    Error::BadRequest(format!(
        "the body cannot be read: {what} (line {line}, column {column})"
    ))
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
    let is_safe =
        |text: &str| is_about_members(text) || safe.iter().any(|start| text.starts_with(start));
    match text.rsplit_once(" at line ") {
        Some((text, _)) if is_safe(text) => text.to_owned(),
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
