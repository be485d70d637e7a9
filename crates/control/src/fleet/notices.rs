//! Which hosts were recently sent a newer key list, or asked to replace their key.
//!
//! A host that does not act on it, or whose answer was lost, is sent it again with every
//! answer that it gets for another reason. By itself it is a reason for an answer only once
//! a minute: otherwise such a host's pings would never be held.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use wire::HostId;

/// How long a notice that was sent is no reason for another answer.
const PAUSE: Duration = Duration::from_secs(60);

/// When each host was sent a notice, and its number: that of the key list, or the time at
/// which an operator asked for the rotation.
#[derive(Default)]
pub(crate) struct Notices(Mutex<HashMap<HostId, (u64, Instant)>>);

impl Notices {
    /// Whether the notice is by itself a reason to answer the host.
    pub(crate) fn is_due(&self, host: HostId, number: u64) -> bool {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.get(&host)
            .is_none_or(|(last, when)| *last != number || when.elapsed() >= PAUSE)
    }

    /// Notes that the host was sent the notice.
    pub(crate) fn sent(&self, host: HostId, number: u64) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.insert(host, (number, Instant::now()));
    }

    /// Forgets a host that has acted on the notice.
    pub(crate) fn forget(&self, host: HostId) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.remove(&host);
    }
}
