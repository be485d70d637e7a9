//! Which hosts are connected, and how their held pings are woken.

use crate::clock::unix_now;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use wire::HostId;
use wire::time::rfc3339;

/// The held pings, one per host, and the hosts that pinged since the service started. At
/// most one entry per enrolled host.
#[derive(Default)]
pub(crate) struct Presence {
    hosts: Mutex<HashMap<HostId, Entry>>,
    /// How many of them have a held ping.
    held: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Entry {
    hold: Option<CountedHold>,
    seen: u64,
    /// How often it was to be woken.
    wakes: u64,
    /// Whether it was last logged as connected.
    is_connected: bool,
}

/// A held ping, shared by the request that waits and the tasks that wake it.
struct Hold {
    /// The sequence number of the ping.
    n: u64,
    wake_up: Notify,
    is_over: AtomicBool,
}

/// The hold of an entry, which counts until this is dropped.
struct CountedHold {
    hold: Arc<Hold>,
    held: Arc<AtomicUsize>,
}

impl CountedHold {
    fn new(hold: &Arc<Hold>, held: &Arc<AtomicUsize>) -> Self {
        held.fetch_add(1, Ordering::SeqCst);
        Self {
            hold: Arc::clone(hold),
            held: Arc::clone(held),
        }
    }
}

impl Deref for CountedHold {
    type Target = Arc<Hold>;

    fn deref(&self) -> &Arc<Hold> {
        &self.hold
    }
}

impl Drop for CountedHold {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Hold {
    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.wake_up.notify_waiters();
    }
}

impl Entry {
    /// Ends the hold of a ping before number `n`. A host makes one request at a time, so it no
    /// longer waits for the answer to that one.
    fn end_before(&mut self, n: u64) {
        if let Some(older) = self.hold.take_if(|hold| hold.n < n) {
            older.end();
            self.seen = unix_now();
        }
    }

    fn connect(&mut self, host: HostId) {
        if !self.is_connected {
            self.is_connected = true;
            tracing::info!(%host, "a host is connected");
        }
    }

    fn wake(&mut self) {
        self.wakes += 1;
        if let Some(hold) = &self.hold {
            hold.wake_up.notify_waiters();
        }
    }
}

impl Presence {
    /// Notes that ping number `n` of `host` is held until the returned value is dropped. The
    /// newest ping ends the hold of the one before.
    pub(crate) fn hold(self: &Arc<Self>, host: HostId, n: u64) -> Held {
        let hold = Arc::new(Hold {
            n,
            wake_up: Notify::new(),
            is_over: AtomicBool::new(false),
        });
        let mut hosts = self.lock();
        let entry = hosts.entry(host).or_default();
        entry.end_before(n);
        match entry.hold {
            // A newer ping came first.
            Some(_) => hold.end(),
            None => entry.hold = Some(CountedHold::new(&hold, &self.held)),
        }
        entry.connect(host);
        drop(hosts);
        Held {
            presence: Arc::clone(self),
            host,
            hold,
        }
    }

    /// Ends the hold of a ping of `host` before request number `n`, which was accepted.
    pub(crate) fn end_before(&self, host: HostId, n: u64) {
        if let Some(entry) = self.lock().get_mut(&host) {
            entry.end_before(n);
        }
    }

    /// Notes that `host` pinged, and that the ping is not held.
    pub(crate) fn note(&self, host: HostId) {
        let mut hosts = self.lock();
        let entry = hosts.entry(host).or_default();
        entry.seen = unix_now();
        entry.connect(host);
    }

    /// Wakes the held ping of `host`: the host may have something to do.
    pub(crate) fn wake(&self, host: HostId) {
        if let Some(entry) = self.lock().get_mut(&host) {
            entry.wake();
        }
    }

    /// Wakes all held pings: all hosts may have something to do.
    pub(crate) fn wake_all(&self) {
        self.lock().values_mut().for_each(Entry::wake);
    }

    /// How often `host` was to be woken; `None` if that is not counted yet. A request that
    /// compares it misses no wake-up, even if its ping is held only later.
    pub(crate) fn wakes(&self, host: HostId) -> Option<u64> {
        self.lock().get(&host).map(|entry| entry.wakes)
    }

    /// Forgets a host that was removed or disabled, and ends the hold of its ping.
    pub(crate) fn forget(&self, host: HostId) {
        if let Some(hold) = self.lock().remove(&host).and_then(|entry| entry.hold) {
            hold.end();
        }
    }

    /// Logs, once, each host that has been silent since `since` (unix seconds).
    pub(crate) fn log_gone(&self, since: u64) {
        // Logged later: nobody may wait for the log to take thousands of lines.
        for (host, seen) in self.take_gone(since) {
            tracing::info!(%host, last_seen = %rfc3339(seen), "a host is gone");
        }
    }

    fn take_gone(&self, since: u64) -> Vec<(HostId, u64)> {
        let mut hosts = self.lock();
        let mut gone = Vec::new();
        for (host, entry) in hosts.iter_mut() {
            if entry.is_connected && entry.hold.is_none() && entry.seen <= since {
                entry.is_connected = false;
                gone.push((*host, entry.seen));
            }
        }
        gone
    }

    /// How many pings are held, without a wait.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Whether a ping of `host` is held now, and when the last one ended (unix seconds, 0 if
    /// none has).
    pub(crate) fn of(&self, host: HostId) -> (bool, u64) {
        self.lock()
            .get(&host)
            .map_or((false, 0), |entry| (entry.hold.is_some(), entry.seen))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HostId, Entry>> {
        // Every change is a single step, so a panic elsewhere leaves the map consistent.
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
    /// Notified by [`Presence::wake`]. Enable it before querying whether the host has
    /// something to do, or a notification in between is missed.
    pub(crate) fn notify(&self) -> &Notify {
        &self.hold.wake_up
    }

    /// Whether the hold has ended: the host sent a newer request, or was removed or disabled.
    pub(crate) fn is_over(&self) -> bool {
        self.hold.is_over.load(Ordering::SeqCst)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A newer ping, or a host that was removed and enrolled again, has another hold.
        if let Some(entry) = self.presence.lock().get_mut(&self.host)
            && entry
                .hold
                .take_if(|hold| Arc::ptr_eq(&hold.hold, &self.hold))
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
    fn a_host_is_connected_while_a_ping_is_held_and_seen_when_it_ends() {
        let presence = Arc::new(Presence::default());
        assert_eq!(presence.of(host()), (false, 0));
        let held = presence.hold(host(), 1);
        assert!(presence.of(host()).0);
        drop(held);
        let (is_held, seen) = presence.of(host());
        assert!(!is_held && seen > 0);
    }

    #[test]
    fn a_host_is_gone_after_a_long_silence() {
        let presence = Arc::new(Presence::default());
        let is_connected = || presence.lock()[&host()].is_connected;
        let held = presence.hold(host(), 1);
        presence.log_gone(u64::MAX);
        assert!(is_connected(), "a ping is held");
        drop(held);
        presence.log_gone(presence.of(host()).1 - 1);
        assert!(is_connected());
        presence.log_gone(presence.of(host()).1);
        assert!(!is_connected());
        drop(presence.hold(host(), 1));
        assert!(is_connected());
    }

    #[test]
    fn a_ping_from_before_a_removal_does_not_affect_the_host_that_enrolled_again() {
        let presence = Arc::new(Presence::default());
        let old = presence.hold(host(), 1);
        presence.forget(host());
        let _new = presence.hold(host(), 1);
        assert!(old.is_over());
        drop(old);
        assert!(presence.of(host()).0);
        assert_eq!(presence.held(), 1);
        presence.forget(host());
        assert_eq!(presence.held(), 0);
    }

    #[test]
    fn the_newest_request_ends_the_hold_of_the_one_before() {
        let presence = Arc::new(Presence::default());
        let [first, second, late] = [1, 3, 2].map(|n| presence.hold(host(), n));
        let over = || [&first, &second, &late].map(Held::is_over);
        assert_eq!(over(), [true, false, true]);
        presence.end_before(host(), 3);
        assert_eq!(over(), [true, false, true]);
        assert_eq!(presence.held(), 1);
        presence.end_before(host(), 4);
        assert_eq!(over(), [true, true, true]);
        assert!(!presence.of(host()).0);
        assert_eq!(presence.held(), 0);
    }

    #[test]
    fn a_wake_up_before_the_ping_is_held_is_counted() {
        let presence = Arc::new(Presence::default());
        assert_eq!(presence.wakes(host()), None);
        presence.note(host());
        let before = presence.wakes(host());
        presence.wake(host());
        presence.wake(HostId::derive("other", "", b""));
        let _held = presence.hold(host(), 1);
        assert_eq!((before, presence.wakes(host())), (Some(0), Some(1)));
    }

    /// Monitors may ask while it is long held.
    #[test]
    fn held_pings_are_counted_without_the_lock() {
        let presence = Arc::new(Presence::default());
        let _held = presence.hold(host(), 1);
        let _lock = presence.lock();
        assert_eq!(presence.held(), 1);
    }

    #[tokio::test]
    async fn a_notification_after_enabling_is_not_missed() {
        let presence = Arc::new(Presence::default());
        let held = presence.hold(host(), 1);
        let mut wake_up = std::pin::pin!(held.notify().notified());
        wake_up.as_mut().enable();
        presence.wake(HostId::derive("other", "", b""));
        presence.wake(host());
        wake_up.await;
    }
}
