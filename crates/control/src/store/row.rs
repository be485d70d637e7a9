//! From columns to types and back.

use super::{Error, Result};
use futures_util::{TryStream, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::ControlFlow;
use wire::HostId;

/// A value as JSON text.
pub(super) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::unreadable("writing JSON", error))
}

/// JSON text of a column.
pub(super) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::unreadable(column, error))
}

/// Reads rows and gives them away until no more are taken. They are read as they are
/// taken, so that a long list takes no more memory than a short one.
pub(super) async fn give<R, T>(
    mut rows: impl TryStream<Ok = R, Error = sqlx::Error> + Unpin,
    read: impl Fn(R) -> Result<T>,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) -> Result<()> {
    while let Some(row) = rows.try_next().await? {
        if take(read(row)?).is_break() {
            break;
        }
    }
    Ok(())
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
