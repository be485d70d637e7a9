//! From columns to types and back.

use super::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::HostId;

/// A value as JSON text.
pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::unreadable("writing JSON", error))
}

/// JSON text of a column.
pub(super) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::unreadable(column, error))
}

/// A host id of a column.
pub(super) fn host_id(text: &str) -> Result<HostId> {
    text.parse()
        .map_err(|error| Error::unreadable("host id", error))
}

/// A count or a time as the database holds it. What does not fit does not
/// occur: times and counters stay far below 2^63.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count or a time of a column; no negative one is ever written.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
