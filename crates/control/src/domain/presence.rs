//! Who is there now, and how a held ping learns that there is something to say.

use crate::clock::unix_now;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::HostId;
use wire::time::rfc3339;

/// The pings that are held, one per host, and the hosts that were seen since the
/// service started. At most one entry per enrolled host.
#[derive(Default)]
pub(crate) struct Presence {
    hosts: Mutex<HashMap<HostId, Entry>>,
}

#[derive(Default)]
struct Entry {
    hold: Option<Arc<Hold>>,
    seen: u64,
    /// What the log last said about it.
    is_connected: bool,
}

/// What a held ping and whoever has something to say to it share.
struct Hold {
    /// The sequence number of the ping.
    n: u64,
    bell: Notify,
    is_over: AtomicBool,
}

impl Hold {
    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }
}

impl Entry {
    /// Ends the hold of a ping before number `n`: a host makes one request at a
    /// time, so that nobody reads the answer to that one any more.
    fn end_before(&mut self, n: u64) {
        if let Some(older) = self.hold.take_if(|hold| hold.n < n) {
            older.end();
            self.seen = unix_now();
        }
    }
}

impl Presence {
    /// Notes that ping number `n` of `host` is held, until the returned value is
    /// dropped. The newest ping ends the hold of the one before.
    pub(crate) fn hold(self: &Arc<Self>, host: HostId, n: u64) -> Held {
        let hold = Arc::new(Hold {
            n,
            bell: Notify::new(),
            is_over: AtomicBool::new(false),
        });
        let mut hosts = self.lock();
        let entry = hosts.entry(host).or_default();
        entry.end_before(n);
        match entry.hold {
            // A newer one was quicker.
            Some(_) => hold.end(),
            None => entry.hold = Some(Arc::clone(&hold)),
        }
        if !entry.is_connected {
            entry.is_connected = true;
            tracing::info!(%host, "a host is connected");
        }
        Held {
            presence: Arc::clone(self),
            host,
            hold,
        }
    }

    /// Ends the hold of a ping of `host` before request number `n`, which was
    /// accepted.
    pub(crate) fn end_before(&self, host: HostId, n: u64) {
        if let Some(entry) = self.lock().get_mut(&host) {
            entry.end_before(n);
        }
    }

    /// Wakes the held ping of `host`: there may be something to say.
    pub(crate) fn wake(&self, host: HostId) {
        if let Some(hold) = self.lock().get(&host).and_then(|entry| entry.hold.as_ref()) {
            hold.bell.notify_waiters();
        }
    }

    /// Wakes all held pings: there may be something to say to everybody.
    pub(crate) fn wake_all(&self) {
        for hold in self.lock().values().filter_map(|entry| entry.hold.as_ref()) {
            hold.bell.notify_waiters();
        }
    }

    /// Forgets a host that was removed or disabled, and ends the hold of its ping.
    pub(crate) fn forget(&self, host: HostId) {
        if let Some(hold) = self.lock().remove(&host).and_then(|entry| entry.hold) {
            hold.end();
        }
    }

    /// Says once of every host that has been silent since `since` (unix seconds)
    /// that it is gone.
    pub(crate) fn note_gone(&self, since: u64) {
        for (host, entry) in self.lock().iter_mut() {
            if entry.is_connected && entry.hold.is_none() && entry.seen <= since {
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
            .map_or((false, 0), |entry| (entry.hold.is_some(), entry.seen))
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
    hold: Arc<Hold>,
}

impl Held {
    /// The bell that [`Presence::wake`] rings. Listen before looking whether
    /// there is something to say, or a ring in between is missed.
    pub(crate) fn bell(&self) -> &Notify {
        &self.hold.bell
    }

    /// Whether there is nothing to wait for any more: a newer request of the host
    /// came, or it was removed or disabled.
    pub(crate) fn is_over(&self) -> bool {
        self.hold.is_over.load(Ordering::SeqCst)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A newer ping, and a host that was removed and came back, have another hold.
        if let Some(entry) = self.presence.lock().get_mut(&self.host)
            && entry
                .hold
                .take_if(|hold| Arc::ptr_eq(hold, &self.hold))
                .is_some()
        {
            entry.seen = unix_now();
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
        let held = presence.hold(host(), 1);
        assert!(presence.of(host()).0);
        drop(held);
        let (is_held, seen) = presence.of(host());
        assert!(!is_held && seen > 0);
    }

    #[test]
    fn a_host_is_gone_once_it_was_silent_for_long_enough() {
        let presence = Arc::new(Presence::default());
        let is_connected = || presence.lock()[&host()].is_connected;
        let held = presence.hold(host(), 1);
        presence.note_gone(u64::MAX);
        assert!(is_connected(), "a ping is held");
        drop(held);
        presence.note_gone(presence.of(host()).1 - 1);
        assert!(is_connected());
        presence.note_gone(presence.of(host()).1);
        assert!(!is_connected());
        drop(presence.hold(host(), 1));
        assert!(is_connected());
    }

    #[test]
    fn a_ping_from_before_a_removal_says_nothing_about_the_host_that_came_back() {
        let presence = Arc::new(Presence::default());
        let old = presence.hold(host(), 1);
        presence.forget(host());
        let _new = presence.hold(host(), 1);
        assert!(old.is_over());
        drop(old);
        assert!(presence.of(host()).0);
    }

    #[test]
    fn a_host_has_one_hold_and_the_newest_request_ends_the_one_before() {
        let presence = Arc::new(Presence::default());
        let [first, second, late] = [1, 3, 2].map(|n| presence.hold(host(), n));
        let over = || [&first, &second, &late].map(Held::is_over);
        assert_eq!(over(), [true, false, true]);
        presence.end_before(host(), 3);
        assert_eq!(over(), [true, false, true]);
        presence.end_before(host(), 4);
        assert_eq!(over(), [true, true, true]);
        assert!(!presence.of(host()).0);
    }

    #[tokio::test]
    async fn a_ring_after_listening_began_is_not_missed() {
        let presence = Arc::new(Presence::default());
        let held = presence.hold(host(), 1);
        let mut ring = std::pin::pin!(held.bell().notified());
        ring.as_mut().enable();
        presence.wake(HostId::derive("other", "", b""));
        presence.wake(host());
        ring.await;
    }
}
