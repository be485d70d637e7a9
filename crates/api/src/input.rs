//! What users send: JSON whose members are all known, and whose texts and lists are short enough.

use serde::de::{DeserializeOwned, DeserializeSeed};
use std::fmt;
use wire::bounded::Bounded;
use wire::known::{Known, is_about_members};
use wire::text::without_bom;

/// The body of a user's request.
pub trait Input: DeserializeOwned + Bounded {
    /// Its members: those that control reads, and those that existing clients send. Others are
    /// refused.
    const KNOWN: &Known;

    /// Reads it from JSON.
    ///
    /// # Errors
    /// What is wrong, and where, without quoting a value: it may be a secret.
    fn from_json(bytes: &[u8]) -> Result<Self, NotAnInput> {
        let bytes = without_bom(bytes);
        let mut members = serde_json::Deserializer::from_slice(bytes);
        match Self::KNOWN.deserialize(&mut members) {
            Err(error) if is_about_members(&error.to_string()) => Err(NotAnInput::new(&error)),
            // Everything else that may be wrong.
            _ => NotAnInput::parse(bytes),
        }
    }
}

/// Why JSON was not accepted; the text quotes no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnInput(String);

impl NotAnInput {
    /// Reads JSON that may have unknown members, and checks the length of every text and list in
    /// it.
    ///
    /// # Errors
    /// As [`Input::from_json`].
    pub fn parse<T: DeserializeOwned + Bounded>(bytes: &[u8]) -> Result<T, Self> {
        let value: T = serde_json::from_slice(bytes).map_err(|error| Self::new(&error))?;
        let too_long = |error| Self(format!("the body is refused: {error}"));
        value.check().map_err(too_long)?;
        Ok(value)
    }

    fn new(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => describe(error),
            _ => "it is not JSON".into(),
        };
        Self(format!(
            "the body cannot be read: {what} (line {line}, column {column})"
        ))
    }
}

impl fmt::Display for NotAnInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnInput {}

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
        let text = |json: &[u8]| NotAnInput::parse::<Body>(json).unwrap_err().to_string();
        assert!(text(b"{}").contains("`pwd`"));
        assert!(!text(br#"{"pwd":"hunter2"}"#).contains("hunter2"));
        assert!(text(b"{").contains("not JSON"));
    }
}
