//! Limits open connections: strangers get few, and never those reserved for hosts and users.
//!
//! A connection is a stranger's until it has carried valid credentials; its address is then
//! known for a while. If strangers have too many connections, the oldest one is closed, so
//! that idle connections are lost first.

mod known;
mod limits;
#[cfg(test)]
mod tests;

pub(crate) use limits::Limits;

use crate::domain::throttle::network;
use known::Known;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A younger connection is not closed for another: its sender had no time to authenticate.
const YOUNG: Duration = Duration::from_secs(1);

/// The open connections.
pub(crate) struct Connections {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    count: usize,
    next: u64,
    /// Those of strangers by address, oldest first.
    strangers: HashMap<IpAddr, BTreeMap<u64, Stranger>>,
    known: Known,
}

struct Stranger {
    since: Instant,
    end: Arc<Notify>,
    /// Whether it waits for control, and not control for it.
    waits: bool,
}

impl Stranger {
    fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= YOUNG
    }
}

/// The oldest one of an address that does not wait for control.
fn oldest(of_address: &BTreeMap<u64, Stranger>) -> Option<(u64, &Stranger)> {
    let mut idle = of_address.iter().filter(|(_, stranger)| !stranger.waits);
    idle.next().map(|(id, stranger)| (*id, stranger))
}

/// Why a new connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Its address has reached its limit.
    Address,
    /// Strangers, or all connections, have reached their limit.
    All,
}

impl Connections {
    /// Begins without connections.
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: Mutex::default(),
        })
    }

    /// How many connections are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    /// Admits a connection; a stranger's connection may be closed for it.
    ///
    /// # Errors
    /// When a limit is reached.
    pub(crate) fn admit(
        self: &Arc<Self>,
        source: IpAddr,
        now: Instant,
    ) -> Result<Connection, Full> {
        let (source, mut open) = (network(source), self.lock());
        let clients = open.known.clients(source, now);
        let is_known = clients.is_some();
        let of_address = self.limits.for_address(clients);
        if open.strangers_of(source) >= of_address && !open.close_oldest_of(source, now) {
            return Err(Full::Address);
        }
        let is_full = open.count >= self.limits.all
            || !is_known && open.strangers(now) >= self.limits.strangers;
        if is_full && !open.close_for(source, now) {
            return Err(Full::All);
        }
        Ok(self.enter(&mut open, source, is_known, now))
    }

    fn enter(
        self: &Arc<Self>,
        open: &mut Open,
        source: IpAddr,
        is_known: bool,
        now: Instant,
    ) -> Connection {
        let (id, end) = (open.next, Arc::new(Notify::new()));
        open.next += 1;
        open.count += 1;
        let stranger = Stranger {
            since: now,
            end: Arc::clone(&end),
            waits: false,
        };
        open.strangers
            .entry(source)
            .or_default()
            .insert(id, stranger);
        Connection {
            all: Arc::clone(self),
            id,
            source,
            is_known,
            is_vouched: AtomicBool::new(false),
            end,
        }
    }

    /// Closes the stranger's connection that has been open longest, because the system has no
    /// resources for another one.
    pub(crate) fn make_room(&self, now: Instant) -> bool {
        self.lock().close_oldest(now)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Every change is a single step, so a panic elsewhere leaves it consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn strangers_of(&self, source: IpAddr) -> usize {
        self.strangers.get(&source).map_or(0, BTreeMap::len)
    }

    /// How many strangers there are at unknown addresses.
    fn strangers(&self, now: Instant) -> usize {
        let unknown = self.strangers.iter();
        let unknown = unknown.filter(|(source, _)| self.known.clients(**source, now).is_none());
        unknown.map(|(_, of_address)| of_address.len()).sum()
    }

    /// Closes a stranger's connection, at the address that has the most of those where one is old.
    fn close_oldest(&mut self, now: Instant) -> bool {
        let closable = self.strangers.iter().filter(|(_, of_address)| {
            let oldest = oldest(of_address);
            oldest.is_some_and(|(_, oldest)| oldest.is_old(now))
        });
        let most = closable.max_by_key(|(_, of_address)| of_address.len());
        let most = most.map(|(source, _)| *source);
        most.is_some_and(|source| self.close_oldest_of(source, now))
    }

    /// Closes a stranger's connection for one of this address. An address that has many more makes
    /// room for it, however young its connections are.
    fn close_for(&mut self, source: IpAddr, now: Instant) -> bool {
        let own = self.strangers_of(source);
        let most = self.strangers.iter().max_by_key(|(_, open)| open.len());
        let most = most.map(|(source, open)| (*source, open.len()));
        self.close_oldest(now)
            || most.is_some_and(|(other, count)| count >= 2 * (own + 1) && self.close_any_of(other))
    }

    /// Closes the oldest one of an address, unless it is young.
    fn close_oldest_of(&mut self, source: IpAddr, now: Instant) -> bool {
        self.close_if(source, |oldest| oldest.is_old(now))
    }

    /// Closes the oldest one of an address.
    fn close_any_of(&mut self, source: IpAddr) -> bool {
        self.close_if(source, |_| true)
    }

    /// Closes the oldest one of an address of those that do not wait for control. It counts as a
    /// connection until its end, but no longer against its address.
    fn close_if(&mut self, source: IpAddr, may_close: impl Fn(&Stranger) -> bool) -> bool {
        let oldest = self.strangers.get(&source).and_then(oldest);
        let Some((id, oldest)) = oldest.filter(|(_, oldest)| may_close(oldest)) else {
            return false;
        };
        oldest.end.notify_one();
        self.forget_stranger(source, id);
        true
    }

    fn forget_stranger(&mut self, source: IpAddr, id: u64) {
        if let Some(of_address) = self.strangers.get_mut(&source) {
            of_address.remove(&id);
            if of_address.is_empty() {
                self.strangers.remove(&source);
            }
        }
    }
}

/// An open connection; it counts until this is dropped.
pub(crate) struct Connection {
    all: Arc<Connections>,
    id: u64,
    source: IpAddr,
    is_known: bool,
    /// Whether it has carried valid credentials.
    is_vouched: AtomicBool,
    end: Arc<Notify>,
}

impl Connection {
    /// Whether valid credentials came from its address before it was opened.
    pub(crate) fn is_of_known_address(&self) -> bool {
        self.is_known
    }

    /// Notes that it carried valid credentials: it is no longer a stranger's.
    pub(crate) fn vouch(&self, now: Instant) {
        let mut open = self.all.lock();
        open.forget_stranger(self.source, self.id);
        let is_first = !self.is_vouched.swap(true, Ordering::SeqCst);
        open.known.note(self.source, is_first, now);
    }

    /// Notes that its client waits for control, until the returned value is dropped.
    pub(crate) fn wait_for_control(self: &Arc<Self>) -> Waiting {
        self.note_waiting(true);
        Waiting(Arc::clone(self))
    }

    fn note_waiting(&self, waits: bool) {
        let mut open = self.all.lock();
        let of_address = open.strangers.get_mut(&self.source);
        if let Some(stranger) = of_address.and_then(|of_address| of_address.get_mut(&self.id)) {
            stranger.waits = waits;
        }
    }

    /// Waits until it has to be closed for others.
    pub(crate) async fn ended(&self) {
        self.end.notified().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        open.forget_stranger(self.source, self.id);
        if self.is_vouched.load(Ordering::SeqCst) {
            open.known.end(self.source);
        }
        open.count -= 1;
    }
}

/// A connection whose client waits for control.
pub(crate) struct Waiting(Arc<Connection>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.note_waiting(false);
    }
}
