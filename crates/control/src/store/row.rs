//! Conversion between columns and types.

use super::on_disk::OnDisk;
use super::{Error, Result};
use futures_util::{TryStream, TryStreamExt};
use std::ops::ControlFlow;
use wire::HostId;
use wire::seal::Seal;

/// A value as JSON text.
pub(super) fn to_json(value: &impl OnDisk) -> Result<String> {
    value
        .to_json()
        .map_err(|error| Error::unreadable("writing JSON", error))
}

/// A value from the JSON text of a column.
pub(super) fn from_json<T: OnDisk>(column: &str, text: &str) -> Result<T> {
    T::from_json(text).map_err(|error| Error::unreadable(column, error))
}

/// A package's seal from a column, which has it as its publisher signed it.
pub(super) fn read_seal(text: &str) -> Result<Seal> {
    serde_json::from_str(text).map_err(|error| Error::unreadable("seal", error))
}

/// Reads rows and passes them to `take` until it breaks. Each row is read when the one before
/// is done with, so a long list takes no more memory than a short one.
pub(super) async fn stream<R, T>(
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

/// A host id from a column.
pub(super) fn host_id(text: &str) -> Result<HostId> {
    text.parse()
        .map_err(|error| Error::unreadable("host id", error))
}

/// A count or a time for a column. Times and counters stay far below 2^63, so they fit.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count or a time from a column, which is never negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
