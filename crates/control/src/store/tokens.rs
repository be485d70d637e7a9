//! Sequence numbers of hosts.

use super::pulses::Pulse;
use super::{Result, Store};

/// The outcome of using a sequence number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Consumed {
    /// It was new, and is used up now.
    Accepted,
    /// It was not above the last one.
    NotNew {
        /// The last accepted one.
        last: u64,
    },
    /// The host was removed or disabled meanwhile.
    Gone,
}

impl Store {
    /// Uses up a sequence number and notes that the host was seen; returns once that is durable.
    /// `false` if the number is not new, or the host has changed since its session was read.
    pub(crate) async fn take(&self, pulse: Pulse) -> Result<bool> {
        self.writer.take(pulse).await
    }

    /// Whether a host has not changed since its session, which has this number and version, was
    /// read.
    pub(crate) async fn is_current(&self, number: i64, version: i64) -> Result<bool> {
        Ok(self.versions.ask(number).await? == Some(version))
    }
}
