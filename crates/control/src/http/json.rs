//! JSON bodies.

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

/// The largest body of a user's request that is not a package.
const LARGEST: usize = 2 * 1024 * 1024;

/// A body of a user's request.
pub(crate) trait Body: DeserializeOwned + Bounded {
    /// Its members; other members are refused.
    const KNOWN: &Known;
}

/// The JSON body of a user's request; the content type is ignored.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: Body> FromRequest<App> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let bytes = read(request.into_body(), LARGEST, Patience::KNOWN).await?;
        read_body(&bytes).map(Self)
    }
}

/// Reads the body of a user's request and refuses unknown members, which may be typing
/// errors. (Newer agents may send members that this version does not know.)
pub(super) fn read_body<T: Body>(bytes: &[u8]) -> Result<T, Error> {
    let bytes = without_bom(bytes);
    let mut members = serde_json::Deserializer::from_slice(bytes);
    match T::KNOWN.deserialize(&mut members) {
        Err(error) if is_about_members(&error.to_string()) => Err(unreadable(&error)),
        // Everything else that may be wrong.
        _ => parse(bytes),
    }
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

/// Reads JSON, and checks the length of every text and list in it. The error has the
/// position but quotes nothing, because a body may hold secrets.
pub(crate) fn parse<T: DeserializeOwned + Bounded>(bytes: &[u8]) -> Result<T, Error> {
    let value: T = read_json(bytes)?;
    let too_long = |error| Error::BadRequest(format!("the body is refused: {error}"));
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

/// The part of serde's error that is safe to repeat: a missing or unknown field, or a length.
/// An error about a wrong type quotes the value.
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
