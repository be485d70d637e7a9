//! Who is there now, and how a held ping learns that there is something to say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::HostId;
use wire::time::rfc3339;

/// The pings that are held, and the hosts that were seen since the service
/// started. At most one entry per enrolled host.
#[derive(Default)]
pub(crate) struct Presence {
    hosts: Mutex<HashMap<HostId, Entry>>,
}

#[derive(Default)]
struct Entry {
    bell: Arc<Notify>,
    held: u32,
    seen: u64,
    /// What the log last said about it.
    is_connected: bool,
}

impl Presence {
    /// Notes that a ping of `host` is held, until the returned value is dropped.
    pub(crate) fn hold(self: &Arc<Self>, host: HostId) -> Held {
        let mut hosts = self.lock();
        let entry = hosts.entry(host).or_default();
        entry.held += 1;
        if !entry.is_connected {
            entry.is_connected = true;
            tracing::info!(%host, "a host is connected");
        }
        Held {
            presence: Arc::clone(self),
            host,
            bell: Arc::clone(&entry.bell),
        }
    }

    /// Wakes the held pings of `host`: there may be something to say.
    pub(crate) fn wake(&self, host: HostId) {
        if let Some(entry) = self.lock().get(&host) {
            entry.bell.notify_waiters();
        }
    }

    /// Wakes all held pings: there may be something to say to everybody.
    pub(crate) fn wake_all(&self) {
        for entry in self.lock().values() {
            entry.bell.notify_waiters();
        }
    }

    /// Forgets a host that was removed, and wakes its held pings.
    pub(crate) fn forget(&self, host: HostId) {
        if let Some(entry) = self.lock().remove(&host) {
            entry.bell.notify_waiters();
        }
    }

    /// Says once of every host that has been silent since `since` (unix seconds)
    /// that it is gone.
    pub(crate) fn note_gone(&self, since: u64) {
        for (host, entry) in self.lock().iter_mut() {
            if entry.is_connected && entry.held == 0 && entry.seen <= since {
                entry.is_connected = false;
                tracing::info!(%host, last_seen = %rfc3339(entry.seen), "a host is gone");
            }
        }
    }

    /// Whether a ping of `host` is held now, and when the last one ended (unix
    /// seconds, 0 if none has).
    pub(crate) fn of(&self, host: HostId) -> (bool, u64) {
        self.lock()
            .get(&host)
            .map_or((false, 0), |entry| (entry.held > 0, entry.seen))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HostId, Entry>> {
        // Every change to the map is a single step, so a panic elsewhere
        // leaves it whole.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ping that is held.
pub(crate) struct Held {
    presence: Arc<Presence>,
    host: HostId,
    bell: Arc<Notify>,
}

impl Held {
    /// The bell that [`Presence::wake`] rings. Listen before looking whether
    /// there is something to say, or a ring in between is missed.
    pub(crate) fn bell(&self) -> &Notify {
        &self.bell
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // One that was removed and came back has another entry.
        if let Some(entry) = self.presence.lock().get_mut(&self.host)
            && Arc::ptr_eq(&entry.bell, &self.bell)
        {
            entry.held = entry.held.saturating_sub(1);
            entry.seen = crate::clock::unix_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> HostId {
        HostId::derive("m", "", b"")
    }

    #[test]
    fn a_host_is_there_while_a_ping_is_held_and_was_seen_when_it_ends() {
        let presence = Arc::new(Presence::default());
        assert_eq!(presence.of(host()), (false, 0));
        let held = presence.hold(host());
        assert!(presence.of(host()).0);
        drop(held);
        let (is_held, seen) = presence.of(host());
        assert!(!is_held && seen > 0);
    }

    #[test]
    fn a_host_is_gone_once_it_was_silent_for_long_enough() {
        let presence = Arc::new(Presence::default());
        let is_connected = || presence.lock()[&host()].is_connected;
        let held = presence.hold(host());
        presence.note_gone(u64::MAX);
        assert!(is_connected(), "a ping is held");
        drop(held);
        presence.note_gone(presence.of(host()).1 - 1);
        assert!(is_connected());
        presence.note_gone(presence.of(host()).1);
        assert!(!is_connected());
        drop(presence.hold(host()));
        assert!(is_connected());
    }

    #[test]
    fn a_ping_from_before_a_removal_says_nothing_about_the_host_that_came_back() {
        let presence = Arc::new(Presence::default());
        let old = presence.hold(host());
        presence.forget(host());
        let _new = presence.hold(host());
        drop(old);
        assert!(presence.of(host()).0);
    }

    #[tokio::test]
    async fn a_ring_after_listening_began_is_not_missed() {
        let presence = Arc::new(Presence::default());
        let held = presence.hold(host());
        let mut ring = std::pin::pin!(held.bell().notified());
        ring.as_mut().enable();
        presence.wake(HostId::derive("other", "", b""));
        presence.wake(host());
        ring.await;
    }
}
