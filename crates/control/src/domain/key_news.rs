//! Which hosts were lately told of a newer list of keys, or to replace their own.
//!
//! A host that does not do so, or whose answer was lost, is told again
//! after a while, and with every answer that it gets for another reason: it is
//! not to be answered at once, again and again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use wire::HostId;

/// After what time it is a reason to answer once more.
const AGAIN: Duration = Duration::from_secs(60);

/// When each host was told, and of which number: that of a list, or the time of a
/// wish.
#[derive(Default)]
pub(crate) struct KeyNews(Mutex<HashMap<HostId, (u64, Instant)>>);

impl KeyNews {
    /// Whether this is by itself a reason to answer a host.
    pub(crate) fn is_due(&self, host: HostId, number: u64) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&host)
            .is_none_or(|(told, when)| *told != number || when.elapsed() >= AGAIN)
    }

    /// Notes that a host was told.
    pub(crate) fn note(&self, host: HostId, number: u64) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(host, (number, Instant::now()));
    }

    /// Forgets a host that has done it: what it needs is in the store.
    pub(crate) fn forget(&self, host: HostId) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.remove(&host);
    }
}
